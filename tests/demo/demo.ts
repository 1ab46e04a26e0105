/**
 * `deno task demo`: the main job on a real engine, told as a timeline that a newcomer can follow.
 * Exit code 0 when every step happened; it leaves nothing behind either way.
 */
import { PlainEngine } from "../support/plain_engine.ts";
import { buildImage, WEB_IMAGE } from "../support/images.ts";
import { provideEngine } from "../support/private_engine.ts";
import { progress } from "../support/progress.ts";
import { tempDir } from "../support/temp_dir.ts";
import { playScenario } from "./scenario.ts";
import { Timeline } from "./timeline.ts";
import { type Website, writeWebsite } from "./website.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

if (import.meta.main) Deno.exit(await main());

/** Yields the exit code. */
async function main(): Promise<number> {
  const interruption = new AbortController();
  const { signal: interrupted } = interruption;
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => interruption.abort(new Error(`The demo was ended by ${signal}`)));
  }
  const timeline = new Timeline();
  try {
    timeline.text("service_runner: one YAML file becomes a container that systemd can trust.\n", "strong");
    await show(timeline, interrupted);
  } catch (error) {
    const { message } = interrupted.aborted ? interrupted.reason : error as Error;
    progress(`\nThe demo failed. ${message}`);
    return 1;
  }
  timeline.text("\nEvery step happened, and nothing is left behind.", "good");
  return 0;
}

async function show(timeline: Timeline, interrupted: AbortSignal): Promise<void> {
  const name = `service_runner-demo-${crypto.randomUUID().slice(0, 6)}`;
  await using provided = await provideEngine();
  interrupted.throwIfAborted();
  const engine = new PlainEngine(provided.socketPath);
  await using cleanUp = new AsyncDisposableStack();
  const dir = cleanUp.use(await tempDir("service_runner-demo-"));
  cleanUp.defer(() => engine.removeImage(name));
  await buildImage(engine, name, WEB_IMAGE);
  cleanUp.defer(() => engine.removeContainer(name));
  const website = await writeWebsite(dir, name, name);
  const machineWarnings = await engine.warningsOfCreate({ Image: name, HostConfig: {} });
  introduce(timeline, website, machineWarnings);
  interrupted.throwIfAborted();
  const complaint = await playScenario({ timeline, engine, name, website, machineWarnings, interrupted });
  timeline.text("\nIn the journal every record is one line of JSON, for jq; that of the failing check:\n");
  indented(timeline, JSON.stringify(complaint, null, 2));
}

/** `machineWarnings`: what the engine says of the machine at each create, so that no service's record is meant. */
function introduce(
  timeline: Timeline,
  { configFile, configText }: Website,
  machineWarnings: readonly string[],
): void {
  timeline.text("Built the image of a small web server from busybox, without a registry.");
  for (const warning of machineWarnings) {
    timeline.text(`The engine says of this machine: "${warning}" The demo works all the same.`, "quiet");
  }
  timeline.text(`\nThe config, ${configFile}:\n`);
  indented(timeline, configText);
  timeline.text("\nWho speaks below:\n");
  indented(
    timeline,
    "demo       what this demo does\nsystemd ←  what service_runner tells systemd (sd_notify)",
  );
  indented(timeline, "journal    what it writes to the journal: severity, source and message of each record");
  timeline.text("\n seconds");
}

function indented(timeline: Timeline, text: string): void {
  for (const line of text.trimEnd().split("\n")) timeline.text(`    ${line}`, "quiet");
}
