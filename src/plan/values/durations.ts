/** Durations as Go writes them: `1h30m`, `1.5s`, `300ms`, `-1s`, `0`. */
import type { WireInteger } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { toWireInteger } from "./go_numbers.ts";
import { quote } from "./go_strings.ts";

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n], // U+00B5, the micro sign
  ["μs", 1_000n], // U+03BC, the Greek letter
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);

const LIMIT = 1n << 63n;
const ALLOWED = "must be such as 30s, 1m30s or 500ms (units: h, m, s, ms, us, ns)";

/** Nanoseconds. @throws {ValueError} */
export function parseDuration(text: string): WireInteger {
  const negative = text.startsWith("-");
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0;
  let total = 0n;
  do {
    const part = /^([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/.exec(rest)!;
    total += partNanoseconds(text, part[1]!, part[2] ?? "", part[3]!);
    if (total > LIMIT) throw invalid(text);
    rest = rest.slice(part[0].length);
  } while (rest !== "");
  if (!negative && total === LIMIT) throw invalid(text);
  return toWireInteger(negative ? -total : total);
}

function partNanoseconds(text: string, whole: string, fraction: string, unitName: string): bigint {
  if (whole + fraction === "") throw invalid(text);
  if (unitName === "") throw new ValueError(`missing unit in duration ${quote(text)}; ${ALLOWED}`);
  const unit = UNITS.get(unitName);
  if (unit === undefined) {
    throw new ValueError(`unknown unit ${quote(unitName)} in duration ${quote(text)}; ${ALLOWED}`);
  }
  const units = BigInt(whole || "0");
  if (units > LIMIT / unit) throw invalid(text);
  return units * unit + fractionNanoseconds(fraction, unit);
}

/** Computed in 64-bit floats as Go does, so that the result is the same to the last nanosecond. */
function fractionNanoseconds(fraction: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of fraction) {
    const next = value * 10n + BigInt(digit);
    if (value > (LIMIT - 1n) / 10n || next > LIMIT) break; // further digits do not count
    value = next;
    scale *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

function invalid(text: string): ValueError {
  return new ValueError(`invalid duration ${quote(text)}; ${ALLOWED}`);
}
