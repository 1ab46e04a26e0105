/** The flags of `docker create` that a service of a swarm can not have. */
import { FLAGS_BY_NAME } from "../flags/create_flags.ts";
import type { CreateProblem, FlagOccurrence } from "../flags/flag_parser.ts";
import { valueOrError } from "../../errors.ts";
import { parseBool } from "../values/go_numbers.ts";

const NO_DEVICES = "services cannot have devices";
const NO_BLOCK_IO = "services have no limits of block IO";
const CPUS_INSTEAD = 'limit the CPU time by "--cpus"';
const NO_REAL_TIME = "services have no real-time scheduling";
const NOT_BOUND = "services cannot be bound to CPUs or memory nodes";
const OWN_NAMESPACES = "each container of a service has namespaces of its own";
const ADDRESSES = "the swarm gives each task its addresses";

/** Each with why, and what to do instead if there is something; those for Windows are refused for any service. */
export const REFUSED_FLAGS: ReadonlyMap<string, string> = new Map([
  ["annotation", "the engines of the nodes are sent no annotations"],
  ["blkio-weight", NO_BLOCK_IO],
  ["blkio-weight-device", NO_BLOCK_IO],
  ["cgroup-parent", "each node puts the containers into its own cgroup"],
  ["cgroupns", OWN_NAMESPACES],
  ["cidfile", "there may be several containers, on any machine"],
  ["cpu-period", CPUS_INSTEAD],
  ["cpu-quota", CPUS_INSTEAD],
  ["cpu-rt-period", NO_REAL_TIME],
  ["cpu-rt-runtime", NO_REAL_TIME],
  ["cpu-shares", CPUS_INSTEAD],
  ["cpuset-cpus", NOT_BOUND],
  ["cpuset-mems", NOT_BOUND],
  ["device", NO_DEVICES],
  ["device-cgroup-rule", NO_DEVICES],
  ["device-read-bps", NO_BLOCK_IO],
  ["device-read-iops", NO_BLOCK_IO],
  ["device-write-bps", NO_BLOCK_IO],
  ["device-write-iops", NO_BLOCK_IO],
  ["domainname", 'write it into the name that "--hostname" gives'],
  ["gpus", NO_DEVICES],
  ["ip", ADDRESSES],
  ["ip6", ADDRESSES],
  ["ipc", OWN_NAMESPACES],
  ["kernel-memory", 'limit the memory by "--memory"'],
  ["link", "services on the same network find each other by their names"],
  ["link-local-ip", ADDRESSES],
  ["mac-address", ADDRESSES],
  ["memory-reservation", 'what a node must have left is said by "swarm.reserve.memory"'],
  ["oom-kill-disable", "the kernel may always end a container of a service"],
  ["pid", OWN_NAMESPACES],
  ["privileged", 'services cannot be privileged; single capabilities are given by "--cap-add"'],
  ["publish-all", 'name the ports by "--publish"'],
  ["runtime", "each node has its own default runtime"],
  ["storage-opt", "services have no options of the storage driver"],
  [
    "use-api-socket",
    'on nodes that are managers, "--volume /var/run/docker.sock:/var/run/docker.sock" brings it',
  ],
  ["userns", OWN_NAMESPACES],
  ["uts", OWN_NAMESPACES],
  ["volumes-from", 'that container may be on another machine; name its volumes by "--volume"'],
]);

/** The flags that are taken, and a problem for each of the others. */
export function sortOut(
  occurrences: readonly FlagOccurrence[],
): { readonly taken: readonly FlagOccurrence[]; readonly problems: readonly CreateProblem[] } {
  const { true: refused = [], false: taken = [] } = Object.groupBy(
    occurrences,
    (flag) => REFUSED_FLAGS.has(flag.name) && !isSwitchedOff(flag) ? "true" : "false",
  );
  const problems = refused.map(({ name, index }): CreateProblem => ({
    index,
    flag: name,
    message: `"--${name}" is not available in Swarm: ${REFUSED_FLAGS.get(name)}`,
    exitCode: 125,
  }));
  return { taken, problems };
}

/** e.g. `--privileged=false`, which asks for nothing. */
function isSwitchedOff({ name, value }: FlagOccurrence): boolean {
  return FLAGS_BY_NAME.get(name)?.kind === "bool" && valueOrError(() => parseBool(value)) === false;
}
