/**
 * Alerts: somebody is told, once, and told when it is over.
 * In: records of the log that mean something (`LogEntry.event`), results of checks. Out: messages, by way of the quiet
 * rules, to channels. Whoever hands them in never waits, and never sees an error. Loaded only where there are `alerts:`.
 */
import type { AlertsConfig } from "../config/alert_targets.ts";
import type { ServiceAlerts } from "../config/service_alerts.ts";
import type { Host } from "../host/host.ts";
import { innermostMessage } from "../logging/innermost_message.ts";
import {
  checkProblem,
  type LogEntry,
  type LogEvent,
  type Logger,
  SERVICE_PROBLEM,
} from "../logging/log_record.ts";
import type { CheckReport } from "../logging/metrics.ts";
import {
  channelKey,
  leftFor,
  makeAlertFolder,
  readAlertState,
  type Waiting,
  writeAlertState,
} from "./alert_state.ts";
import { Channel } from "./channel.ts";
import { Heartbeat } from "./heartbeat.ts";
import { secretsOf } from "./kinds/kinds.ts";
import { cutText } from "./message.ts";
import { withoutPrivate } from "./private_text.ts";
import { Quiet } from "./quiet.ts";
import type { Haste, QuietState } from "./quiet_state.ts";
import { compose, LINE_LENGTH, type Speaker } from "./sentences.ts";
import { silencedUntilMs } from "./silence.ts";

/** How long the end of a service that has failed may take for what is still to be told, and a stop that was asked for. */
const CLOSE_MS = 5_000;
const STOP_MS = 1_000;
/** Timers can not be set for more than 24 days; and whether a silence is over is looked at that often. */
const LONGEST_WAIT_MS = 3_600_000;
const SILENCE_LOOK_MS = 60_000;
/** A check that is heard of no more for so long, after a restart, is not in the config any more. */
const CARRIED_MS = 3_600_000;

/** What of alerts a reload may change. */
export interface ServedService {
  readonly service: ServiceAlerts;
  /** The container's, whose values are told to nobody. */
  readonly environment: readonly string[];
}

export interface AlertsOptions extends ServedService {
  readonly config: AlertsConfig;
  readonly speaker: Speaker;
  /** `$STATE_DIRECTORY`; undefined: nothing is remembered from one process to the next. */
  readonly stateFolder: string | undefined;
  readonly host: Host;
  readonly logger: Logger;
}

/** Never rejects. */
export async function openAlerts(options: AlertsOptions): Promise<Alerts> {
  const { config: { to }, stateFolder, host, logger } = options;
  const warn = (message: string) => logger.log({ severity: "warn", source: "alerts", message });
  const { state, loss } = await readAlertState(stateFolder, host, Date.now());
  if (loss !== undefined) warn(`What was still to be told is lost: ${loss}`);
  if (stateFolder === undefined) {
    warn("Alerts do not outlive this process: the unit needs StateDirectory=");
  } else await makeAlertFolder(stateFolder, host).catch(() => {});
  const digests = await Promise.all(to.map(channelKey));
  // Two that are the same have each a queue of its own.
  const keys = digests.map((key, index) => digests.indexOf(key) === index ? key : `${key} ${index}`);
  const waiting = to.map(({ name }, index) => leftFor({ name, key: keys[index]!, keys }, state.waiting));
  const left = Object.values(state.waiting).flatMap(({ messages }) => messages).length;
  const lost = left - waiting.flatMap(({ messages }) => messages).length;
  if (lost > 0) warn(`${lost} messages are lost: the channels that they waited for are not there any more`);
  return new Alerts(state.quiet, waiting, options);
}

export class Alerts {
  readonly #quiet: Quiet;
  /** One for each of the machine-wide config, since a reload may choose others. */
  readonly #channels: readonly Channel[];
  readonly #heartbeat: Heartbeat | undefined;
  /** Who is told. */
  #wanted: readonly Channel[] = [];
  #redact: (text: string) => string = (text) => text;
  /** Checks that failed when an earlier process ended, and have not been run since. */
  readonly #carried: Set<string>;
  readonly #openedMs = Date.now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hasWarned = false;
  /** The kinds that the service names and the machine does not have, as they have been told. */
  #unknown = "";
  #isClosed = false;

