/**
 * The story of one service:
 * argv → config (what the user wrote) → plan (what the engine will be asked) → engine (ask it)
 *      → supervisor (logs, checks, notify) → exit
 */
import type { LoadedConfig } from "./config/load_config.ts";
import { ConfigError, EngineUnreachableError } from "./errors.ts";
import { type Ending, EX_OK, outcomeEnding } from "./exit.ts";
import type { Host } from "./host/host.ts";
import { type Machine, openContext } from "./start/open_context.ts";
import { listenToSignals, warnWithoutNotify } from "./start/signals.ts";
import type { Outcome } from "./supervisor/outcome.ts";
import { type GreetedEngine, refuseDockerHost } from "./start/greet_engine.ts";
import { loadCleanUp, loadStart, loadSupervision, meanwhile } from "./start/load_later.ts";
import { Sinks } from "./start/sinks.ts";
import { loadService } from "./start/load_service.ts";
import { openRelay } from "./start/relay.ts";
import { reportFailure, stopForDefect } from "./start/report_failure.ts";
import { planService, warningText } from "./start/plan_service.ts";
import { createContainer, findLeftovers, removeLeftover } from "./supervisor/container/container_life.ts";
import type { Context } from "./supervisor/context.ts";
import { unlessStalled } from "./host/pause.ts";
import { chooseImage } from "./update/choose_image.ts";
import { reachEngine } from "./supervisor/reach_engine.ts";
import { countRestarts } from "./start/restart_count.ts";
import type { EngineAccess, Wanted } from "./supervisor/service.ts";
import type { StartedContainer } from "./supervisor/container/started_container.ts";
import { extendTimeout } from "./systemd/timeout_extension.ts";
import { every } from "./timers.ts";

/** For an engine that comes up together with the machine, or is being restarted; systemd tries again after that. */
const ENGINE_PATIENCE_MS = 20_000;
/** A start that takes longer is left to systemd's own timeout. */
const LONGEST_START_MS = 3_600_000;
/** How often memory that is free again is given back to the kernel (malloc_trim(3)). */
const TRIM_INTERVAL_MS = 10_000;

/** Runs the service of this config to its end, and yields the exit code. Never rejects. */
export async function runService(configPath: string, machine: Machine): Promise<number> {
  const { stopping, greeted } = machine;
  const { loaded, refusal } = await loadService(configPath, machine.host).then(
    (loaded) => ({ loaded, refusal: undefined }),
    (refusal: unknown) => ({ loaded: undefined, refusal }),
  );
  const context = openContext(loaded?.config, { ...machine, configPath });
  listenToSignals(context, stopping);
  using _trimming = every(TRIM_INTERVAL_MS, machine.trimHeap);
  let defect: Ending | undefined;
  machine.onDefect((error) => defect ??= stopForDefect(error, context, stopping));
  let ending: Ending;
  let sinks: Sinks | undefined;
  try {
    sinks = await Sinks.open(loaded, { ...context, configPath });
    if (loaded === undefined) throw refusal;
    ending = outcomeEnding(await serve(loaded, { ...context, metrics: sinks.metrics }, sinks, greeted));
  } catch (error) {
    ending = error === context.stop.reason
      ? outcomeEnding({ kind: "stopped" })
      : reportFailure(error, context);
  }
  ending = defect ?? ending;
  if (ending.status !== undefined) context.notifier.send(ending);
  await sinks?.close(ending);
  await unlessStalled(context.output, context.output.flush());
  context.statusFile?.close(ending.exitCode === EX_OK ? undefined : ending.status);
  context.watchdog[Symbol.dispose]();
  return ending.exitCode;
}

/** From a good config to the end. Whatever the end, no container of ours is left behind. */
async function serve(
  loaded: LoadedConfig,
  context: Context,
  sinks: Sinks,
  greeted: GreetedEngine | undefined,
): Promise<Outcome> {
  if (loaded.config.swarm !== undefined) {
    const { serveInSwarm } = await import("./start/swarm.ts");
    return await serveInSwarm(loaded, context, sinks, greeted);
  }
  const { host, logger } = context;
  const plan = await planService(loaded, host);
  const onReloaded = ({ loaded, plan }: Wanted) => sinks.serve(loaded, plan.create.body.Env);
  await onReloaded({ loaded, plan });
  const { engine, greeting } = greeted ?? refuseDockerHost(host);
  warnWithoutNotify(context);
  for (const warning of plan.warnings) {
    logger.log({ severity: "warn", source: "service", message: warningText(warning) });
  }
  const restarts = await countRestarts(context.runtimeFolder);
  const apiVersion = await reachEngine(engine, { patienceMs: ENGINE_PATIENCE_MS, greeting }, context);
  await using relay = loaded.config.ready.when === "notify" ? await openRelay(context) : undefined;
  const access = { engine, apiVersion, relay };
  let outcome: Outcome;
  try {
    const container = await bringUp({ loaded, plan }, access, context);
    const { supervise } = await loadSupervision();
    const service = { loaded, plan, container };
    const reload = { replan: () => replan(loaded, host), onReloaded };
    outcome = await supervise(service, access, { ...context, ...reload, restarts });
  } catch (error) {
    const { cleanUp } = await loadCleanUp();
    await cleanUp(plan.name, engine, context).catch((second: unknown) => {
      // A stop that leaves the container behind is the worse news.
      if (error === context.stop.reason) throw second;
      // An engine that is away is reported by the error itself.
      if (!(error instanceof EngineUnreachableError)) reportFailure(second, context, { isFirst: false });
    });
    throw error;
  }
  const { cleanUp } = await loadCleanUp();
  await cleanUp(plan.name, engine, context).catch((error: unknown) => {
    if (outcome.kind === "stopped") throw error;
    // How the container has ended is what systemd has to hear. An engine that goes down removes nothing any more.
    if (outcome.kind !== "engine_lost") reportFailure(error, context, { isFirst: false });
  });
  return outcome;
}

/** Starts the container, or adopts it; one that an earlier run has left serves until the new image is there. */
async function bringUp(
  wanted: Wanted,
  access: EngineAccess,
  context: Context,
): Promise<StartedContainer> {
  using _ = extendTimeout(context.notifier, { capMs: LONGEST_START_MS });
  const { engine } = access;
  const { plan } = wanted;
  const leftovers = await findLeftovers(plan.name, engine, context);
  if (leftovers.length > 0 && wanted.loaded.config.adopt) {
    const { adoptContainer } = await import("./supervisor/adopt.ts");
    const adopted = await adoptContainer(leftovers, wanted, access, context);
    if (adopted !== undefined) return adopted;
  }
  const image = await chooseImage(plan, engine, context);
  // That may have taken long: another process may have them by now.
  const stillLeft = leftovers.length === 0 ? [] : await findLeftovers(plan.name, engine, context);
  for (const leftover of stillLeft) await removeLeftover(leftover, engine, context);
  const [id, { createPump, startContainer }] = await Promise.all([
    createContainer(plan, image, access, context),
    meanwhile(loadStart),
  ]);
  const pump = createPump(id, wanted, context);
  const onStarting = () => void meanwhile(loadSupervision);
  return await startContainer(id, { imageDigest: image.digest, pump, onStarting }, access, context);
}

async function replan({ file }: LoadedConfig, host: Host): Promise<Wanted> {
  const loaded = await loadService(file, host);
  if (loaded.config.swarm === undefined) return { loaded, plan: await planService(loaded, host) };
  const message = 'Cannot add "swarm": restart the unit instead';
  throw new ConfigError(file, [{ path: ["swarm"], message }], message);
}
