/** The endpoints of the create body, from `--network` and from flags such as `--ip`, which apply to the first network. */
import type { EndpointSettings } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { withoutZeros } from "../body/without_zeros.ts";
import { checkMac } from "./addresses.ts";
import { quote, trimSpace, userMap } from "./go_strings.ts";
import { type AttachmentSettings, isUserDefined, type NetworkAttachment } from "./networks.ts";

/** What may be set by a flag for the first network, or by a field of its `--network`, but not by both. */
const EITHER_OR: readonly [setting: keyof AttachmentSettings, both: string][] = [
  ["Aliases", "--network-alias and per-network alias"],
  ["IPv4Address", "--ip and per-network IPv4 address"],
  ["IPv6Address", "--ip6 and per-network IPv6 address"],
  ["MacAddress", "--mac-address and per-network MAC address"],
  ["LinkLocalIPs", "--link-local-ip and per-network link-local IP addresses"],
];

/**
 * Endpoints by network name: none for a single network without settings, else one for each network.
 * `flags`: what flags such as `--ip` and `--link` set for the first network.
 */
export function networkEndpoints(
  attachments: readonly NetworkAttachment[],
  flags: AttachmentSettings,
): Record<string, EndpointSettings> {
  const [first = { target: "default", settings: {} }, ...others] = attachments;
  const endpoints = new Map<string, EndpointSettings>();
  for (const attachment of [withFlags(first, withoutZeros(flags)), ...others]) {
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

function withFlags({ target, settings }: NetworkAttachment, flags: AttachmentSettings): NetworkAttachment {
  for (const [setting, both] of EITHER_OR) {
    if (settings[setting] && flags[setting]) {
      throw new ValueError(`conflicting options: cannot specify both ${both}`);
    }
  }
  // On the engine's own networks "--link" is sent as HostConfig.Links instead.
  const { Links: _links, ...rest } = flags;
  return { target, settings: { ...settings, ...(isUserDefined(target) ? flags : rest) } };
}

function toEndpoint({ target, settings }: NetworkAttachment): EndpointSettings {
  const { IPv4Address, IPv6Address, LinkLocalIPs, ...rest } = settings;
  if (trimSpace(target) === "") throw new ValueError("no name set for network");
  if (rest.Aliases && !isUserDefined(target)) {
    throw new ValueError(
      `network-scoped aliases are only supported for user-defined networks, not for ${quote(target)}`,
    );
  }
  if (rest.MacAddress) checkMac(rest.MacAddress);
  return withoutZeros({ IPAMConfig: withoutZeros({ IPv4Address, IPv6Address, LinkLocalIPs }), ...rest });
}
