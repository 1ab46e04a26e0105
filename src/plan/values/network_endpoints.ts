/** The endpoints of the create body, from the networks and the flags that speak of the first of them. */
import type { EndpointSettings } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { checkMac } from "./addresses.ts";
import { quote, trimSpace, userMap } from "./go_strings.ts";
import { isUserDefined, type NetworkAttachment, plainAttachment } from "./networks.ts";

/** `--network-alias`, `--link`, `--ip`, `--ip6`, `--link-local-ip` and `--mac-address`. */
export interface FirstNetworkFlags {
  readonly aliases: readonly string[];
  readonly links: readonly string[];
  readonly ipv4: string;
  readonly ipv6: string;
  readonly linkLocalIps: readonly string[];
  readonly mac: string;
}

/** Endpoints by network name; a single network without settings needs none, several are always all named. */
export function networkEndpoints(
  attachments: readonly NetworkAttachment[],
  flags: FirstNetworkFlags,
): Record<string, EndpointSettings> {
  const [first = plainAttachment("default"), ...others] = attachments;
  const endpoints = new Map<string, EndpointSettings>();
  for (const attachment of [withFlags(first, flags), ...others]) {
    if (endpoints.has(attachment.target)) {
      throw new ValueError(`network ${quote(attachment.target)} is specified multiple times`);
    }
    endpoints.set(attachment.target, toEndpoint(attachment));
  }
  if (new Set(attachments.map(({ target }) => isUserDefined(target))).size > 1) {
    throw new ValueError(
      "conflicting options: cannot attach both user-defined and non-user-defined network-modes",
    );
  }
  const [only] = endpoints.values();
  if (endpoints.size === 1 && Object.keys(only!).length === 0) return {};
  return userMap(endpoints);
}

function withFlags(first: NetworkAttachment, flags: FirstNetworkFlags): NetworkAttachment {
  const conflict = (inNetwork: { length: number }, inFlag: { length: number }, message: string) => {
    if (inNetwork.length > 0 && inFlag.length > 0) {
      throw new ValueError(`conflicting options: cannot specify both ${message}`);
    }
  };
  conflict(first.aliases, flags.aliases, "--network-alias and per-network alias");
  conflict(first.ipv4, flags.ipv4, "--ip and per-network IPv4 address");
  conflict(first.ipv6, flags.ipv6, "--ip6 and per-network IPv6 address");
  conflict(first.mac, flags.mac, "--mac-address and per-network MAC address");
  conflict(first.linkLocalIps, flags.linkLocalIps, "--link-local-ip and per-network link-local IP addresses");
  return {
    ...first,
    aliases: [...first.aliases, ...flags.aliases],
    // On the engine's own networks "--link" is no setting of the endpoint but the old HostConfig.Links.
    links: isUserDefined(first.target) ? [...flags.links] : [],
    ipv4: first.ipv4 || flags.ipv4,
    ipv6: first.ipv6 || flags.ipv6,
    mac: first.mac || flags.mac,
    linkLocalIps: [...first.linkLocalIps, ...flags.linkLocalIps],
  };
}

function toEndpoint(attachment: NetworkAttachment): EndpointSettings {
  const { target, aliases, links, driverOptions, ipv4, ipv6, linkLocalIps, mac, gatewayPriority } =
    attachment;
  if (trimSpace(target) === "") throw new ValueError("no name set for network");
  if (aliases.length > 0 && !isUserDefined(target)) {
    throw new ValueError(
      `network-scoped aliases are only supported for user-defined networks, not for ${quote(target)}`,
    );
  }
  const IPAMConfig = {
    ...(ipv4 !== "" && { IPv4Address: ipv4 }),
    ...(ipv6 !== "" && { IPv6Address: ipv6 }),
    ...(linkLocalIps.length > 0 && { LinkLocalIPs: linkLocalIps }),
  };
  return {
    ...(Object.keys(IPAMConfig).length > 0 && { IPAMConfig }),
    ...(links.length > 0 && { Links: links }),
    ...(aliases.length > 0 && { Aliases: aliases }),
    ...(mac !== "" && { MacAddress: checkMac(mac) }),
    ...(driverOptions.size > 0 && { DriverOpts: userMap(driverOptions) }),
    ...(Number(gatewayPriority) !== 0 && { GwPriority: gatewayPriority }),
  };
}
