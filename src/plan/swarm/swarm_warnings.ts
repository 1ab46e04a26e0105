/** What is different in a swarm from what flags and keys say, and what is probably not meant. */
import type { ServiceMount, ServiceSpec } from "../../engine/swarm_types.ts";
import type { FlagOccurrence } from "../flags/flag_parser.ts";
import { type Planned, type PlanWarning, type Rule, RULES, serviceWarnings } from "../service_rules.ts";
import { quote } from "../values/go_strings.ts";
import type { SwarmServiceInput } from "./swarm_plan.ts";

const SWARM_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...RULES,
  [
    "rm",
    (_value, { request }) =>
      request.body.HostConfig?.AutoRemove &&
      '"--rm" is overridden: Swarm removes the containers of tasks itself',
  ],
  ["expose", () => '"--expose" has no effect in Swarm: services on the same network reach all ports'],
  [
    "restart",
    (value) =>
      value === "no"
        ? '"--restart no" leaves a task as it is that has ended, or whose node has gone down: nothing takes its place'
        : value.startsWith("on-failure") &&
          `"--restart ${value}" leaves a task that ends with 0 as it is, also an unhealthy one; "always" replaces it`,
  ],
]);

export function swarmWarnings(input: SwarmServiceInput, planned: Planned, spec: ServiceSpec): PlanWarning[] {
  return [
    ...serviceWarnings(input, planned, SWARM_RULES),
    ...volumeWarnings(input, planned, spec),
    ...keyWarnings(input),
  ];
}

function keyWarnings({ swarm: { maxPerNode, update }, monitor }: SwarmServiceInput): PlanWarning[] {
  const warnings: PlanWarning[] = [];
  const warn = (path: PlanWarning["path"] & object, message: string) =>
    warnings.push({ argIndex: undefined, path, message });
  if (monitor?.publicNetworkName !== undefined) {
    const message =
      "has no effect in Swarm: checks ask a published port of this machine, or the host they name";
    warn(["monitor", "public_network_name"], message);
  }
  if (maxPerNode !== undefined && update.order === "start-first") {
    const message =
      'is start-first: with "max_per_node" a new task waits as long as every node has its share, old ' +
      "tasks included";
    warn(["swarm", "update", "order"], message);
  }
  return warnings;
}

/** Each node has its own volume of a name; what a task has written stays behind when it moves. */
function volumeWarnings(
  { swarm: { replicas, constraints } }: SwarmServiceInput,
  { given }: Planned,
  { TaskTemplate: { ContainerSpec: { Mounts = [] } } }: ServiceSpec,
): PlanWarning[] {
  // A task of a global service stays on its node, and so do all where only one node will do.
  if (replicas === "global" || constraints.some((text) => /^\s*node\.(?:id|hostname)\s*==/.test(text))) {
    return [];
  }
  const reason = replicas > 1
    ? "tasks on different nodes do not share it"
    : constraints.length === 0 && "a task that comes to another node finds an empty one";
  if (!reason) return [];
  return Mounts.filter(isLocalVolume).map(({ Source = "" }) => {
    const flag = given.all("volume", "mount").find((flag) => isOf(flag, Source));
    const advice = 'bind the service to a node by "swarm.constraints", or use a volume that all nodes reach';
    const message = `each node has a volume ${quote(Source)} of its own: ${reason}; ${advice}`;
    return { argIndex: flag?.valueIndex, message };
  });
}

function isOf({ name, value }: FlagOccurrence, source: string): boolean {
  if (name === "volume") return value.startsWith(`${source}:`);
  return value.split(",").some((field) => field === `source=${source}` || field === `src=${source}`);
}

/** Options make of it what they name, e.g. a share of NFS. */
function isLocalVolume({ Type, Source, VolumeOptions }: ServiceMount): boolean {
  const { Name = "local", Options } = VolumeOptions?.DriverConfig ?? {};
  return Type === "volume" && Source !== undefined && Name === "local" && Options === undefined;
}
