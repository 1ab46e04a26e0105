/** IP and MAC addresses as Go's `net` package reads and writes them. */
import { ValueError } from "../../errors.ts";
import { quote, trimSpace } from "./go_strings.ts";

const IPV4 = /^(?:(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])(?:\.(?!$)|$)){4}$/;

/**
 * The address in its canonical text (RFC 5952, but IPv4 inside IPv6 as IPv4), or undefined: no host names, no zones,
 * no brackets, no leading zeros in IPv4.
 */
export function canonicalIp(text: string): string | undefined {
  if (IPV4.test(text)) return text;
  const url = /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) ? URL.parse(`http://[${text}]/`) : null;
  const ipv6 = url?.hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(ipv6 ?? "") ?? [];
  if (high === undefined || low === undefined) return ipv6;
  return [high, low].map((group) => parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255]).join(
    ".",
  );
}

/** The canonical text of an address with white space around it, for `--dns`. */
export function parseIpText(text: string): string {
  const address = canonicalIp(trimSpace(text));
  if (address === undefined) throw new ValueError(`IP address is not correctly formatted: ${quote(text)}`);
  return address;
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
