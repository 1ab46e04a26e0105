/** The demo's story, step by step; each step has to happen, or the demo fails and says which did not. */
import type { PlainEngine } from "../support/plain_engine.ts";
import { NotifySocket } from "../support/notify_socket.ts";
import { type LogRecord, runService, type ServiceProcess } from "../support/service_process.ts";
import type { Timeline, Tone } from "./timeline.ts";
import { BROKEN_PAGE, GOOD_PAGE, type Website } from "./website.ts";

export interface Stage {
  readonly timeline: Timeline;
  readonly engine: PlainEngine;
  readonly name: string;
  readonly website: Website;
  /** What the engine says at each create; it has been shown already, and is none of the service's news. */
  readonly machineWarnings: readonly string[];
  /** Aborted by Ctrl-C: the service is asked to stop, and the rest of the story is left out. */
  readonly interrupted: AbortSignal;
}

/** How long any one step may take; all of them together stay far below a minute. */
const STEP_TIMEOUT_MS = 12_000;

/** Plays the story; yields the record of the failing check. @throws `StepError` for what did not happen. */
export async function playScenario(stage: Stage): Promise<LogRecord> {
  const { timeline, website, engine, machineWarnings, interrupted } = stage;
  await using notify = new NotifySocket({ onMessage: ({ fields }) => showNotification(timeline, fields) });
  timeline.event(
    "demo",
    "starts service_runner website.yaml, as ExecStart= of a unit with Type=notify would",
    "strong",
  );
  await using service = runService({
    args: [website.configFile],
    engineSocket: engine.socketPath,
    notify,
    onRecord: (record) => {
      const isOfMachine = record.source === "docker" && machineWarnings.includes(record.message);
      if (!isOfMachine) showRecord(timeline, record);
    },
  });
  interrupted.addEventListener("abort", () => service.signal("SIGTERM"));
  await runsAndPasses(stage, notify, service);
  const complaint = await failsAndRecovers(stage, notify, service);
  await hangsAndIsRestarted(stage, notify, service);
  await stops(stage, notify, service);
  return complaint;
}

async function runsAndPasses(stage: Stage, notify: NotifySocket, service: ServiceProcess): Promise<void> {
  const ready = notify.next(({ READY }) => READY === "1", STEP_TIMEOUT_MS);
  await step("READY=1 arrives", service.whileRunning(ready));
  const container = await stage.engine.inspect(stage.name);
  if (container?.State.Running !== true) throw new StepError("the container runs at READY=1", "it does not");
  const fromContainer = ({ source }: LogRecord) => source.startsWith("docker_logs.");
  await step(
    "a line of the container reaches the journal",
    service.nextRecord(fromContainer, STEP_TIMEOUT_MS),
  );
  await step("STATUS says that the check passes", service.whileRunning(checksPass(notify)));
}

async function failsAndRecovers(
  stage: Stage,
  notify: NotifySocket,
  service: ServiceProcess,
): Promise<LogRecord> {
  const { timeline, website } = stage;
  timeline.event("demo", "breaks the page under the server", "strong");
  await Deno.writeTextFile(website.pageFile, BROKEN_PAGE);
  const isComplaint = ({ source, severity }: LogRecord) => source === "monitoring" && isBad(severity);
  const complaint = await step(
    "the journal tells of the failing check",
    service.nextRecord(isComplaint, STEP_TIMEOUT_MS),
  );
  timeline.event("demo", "restores the page", "strong");
  await Deno.writeTextFile(website.pageFile, GOOD_PAGE);
  const isGoodNews = ({ source, severity }: LogRecord) => source === "monitoring" && !isBad(severity);
  await step("the journal tells of the recovery", service.nextRecord(isGoodNews, STEP_TIMEOUT_MS));
  await step("STATUS says that the check passes again", service.whileRunning(checksPass(notify)));
  return complaint;
}

async function hangsAndIsRestarted(
  stage: Stage,
  notify: NotifySocket,
  service: ServiceProcess,
): Promise<void> {
  const { timeline, engine, name } = stage;
  timeline.event("demo", "makes the server hang: kill -STOP", "strong");
  await engine.exec(name, ["sh", "-c", "kill -STOP $(pidof httpd)"]);
  const isRestarting = ({ message }: LogRecord) => message.startsWith("Restarting the container: ");
  await step("the check has the container restarted", service.nextRecord(isRestarting, STEP_TIMEOUT_MS));
  const isGoodNews = ({ source, severity }: LogRecord) => source === "monitoring" && !isBad(severity);
  await step(
    "the journal tells that the server answers again",
    service.nextRecord(isGoodNews, STEP_TIMEOUT_MS),
  );
  await step(
    "STATUS says that the checks pass, and that the container was restarted",
    service.whileRunning(checksPass(notify, /, restarted once$/)),
  );
}

async function stops(stage: Stage, notify: NotifySocket, service: ServiceProcess): Promise<void> {
  const { timeline, engine, name } = stage;
  timeline.event("demo", "sends SIGTERM, as systemctl stop would", "strong");
  service.signal("SIGTERM");
  await step("STOPPING=1 arrives", notify.next(({ STOPPING }) => STOPPING === "1", STEP_TIMEOUT_MS));
  const { code } = await step("the program ends", service.exit(STEP_TIMEOUT_MS));
  if (code !== 0) throw new StepError("the program exits with 0", `it exited with ${code}`);
  if (await engine.inspect(name) !== undefined) {
    throw new StepError("the container is gone", "it is still there");
  }
  timeline.event("demo", "sees exit code 0, and that the container is gone", "strong");
}

/** E.g. `STATUS=Running since 14:02, 3 checks pass, restarted once`. */
function checksPass(notify: NotifySocket, rest = /$/): Promise<unknown> {
  const pattern = /\b[1-9]\d* checks? pass(es)?/;
  return notify.next(
    ({ STATUS = "" }) => pattern.test(STATUS) && rest.test(STATUS),
    STEP_TIMEOUT_MS,
  );
}

function showNotification(timeline: Timeline, fields: Readonly<Record<string, string>>): void {
  const text = Object.entries(fields).map(([name, value]) => `${name}=${value}`).join("  ");
  timeline.event("systemd", text, fields.READY ? "good" : "plain");
}

function showRecord(timeline: Timeline, { severity, source, message }: LogRecord): void {
  const tone: Tone = isBad(severity) ? "bad" : source === "monitoring" ? "good" : "plain";
  timeline.event("journal", `${severity.padEnd(6)} ${source}: ${message}`, tone);
}

function isBad(severity: LogRecord["severity"]): boolean {
  return severity === "warn" || severity === "error" || severity === "fatal";
}

/** A step of the story that did not happen. */
export class StepError extends Error {
  override name = "StepError";

  constructor(step: string, reason: string) {
    super(`This did not happen: ${step}\n${reason}`);
  }
}

async function step<T>(name: string, happens: Promise<T>): Promise<T> {
  try {
    return await happens;
  } catch (error) {
    throw new StepError(name, (error as Error).message);
  }
}
