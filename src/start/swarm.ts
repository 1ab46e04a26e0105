/** From a config with a section `swarm:` to the service in the swarm. Loaded by such a config only. */
import type { LoadedConfig } from "../config/load_config.ts";
import { ConfigError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import type { Context } from "../supervisor/context.ts";
import type { Outcome } from "../supervisor/outcome.ts";
import { reachEngine } from "../supervisor/reach_engine.ts";
import { serveSwarm } from "../swarm/serve_swarm.ts";
import type { WantedService } from "../swarm/swarm_context.ts";
import { type GreetedEngine, refuseDockerHost } from "./greet_engine.ts";
import { loadService } from "./load_service.ts";
import { isForSwarm, planSwarm, warningText } from "./plan_service.ts";
import { countRestarts } from "./restart_count.ts";
import { warnWithoutNotify } from "./signals.ts";
import type { Sinks } from "./sinks.ts";

/** For an engine that comes up together with the machine. */
const ENGINE_PATIENCE_MS = 20_000;

export async function serveInSwarm(
  loaded: LoadedConfig,
  context: Context,
  sinks: Sinks,
  greeted: GreetedEngine | undefined,
): Promise<Outcome> {
  const { host, logger } = context;
  const wanted = await wantedOf(loaded, host);
  const onReloaded = (next: WantedService) =>
    sinks.serve(next.loaded, next.plan.spec.TaskTemplate.ContainerSpec.Env);
  await onReloaded(wanted);
  const { engine, greeting } = greeted ?? refuseDockerHost(host);
  warnWithoutNotify(context);
  for (const warning of wanted.plan.warnings) {
    logger.log({ severity: "warn", source: "service", message: warningText(warning) });
  }
  const restarts = await countRestarts(context.runtimeFolder);
  const apiVersion = await reachEngine(engine, { patienceMs: ENGINE_PATIENCE_MS, greeting }, context);
  return await serveSwarm(wanted, {
    ...context,
    engine,
    apiVersion,
    swarmEngine: await engine.swarm(),
    replan: async () => await wantedOf(await loadService(loaded.file, host), host),
    onReloaded,
    restarts,
  });
}

async function wantedOf(loaded: LoadedConfig, host: Host): Promise<WantedService> {
  if (isForSwarm(loaded)) return { loaded, swarm: loaded.config.swarm, plan: await planSwarm(loaded, host) };
  const message = 'Cannot take "swarm" away: stop the unit first';
  throw new ConfigError(loaded.file, [{ path: [], message }], message);
}
