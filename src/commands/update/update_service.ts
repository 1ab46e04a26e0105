/** One service, whatever its state: in the end there is something to be said of it. */
import { loadService } from "../../start/load_service.ts";
import { ConfigError } from "../../errors.ts";
import type { Host } from "../../host/host.ts";
import type { UpdateConfig } from "../../config/update_config.ts";
import { findServices, isOff } from "./find_services.ts";
import type { ServiceUnit } from "../doctor/find_service.ts";
import { type AskOptions, askProcess } from "./ask_process.ts";
import { nothing, outcome, type UpdateOutcome, type Wish } from "./outcome.ts";

/** Of a service that ends again and again, it is the next start that counts. */
const MOST_PROCESSES = 5;

export interface ServiceOptions extends AskOptions {
  /** Whether somebody has named it: then it is as wished, whatever its config says. */
  readonly isNamed: boolean;
  readonly warn: (message: string) => void;
}

/** Undefined for a service that is left out: nobody has named it, and its config does not ask for updates. */
export async function updateService(
  service: ServiceUnit,
  wish: Wish,
  options: ServiceOptions,
): Promise<UpdateOutcome | undefined> {
  try {
    const allowed = options.isNamed ? wish : await allowedWish(service, wish, options.host);
    return allowed && outcome(service, await carryOut(service, allowed, options));
  } catch (error) {
    options.stop.throwIfAborted();
    // Whatever it is, the other services are not to go without their updates for it.
    return outcome(service, nothing("failed", reasonOf(error)));
  }
}

/** What a config asks for of itself. @throws ConfigError */
async function allowedWish(service: ServiceUnit, wish: Wish, host: Host): Promise<Wish | undefined> {
  if (isOff(service) || service.configPath === undefined) return undefined;
  const { config: { update } } = await loadService(service.configPath, host);
  const action = allowedAction(wish.action, update);
  return action && { ...wish, action };
}

function allowedAction(action: Wish["action"], update: UpdateConfig | undefined): Wish["action"] | undefined {
  if (update?.mode === "never") return undefined;
  if (action === "check" || update?.mode === "notify") return "check";
  return update && action;
}

async function carryOut(service: ServiceUnit, wish: Wish, options: ServiceOptions) {
  // The services before may have taken hours.
  let now = await asItIs(service, options.host);
  if (await isSwarmService(now, options.host)) {
    return nothing("skipped", "it is a Swarm service: systemctl reload rolls out its newest image");
  }
  const asked = new Set(["0"]);
  for (let pid = mainPid(now); !asked.has(pid) && asked.size < MOST_PROCESSES; pid = mainPid(now)) {
    asked.add(pid);
    const told = await askProcess(now, wish, options);
    if (told !== undefined) return told;
    // It has ended before it has heard of it, and may run again.
    now = await asItIs(service, options.host);
  }
  if (isOff(now) && wish.action !== "rollback") return nothing("skipped", "it is stopped, and not enabled");
  if (now.configPath === undefined) throw new Error(`it is not known which config ${now.unit} has`);
  const { updateAtRest } = await import("./update_at_rest.ts");
  return await updateAtRest(now, await loadService(now.configPath, options.host), wish, options);
}

/** One whose config is no good is none as far as is known. */
async function isSwarmService({ configPath }: ServiceUnit, host: Host): Promise<boolean> {
  if (configPath === undefined) return false;
  return (await loadService(configPath, host).catch(() => undefined))?.config.swarm !== undefined;
}

function mainPid({ properties }: ServiceUnit): string {
  return properties.get("MainPID") || "0";
}

async function asItIs(service: ServiceUnit, host: Host): Promise<ServiceUnit> {
  const found = await findServices([service.unit], host);
  if (found.kind !== "services") throw new Error(found.reason);
  return found.services[0] ?? service;
}

/** In one line. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof ConfigError ? error.message.split("\n").slice(0, 2).join(" ") : error.message;
}
