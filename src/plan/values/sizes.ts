/** Sizes in bytes: `512m`, `1.5g`, `64KiB`, `1024 b`; every unit is binary. */
import type { WireInteger } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { byteLength, quote, toLower } from "./go_strings.ts";
import { floatToInt64, parseFloat64 } from "./go_numbers.ts";

const UNITS = "kmgtp";
const ALLOWED = "a number with a unit of b, k, m, g, t or p";

/** Bytes of a size such as `512m`; the fraction of a byte is cut off. */
export function parseSize(text: string): WireInteger {
  const end = Math.max(...[..."0123456789. "].map((character) => text.lastIndexOf(character)));
  if (end === -1) throw new ValueError(`invalid size: ${quote(text)}; must be ${ALLOWED}`);
  // One space before the unit is left out; a second one would belong to the number.
  const number = parseFloat64(text.slice(0, text[end] === " " ? end : end + 1));
  if (number < 0) throw new ValueError(`invalid size: ${quote(text)}; must not be negative`);
  return floatToInt64(number * multiplier(text.slice(end + 1)));
}

/** As `parseSize`, and `-1` for unlimited. */
export function parseSwapSize(text: string): WireInteger {
  return text === "-1" ? -1 : parseSize(text);
}

function multiplier(unit: string): number {
  if (unit === "") return 1;
  const lower = toLower(unit);
  const power = UNITS.indexOf(lower[0]!) + 1;
  if (lower === "b") return 1;
  if (byteLength(unit) > 3 || power === 0 || !["", "b", "ib"].includes(lower.slice(1))) {
    throw new ValueError(`invalid suffix: ${quote(unit)}; must be ${ALLOWED}`);
  }
  return 1024 ** power;
}
