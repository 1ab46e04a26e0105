/**
 * The spec of a service, as `docker service create` would send it for flags with the same meaning.
 * In: the create request that the flags make of a container, and `swarm:`. Out: the spec; what a service can not have is
 * a problem of the flags or keys that ask for it.
 */
import type { SwarmConfig } from "../../config/swarm_config.ts";
import type { CreateBody } from "../../engine/create_body.ts";
import type { ServiceSpec, TaskSpec, UpdatePolicy } from "../../engine/swarm_types.ts";
import { type Problem, ValueError } from "../../errors.ts";
import type { TranslatedCreate } from "../body/translate_create.ts";
import { withoutZeros } from "../body/without_zeros.ts";
import type { GivenFlags } from "../flags/given_flags.ts";
import type { PlanInputs } from "../plan_inputs.ts";
import { parseRestartPolicy } from "../values/restart.ts";
import { containerSpec } from "./container_spec.ts";
import { limits, reservations } from "./limits.ts";
import { publishedPorts } from "./published_ports.ts";
import { serviceNetworks } from "./service_networks.ts";

const NANOSECONDS_A_MS = 1_000_000;
const HOST_NETWORK_WITH_INGRESS =
  '"--publish" is not available in Swarm with "--network host", where the ports of a ' +
  "container are those of its node: leave it out";

interface SpecInput {
  readonly name: string;
  readonly swarm: SwarmConfig;
}

/** Problems of flags are added to `given.problems`, those of keys are in `problems`. */
export function serviceSpec(
  { name, swarm }: SpecInput,
  { body, query }: TranslatedCreate,
  { given, inputs }: { readonly given: GivenFlags; readonly inputs: PlanInputs },
): { readonly spec: ServiceSpec; readonly problems: readonly Problem[] } {
  const reserved = reservations(swarm.reserve);
  const Ports = publishedPorts(given, swarm.publish);
  const Networks = serviceNetworks(body, given);
  if (Ports.length > 0 && swarm.publish === "ingress" && Networks.some(({ Target }) => Target === "host")) {
    // Each of its tasks would be rejected by its node.
    given.refuse(["publish"], HOST_NETWORK_WITH_INGRESS);
  }
  const TaskTemplate: TaskSpec = {
    ContainerSpec: containerSpec(body, given, inputs),
    ...withoutZeros({
      Resources: { ...limits(body, given), ...reserved.resources },
      Placement: placement(swarm, query.platform),
      Networks,
      LogDriver: logDriver(body, given),
    }),
    RestartPolicy: restartPolicy(given),
  };
  const spec: ServiceSpec = {
    Name: name,
    Labels: { ...swarm.labels },
    TaskTemplate,
    Mode: swarm.replicas === "global" ? { Global: {} } : { Replicated: { Replicas: swarm.replicas } },
    UpdateConfig: updatePolicy(swarm.update, "rollback"),
    RollbackConfig: updatePolicy({ ...swarm.update, delayMs: 0 }, "pause"),
    EndpointSpec: { Mode: "vip", ...withoutZeros({ Ports }) },
  };
  return { spec, problems: [...reserved.problems, ...orderProblems(swarm, Ports)] };
}

function placement(
  { constraints, spread, maxPerNode }: SwarmConfig,
  platform: string | undefined,
): NonNullable<TaskSpec["Placement"]> {
  return withoutZeros({
    Constraints: [...constraints],
    Preferences: spread === undefined ? [] : [{ Spread: { SpreadDescriptor: spread } }],
    MaxReplicas: maxPerNode,
    Platforms: platform === undefined ? [] : [toPlatform(platform)],
  });
}

/** `platform`: in its normal form. A node says `armv7l` where an image says `arm`, so that this is not compared. */
function toPlatform(platform: string): { Architecture?: string; OS?: string } {
  const [OS = "", Architecture = ""] = platform.split("/");
  return withoutZeros({ OS, Architecture: Architecture === "arm" ? "" : Architecture });
}

function updatePolicy(
  { atOnce, order, delayMs, monitorMs }: SwarmConfig["update"],
  FailureAction: NonNullable<UpdatePolicy["FailureAction"]>,
): UpdatePolicy {
  return {
    Parallelism: atOnce,
    ...withoutZeros({ Delay: delayMs * NANOSECONDS_A_MS }),
    FailureAction,
    Monitor: monitorMs * NANOSECONDS_A_MS,
    Order: order,
  };
}

/** A new task that starts first waits for ever for a port of the node that the old one has (moby#36934). */
function orderProblems(
  { publish, update }: SwarmConfig,
  ports: ReturnType<typeof publishedPorts>,
): Problem[] {
  const isBound = publish === "host" && ports.some(({ PublishedPort }) => PublishedPort !== undefined);
  if (!isBound || update.order !== "start-first") return [];
  const message =
    'must be stop-first with "publish: host": the old task has the port that the new one waits for';
  return [{ path: ["swarm", "update", "order"], message }];
}

function logDriver({ HostConfig }: CreateBody, given: GivenFlags): TaskSpec["LogDriver"] {
  given.readLast("log-driver", (driver) => {
    if (driver === "none") throw new ValueError("the log of a service would be empty");
  });
  const { Type: Name = "", Config: Options } = HostConfig?.LogConfig ?? {};
  return Name === "" && Options === undefined ? undefined : { Name, ...withoutZeros({ Options }) };
}

/** Unless told otherwise, Swarm replaces each task that ends: one that is unhealthy may well end with 0. */
function restartPolicy(given: GivenFlags): NonNullable<TaskSpec["RestartPolicy"]> {
  const policy = given.readLast("restart", (text) => {
    const { Name, MaximumRetryCount } = parseRestartPolicy(text);
    if (!["", "no", "always", "unless-stopped", "on-failure"].includes(Name)) {
      throw new ValueError("must be no, always, unless-stopped or on-failure[:COUNT]");
    }
    if (MaximumRetryCount && (Name !== "on-failure" || MaximumRetryCount < 0)) {
      throw new ValueError('only "on-failure" has a count of retries, which must not be negative');
    }
    return { Name, MaximumRetryCount };
  });
  if (policy === undefined || /^(?:always|unless-stopped)$/.test(policy.Name)) return { Condition: "any" };
  if (policy.Name !== "on-failure") return { Condition: "none" };
  const MaxAttempts = Number(policy.MaximumRetryCount ?? 0);
  return { Condition: "on-failure", ...withoutZeros({ MaxAttempts }) };
}
