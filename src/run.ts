/**
 * The story of one service:
 * argv → config (what the user wrote) → plan (what the engine will be asked) → engine (ask it)
 *      → supervisor (logs, checks, notify) → exit
 */
import type { LoadedConfig } from "./config/load_config.ts";
import { ConfigError, EngineError, EngineUnreachableError, HostError, NotReadyError } from "./errors.ts";
import { type Ending, errorEnding, EX_OK, EX_SOFTWARE, outcomeEnding } from "./exit.ts";
import type { Host } from "./host/host.ts";
import type { Influxdb } from "./logging/influxdb/influxdb.ts";
import { type Machine, openContext } from "./start/open_context.ts";
import { listenToSignals, warnWithoutNotify } from "./start/signals.ts";
import type { Outcome } from "./supervisor/outcome.ts";
import { openConfiguredInfluxdb } from "./start/influxdb.ts";
import { loadService } from "./start/load_service.ts";
import { openRelay } from "./start/relay.ts";
import { engineSocket, planService, warningText } from "./start/plan_service.ts";
import { adoptContainer } from "./supervisor/adopt.ts";
import {
  cleanUp,
  createContainer,
  createPump,
  findLeftovers,
  removeLeftover,
  startContainer,
} from "./supervisor/container/container_life.ts";
import type { Context } from "./supervisor/context.ts";
import { unlessStalled } from "./host/pause.ts";
import { printableLines } from "./printable.ts";
import { warnOfDoubledLog } from "./supervisor/log/doubled_log.ts";
import { prepareImage } from "./image/prepare_image.ts";
import { reachEngine } from "./supervisor/reach_engine.ts";
import { countRestarts } from "./start/restart_count.ts";
import type { EngineAccess, Wanted } from "./supervisor/service.ts";
import type { StartedContainer } from "./supervisor/container/started_container.ts";
import { supervise } from "./supervisor/supervise.ts";
import { extendTimeout } from "./systemd/timeout_extension.ts";

/** For an engine that comes up together with the machine, or is being restarted; systemd tries again after that. */
const ENGINE_PATIENCE_MS = 20_000;
/** A start that takes longer is left to systemd's own timeout. */
const LONGEST_START_MS = 3_600_000;
/** How often memory that is free again is given back to the kernel (malloc_trim(3)). */
const TRIM_INTERVAL_MS = 10_000;

/** Runs the service of this config to its end, and yields the exit code. Never rejects. */
export async function runService(configPath: string, machine: Machine): Promise<number> {
  const stopping = new AbortController();
  const loading = await loadService(configPath, machine.host).then(
    (loaded) => ({ loaded }),
    (error: unknown) => ({ error }),
  );
  const config = "loaded" in loading ? loading.loaded.config : undefined;
  const context = openContext(config, { ...machine, configPath, stopping });
  listenToSignals(context, stopping);
  const trimming = setInterval(machine.trimHeap, TRIM_INTERVAL_MS);
  let defect: Ending | undefined;
  machine.onDefect((error) => defect ??= stopForDefect(error, context, stopping));
  let ending: Ending;
  let influxdb: Influxdb | undefined;
  try {
    influxdb = await openConfiguredInfluxdb(context);
    if ("error" in loading) throw loading.error;
    const { metrics } = influxdb ?? context;
    ending = outcomeEnding(await serve(loading.loaded, { ...context, metrics }, machine));
  } catch (error) {
    ending = error === context.stop.reason
      ? outcomeEnding({ kind: "stopped" })
      : reportFailure(error, context);
  }
  ending = defect ?? ending;
  if (ending.status !== undefined) context.notifier.send(ending);
  await influxdb?.close();
  await unlessStalled(context.output, context.output.flush());
  context.statusFile?.close(ending.exitCode === EX_OK ? undefined : ending.status);
  context.watchdog[Symbol.dispose]();
  clearInterval(trimming);
  return ending.exitCode;
}

