/** `--network`, as a task of a service is attached to networks. */
import type { CreateBody, EndpointSettings } from "../../engine/create_body.ts";
import type { TaskSpec } from "../../engine/swarm_types.ts";
import { ValueError } from "../../errors.ts";
import { withoutZeros } from "../body/without_zeros.ts";
import type { GivenFlags } from "../flags/given_flags.ts";
import { type AttachmentSettings, parseNetwork } from "../values/networks.ts";

/** What the swarm does itself, by the field of `--network` that would ask for it. */
const REFUSED_FIELDS: readonly (readonly [setting: keyof AttachmentSettings, field: string])[] = [
  ["IPv4Address", "ip"],
  ["IPv6Address", "ip6"],
  ["LinkLocalIPs", "link-local-ip"],
  ["MacAddress", "mac-address"],
  ["GwPriority", "gw-priority"],
];

/** In the order of the flags. Problems are added to `given.problems`. */
export function serviceNetworks(body: CreateBody, given: GivenFlags): TaskSpec["Networks"] & object {
  for (const flag of ["network", "net"]) given.read(flag, checkNetwork);
  const first = body.HostConfig?.NetworkMode;
  const { EndpointsConfig = {} } = body.NetworkingConfig ?? {};
  // A single network without settings has no endpoint in the body.
  const endpoints: Record<string, EndpointSettings> = first === undefined || first in EndpointsConfig
    ? EndpointsConfig
    : { [first]: {} };
  return Object.entries(endpoints).filter(([target]) => target !== "default")
    .map(([Target, { Aliases, DriverOpts }]) => withoutZeros({ Target, Aliases, DriverOpts }));
}

/** @throws {ValueError} */
function checkNetwork(text: string): void {
  const { target, settings } = parseNetwork(text);
  if (target === "none") {
    throw new ValueError("Swarm attaches each task to a network: name another one, or leave it out");
  }
  if (target.startsWith("container:")) {
    throw new ValueError("Swarm may run a task on another machine than that container");
  }
  const field = REFUSED_FIELDS.find(([setting]) => settings[setting] !== undefined)?.[1];
  if (field !== undefined) throw new ValueError(`"${field}" is not available in Swarm`);
}