  /** `waiting`: for each channel of the config. */
  constructor(quiet: QuietState, waiting: readonly Waiting[], readonly options: AlertsOptions) {
    const { config, host, logger } = options;
    this.#quiet = new Quiet(quiet, { afterMs: 0, reminderMs: config.reminderMs });
    this.#carried = new Set(Object.keys(quiet.problems).filter((id) => id !== SERVICE_PROBLEM));
    const redact = (text: string) => this.#redact(text);
    const shared = { host, logger, redact, onChange: () => this.#save() };
    this.#channels = config.to.map((target, index) => new Channel(target, waiting[index] as Waiting, shared));
    this.serve(options);
    this.#heartbeat = config.heartbeat === undefined ? undefined : new Heartbeat(config.heartbeat, shared);
    for (const channel of this.#channels) channel.start();
    this.#schedule();
  }

  /** From now on it is about this: at the start, and after each reload. */
  serve({ service: { afterMs, to }, environment }: ServedService): void {
    const { config, logger } = this.options;
    const secrets = [...config.to.flatMap(secretsOf), config.heartbeat ?? ""];
    this.#redact = withoutPrivate({ secrets, environment });
    this.#quiet.rules = { ...this.#quiet.rules, afterMs };
    this.#wanted = this.#channels.filter(({ target }) => to?.includes(target.kind) ?? true);
    const unknown = to?.filter((kind) => config.to.every((target) => target.kind !== kind)).join(", ") ?? "";
    if (unknown === this.#unknown) return;
    this.#unknown = unknown;
    if (unknown === "") return;
    const message = `"alerts.to" names ${unknown}, which the machine-wide config does not have`;
    logger.log({ severity: "warn", source: "alerts", message });
  }

  /** How often a message could not be delivered, each try counted. */
  get failed(): number {
    return this.#channels.reduce((sum, { failed }) => sum + failed, 0);
  }

  /** A record of the log, which may mean something. Never throws. */
  accept(entry: LogEntry): void {
    const { event } = entry;
    if (event !== undefined && !this.#isClosed) this.#safely(() => this.#note(entry, event, Date.now()));
  }

  /** A bug in here must not end the service. */
  #safely(run: () => void): void {
    try {
      run();
    } catch (error) {
      const message = `An alert is lost, by a fault of service_runner: ${(error as Error).message}`;
      this.options.logger.log({ severity: "error", source: "alerts", message, exception: error });
    }
  }

  #note({ message, data, severity }: LogEntry, event: LogEvent, nowMs: number): void {
    // Of a config that is no good: which, and the first mistake, without the lines of the file around it.
    const what = this.#redact(message.split("\n", 2).join(" "));
    if ("begins" in event) {
      const lines = Array.isArray(data?.last_lines)
        ? data.last_lines.map((line) => cutText(this.#redact(String(line)), LINE_LENGTH))
        : [];
      this.#carried.delete(event.begins);
      this.#quiet.begin(event.begins, { what, lines }, nowMs);
    } else if ("ends" in event) this.#quiet.end(event.ends, this.#redact(event.what ?? what), nowMs);
    else {
      const isBad = severity === "error" || severity === "fatal";
      this.#quiet.tellNews({ kind: event.news, what, isBad }, event.id, nowMs);
    }
    this.#flush();
  }

  /** Of a check that failed before a restart nothing is in the log when it passes: it is as if nothing had been. */
  check({ kind, check, ok }: CheckReport): void {
    if (this.#carried.size === 0) return;
    const id = checkProblem(kind, check);
    if (!ok || !this.#carried.delete(id) || !this.#quiet.lasts(id)) return;
    this.accept({
      severity: "notice",
      source: "monitoring",
      message: `Check "${check}" passes again`,
      event: { ends: id },
    });
  }

  /** Of a service that has failed all is told now; else what is not told yet is none of anybody's business any more. */
  async close(haste: Haste): Promise<void> {
    this.#safely(() => haste === "none" ? this.#quiet.forgetUntold() : this.#flush(haste));
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#heartbeat?.close();
    const graceMs = haste === "none" ? STOP_MS : CLOSE_MS;
    await Promise.all(this.#channels.map((channel) => channel.close(graceMs, haste === "final")));
    this.#save();
  }

  #flush(haste: Haste = "none"): void {
    const nowMs = Date.now();
    if (this.#silencedUntilMs(nowMs) !== undefined) this.#quiet.forgetEnded();
    else {
      const told = this.#quiet.take(nowMs, haste);
      const message = told && compose(told, this.options.speaker, nowMs);
      if (message !== undefined) { for (const channel of this.#wanted) channel.push(message); }
    }
    this.#save();
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const nowMs = Date.now();
    const dueMs = Math.min(
      this.#quiet.nextMs(nowMs) ?? Infinity,
      this.#carried.size === 0 ? Infinity : this.#openedMs + CARRIED_MS,
    );
    if (dueMs === Infinity) return;
    const untilMs = this.#silencedUntilMs(nowMs);
    const silentMs = untilMs === undefined ? 0 : Math.min(untilMs - nowMs, SILENCE_LOOK_MS);
    const wake = () => {
      if (Date.now() - this.#openedMs >= CARRIED_MS) this.#endCarried();
      this.#flush();
    };
    this.#timer = setTimeout(
      () => this.#safely(wake),
      Math.min(Math.max(dueMs - nowMs, silentMs), LONGEST_WAIT_MS),
    );
  }

  #endCarried(): void {
    const nowMs = Date.now();
    for (const id of this.#carried) {
      const { what = "" } = this.#quiet.state.problems[id] ?? {};
      this.#quiet.end(id, `Is not watched any more, since the restart of the service: ${what}`, nowMs);
    }
    this.#carried.clear();
  }

  #silencedUntilMs(nowMs: number): number | undefined {
    const { stateFolder, host } = this.options;
    return stateFolder === undefined ? undefined : silencedUntilMs(stateFolder, host, nowMs);
  }

  #save(): void {
    const { stateFolder, host, logger } = this.options;
    if (stateFolder === undefined) return;
    const waiting = Object.fromEntries(this.#channels.map(({ target, waiting }) => [target.name, waiting]));
    try {
      writeAlertState(stateFolder, { quiet: this.#quiet.state, waiting }, host);
    } catch (error) {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      const message = `What is to be told can not be kept: ${innermostMessage(error)}`;
      logger.log({ severity: "warn", source: "alerts", message });
    }
  }
}
