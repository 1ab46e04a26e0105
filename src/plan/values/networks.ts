/** `--network`: a plain name, or `name=…,alias=…,ip=…` for one attachment with its own settings. */
import type { WireInteger } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { explained } from "./explained.ts";
import { readCsvRecord } from "./csv.ts";
import { DECIMAL, parseInteger } from "./go_numbers.ts";
import { cut, quote, toLower, trimSpace } from "./go_strings.ts";

/** One network the container is attached to. */
export interface NetworkAttachment {
  target: string;
  aliases: string[];
  links: string[];
  driverOptions: Map<string, string>;
  ipv4: string;
  ipv6: string;
  linkLocalIps: string[];
  mac: string;
  gatewayPriority: WireInteger;
}

const FIELDS: ReadonlyMap<string, (attachment: NetworkAttachment, value: string) => void> = new Map<
  string,
  (attachment: NetworkAttachment, value: string) => void
>([
  ["name", (attachment, value) => attachment.target = value],
  ["alias", (attachment, value) => attachment.aliases.push(value)],
  ["ip", (attachment, value) => attachment.ipv4 = value],
  ["ip6", (attachment, value) => attachment.ipv6 = value],
  ["mac-address", (attachment, value) => attachment.mac = value],
  ["link-local-ip", (attachment, value) => attachment.linkLocalIps.push(value)],
  ["driver-opt", setDriverOption],
  ["gw-priority", setGatewayPriority],
]);

/** An attachment without settings of its own. */
export function plainAttachment(target: string): NetworkAttachment {
  return {
    target,
    aliases: [],
    links: [],
    driverOptions: new Map(),
    ipv4: "",
    ipv6: "",
    linkLocalIps: [],
    mac: "",
    gatewayPriority: 0,
  };
}

/** One `--network`. The long form is lower-cased whole, the plain name keeps its case. */
export function parseNetwork(text: string): NetworkAttachment {
  // Anything with a word on both sides of a "=" is taken for the long form.
  if (!/\w=\w/.test(text)) return plainAttachment(text);
  const attachment = plainAttachment("");
  for (const field of readCsvRecord(text)) {
    const [name, value] = cut(toLower(field), "=");
    if (name === "" || value === undefined) {
      throw new ValueError(`invalid field ${quote(field)}; must be key=value`);
    }
    const key = trimSpace(name);
    const set = FIELDS.get(key);
    if (!set) {
      throw new ValueError(`invalid field key ${quote(key)}; known keys: ${[...FIELDS.keys()].join(", ")}`);
    }
    set(attachment, trimSpace(value));
  }
  if (attachment.target === "") throw new ValueError("network name/id is not specified; must have name=…");
  return attachment;
}

function setDriverOption(attachment: NetworkAttachment, text: string): void {
  const [key, value] = cut(text, "=");
  if (key === "" || value === undefined) {
    throw new ValueError(`invalid key value pair format in driver options: ${quote(text)}`);
  }
  attachment.driverOptions.set(trimSpace(key), trimSpace(value));
}

function setGatewayPriority(attachment: NetworkAttachment, text: string): void {
  attachment.gatewayPriority = explained(
    () => parseInteger(text, DECIMAL),
    (reason) => `invalid gw-priority: ${reason}`,
  );
}

/** Whether the name means a network that someone made: not a mode of the engine, not another container's. */
export function isUserDefined(target: string): boolean {
  return !["default", "bridge", "host", "none"].includes(target) && !target.startsWith("container:");
}
