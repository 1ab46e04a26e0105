/** `--add-host` and `--dns-search`. */
import { ValueError } from "../../errors.ts";
import { canonicalIp } from "./addresses.ts";
import { cut, quote, trimSpace } from "./go_strings.ts";

/** `host:ip`, also from `host=ip` and `host:[ip]`; the engine replaces the address `host-gateway`. */
export function parseExtraHost(text: string): string {
  const [host, address] = cut(text, text.includes("=") ? "=" : ":");
  if (host === "" || address === undefined || host.includes(":")) {
    throw new ValueError(`bad format for add-host: ${quote(text)}; must be HOST:IP or HOST=IP`);
  }
  if (address === "host-gateway") return `${host}:${address}`;
  const bare = /^\[(.+)\]$/s.exec(address)?.[1] ?? address;
  if (canonicalIp(trimSpace(bare)) === undefined) {
    throw new ValueError(
      `invalid IP address in add-host: ${quote(bare)}; must be an IP address or "host-gateway"`,
    );
  }
  return `${host}:${bare}`;
}

// The CLI's expression says "(:?" where "(?:" was meant, and so lets a colon through before a label or a dot.
const LABEL = "(?::?[a-zA-Z0-9]|:?[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = new RegExp(`^(:?${LABEL}(?::?\\.${LABEL})*)\\.?[\\t\\n\\f\\r ]*$`);

/** A domain without the dot and the white space at its end; `.` alone stands for "no search domain". */
export function parseSearchDomain(text: string): string {
  const trimmed = text.replace(/^ +| +$/g, "");
  if (trimmed === ".") return trimmed;
  const domain = /[a-zA-Z]/.test(trimmed) ? DOMAIN.exec(trimmed)?.[1] : undefined;
  if (domain === undefined || domain.length >= 255) {
    throw new ValueError(`${quote(text)} is not a valid domain`);
  }
  return domain;
}