/** What nobody has caught may have left anything half done: the service ends, as when it is asked to. */
function stopForDefect(
  error: unknown,
  { logger, notifier }: Context,
  stopping: AbortController,
): Ending {
  const message = `The service ends, by a fault of service_runner: ${
    error instanceof Error ? error.message : error
  }`;
  const ending = { ...errorEnding(error), exitCode: EX_SOFTWARE, status: message };
  stopping.abort(error);
  logger.log({ severity: "fatal", source: "service", message, exception: error });
  notifier.send({ stopping: true, status: message });
  return ending;
}

/** From a good config to the end. Whatever the end, no container of ours is left behind. */
async function serve(loaded: LoadedConfig, context: Context, machine: Machine): Promise<Outcome> {
  const { host, logger } = context;
  const plan = await planService(loaded, host);
  const engine = machine.connectEngine(engineSocket(host));
  warnWithoutNotify(context);
  for (const warning of plan.warnings) {
    logger.log({ severity: "warn", source: "service", message: warningText(warning) });
  }
  const restarts = await countRestarts(context.runtimeFolder);
  const apiVersion = await reachEngine(engine, { patienceMs: ENGINE_PATIENCE_MS }, context);
  await using relay = loaded.config.ready.when === "notify" ? await openRelay(context) : undefined;
  const access = { engine, apiVersion, relay };
  let outcome: Outcome;
  try {
    const container = await bringUp({ loaded, plan }, access, context);
    void warnOfDoubledLog(container.id, engine, context);
    const service = { loaded, plan, container };
    outcome = await supervise(service, access, { ...context, replan: () => replan(loaded, host), restarts });
  } catch (error) {
    await cleanUp(plan.name, engine, context).catch((second: unknown) => {
      // A stop that leaves the container behind is the worse news.
      if (error === context.stop.reason) throw second;
      // An engine that is away has been reported by the error itself.
      if (!(error instanceof EngineUnreachableError)) reportFailure(second, context);
    });
    throw error;
  }
  await cleanUp(plan.name, engine, context).catch((error: unknown) => {
    if (outcome.kind === "stopped") throw error;
    // How the container has ended is what systemd has to hear. An engine that goes down removes nothing any more.
    if (outcome.kind !== "engine_lost") reportFailure(error, context);
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
  const adopted = await adoptContainer(leftovers, wanted, access, context);
  if (adopted !== undefined) return adopted;
  const imageDigest = await prepareImage(plan, engine, context);
  // That may have taken long: another process may have them by now.
  const stillLeft = leftovers.length === 0 ? [] : await findLeftovers(plan.name, engine, context);
  for (const leftover of stillLeft) await removeLeftover(leftover, engine, context);
  const id = await createContainer(plan, access, context);
  const pump = createPump(id, wanted, context);
  return await startContainer(id, { imageDigest, pump }, access, context);
}

async function replan({ file }: LoadedConfig, host: Host): Promise<Wanted> {
  const loaded = await loadService(file, host);
  return { loaded, plan: await planService(loaded, host) };
}

/** Logs why the run has failed; a problem in the config also goes to stderr, with the lines around it. */
function reportFailure(error: unknown, { host, logger }: Context): Ending {
  const message = error instanceof Error ? error.message : String(error);
  const isEngines = error instanceof EngineError || error instanceof EngineUnreachableError;
  const isExpected = isEngines ||
    [ConfigError, HostError, NotReadyError].some((kind) => error instanceof kind);
  logger.log({
    severity: "fatal",
    source: isEngines ? "docker" : "service",
    message,
    // The backtrace of an expected error is of no use to the operator.
    ...(isExpected ? {} : { exception: error }),
    ...(error instanceof NotReadyError && { data: error.circumstances }),
  });
  if (error instanceof ConfigError) host.writeStderr(printableLines(`${message}\n`));
  return errorEnding(error);
}
