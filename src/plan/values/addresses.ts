/** IP and MAC addresses as Go's `net` package reads and writes them. */
import { ValueError } from "../../errors.ts";
import { quote, trimSpace } from "./go_strings.ts";

/** The sixteen-byte form of an IPv4 or IPv6 address, as eight numbers of 16 bits. */
export type IpAddress = readonly number[];

const IPV4_IN_IPV6 = [0, 0, 0, 0, 0, 0xffff];

/** The address, or undefined: no host names, no zones, no brackets, no leading zeros in IPv4. */
export function parseIp(text: string): IpAddress | undefined {
  // Go decides by the first of these characters.
  const decisive = /[.:%]/.exec(text)?.[0];
  if (decisive === ":") return parseIpv6(text);
  const ipv4 = decisive === "." ? parseIpv4(text) : undefined;
  return ipv4 && [...IPV4_IN_IPV6, ...ipv4];
}

function parseIpv4(text: string): [number, number] | undefined {
  if (!/^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}$/.test(text)) return undefined;
  const [a, b, c, d] = text.split(".").map(Number) as [number, number, number, number];
  return Math.max(a, b, c, d) > 255 ? undefined : [a * 256 + b, c * 256 + d];
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => parseGroups(half, i === halves.length - 1));
  if (!head) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  // "::" stands for at least one group.
  if (!tail || head.length + tail.length > 7) return undefined;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** The groups on one side of `::`; only the last may be an IPv4 address. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(parseInt(part, 16));
    } else {
      const ipv4 = mayEndInIpv4 && i === parts.length - 1 ? parseIpv4(part) : undefined;
      if (!ipv4) return undefined;
      groups.push(...ipv4);
    }
  }
  return groups;
}

/** The canonical text: IPv4 dotted also where it was written inside IPv6, otherwise RFC 5952. */
export function formatIp(address: IpAddress): string {
  if (IPV4_IN_IPV6.every((group, i) => address[i] === group)) {
    return address.slice(6).flatMap((group) => [group >> 8, group & 255]).join(".");
  }
  const groups = address.map((group) => group.toString(16));
  // The first of the longest runs of at least two zero groups becomes "::".
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (address[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length === 1) return groups.join(":");
  return `${groups.slice(0, best.start).join(":")}::${groups.slice(best.start + best.length).join(":")}`;
}

/** The canonical text of an address with white space around it, for `--dns`. */
export function parseIpText(text: string): string {
  const address = parseIp(trimSpace(text));
  if (!address) throw new ValueError(`IP address is not correctly formatted: ${quote(text)}`);
  return formatIp(address);
}

/** Whether a canonical address is one of the host itself. */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^127\./.test(address);
}

const MAC_FORMS = [":", "-"].map((separator) =>
  new RegExp(
    `^[0-9a-f]{2}(?:${separator}[0-9a-f]{2}){5}(?:(?:${separator}[0-9a-f]{2}){2}|(?:${separator}[0-9a-f]{2}){14})?$`,
    "i",
  )
);
const DOTTED_MAC = /^[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}(?:\.[0-9a-f]{4}|(?:\.[0-9a-f]{4}){7})?$/i;

/** Checks a MAC address of 6, 8 or 20 bytes; it is sent as it was written. */
export function checkMac(text: string): string {
  const trimmed = trimSpace(text);
  if ([...MAC_FORMS, DOTTED_MAC].some((form) => form.test(trimmed))) return text;
  throw new ValueError(`${quote(text)} is not a valid mac address; must be such as 02:42:ac:11:00:02`);
}
