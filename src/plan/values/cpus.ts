/** Numbers of CPUs as a rational number: `1.5`, `1/2`, `1e-1`, `0x2`. */
import type { WireInteger } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { toWireInteger } from "./go_numbers.ts";
import { quote } from "./go_strings.ts";

/** Billionths of a CPU. @throws {ValueError} also for more than nine decimal places */
export function parseNanoCpus(text: string): WireInteger {
  const nano = text.includes("/") ? nanoOfFraction(text) : nanoOfFloat(text);
  // Go keeps the low 64 bits of a number that is too large.
  return toWireInteger(BigInt.asIntN(64, nano));
}

function nanoOfFraction(text: string): bigint {
  const at = text.indexOf("/");
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  const numerator = scanNatural(text.slice(sign.length, at), false);
  const denominator = scanNatural(text.slice(at + 1), false);
  if (
    !numerator || !denominator || numerator.rest !== "" || denominator.rest !== "" || denominator.value === 0n
  ) {
    throw notRational(text);
  }
  const billionfold = numerator.value * 1_000_000_000n;
  if (billionfold % denominator.value !== 0n) throw tooPrecise(text);
  const nano = billionfold / denominator.value;
  return sign === "-" ? -nano : nano;
}

function nanoOfFloat(text: string): bigint {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  const mantissa = scanNatural(text.slice(sign.length), true);
  const exponent = mantissa && scanExponent(mantissa.rest);
  if (!mantissa || !exponent) throw notRational(text);
  if (mantissa.value === 0n) return 0n;
  const power = exponent.value;
  // The number is mantissa × 2^twos × 5^fives.
  const bitsADigit = mantissa.base === 16 ? 4 : mantissa.base === 8 ? 3 : 1;
  const fives = (mantissa.base === 10 ? -mantissa.fractionDigits : 0) + (exponent.base === 10 ? power : 0);
  const twos = -mantissa.fractionDigits * bitsADigit + power;
  if (Math.abs(fives) > 1e6 || Math.abs(twos) > 1e7) throw notRational(text);
  const nano = scale(scale(mantissa.value, 2n, twos + 9), 5n, fives + 9);
  if (nano === undefined) throw tooPrecise(text);
  return sign === "-" ? -nano : nano;
}

/** `value × factor^power`, or undefined where that is no whole number. */
function scale(value: bigint | undefined, factor: bigint, power: number): bigint | undefined {
  if (value === undefined) return undefined;
  let scaled = value;
  for (let i = power; i < 0; i++) {
    if (scaled % factor !== 0n) return undefined;
    scaled /= factor;
  }
  return power > 0 ? scaled * factor ** BigInt(power) : scaled;
}

interface Natural {
  readonly value: bigint;
  readonly base: number;
  readonly fractionDigits: number;
  readonly rest: string;
}

/**
 * The unsigned number at the start of the text, with a base prefix and `_` between digits.
 * A leading 0 means octal only where no fraction is allowed.
 */
function scanNatural(text: string, fractionAllowed: boolean): Natural | undefined {
  const prefix = /^0[box]/i.exec(text)?.[0].toLowerCase() ??
    (!fractionAllowed && /^0./.test(text) ? "0" : "");
  const base = { "0b": 2, "0o": 8, "0x": 16, "0": 8 }[prefix] ?? 10;
  const digit = base === 2 ? "01" : base === 8 ? "0-7" : base === 16 ? "0-9a-fA-F" : "0-9";
  const form = fractionAllowed ? `^[${digit}_]*(?:\\.[${digit}_]*)?` : `^[${digit}_]*`;
  const body = text.slice(prefix.length);
  const scanned = new RegExp(form).exec(body)![0];
  // The prefix counts as a digit before "_", the point does not.
  if (new RegExp(`(?:^|[._])_|_(?:$|\\.)`).test(prefix === "" ? scanned : `0${scanned}`)) return undefined;
  const digits = scanned.replaceAll("_", "");
  const [whole = "", fraction = ""] = digits.split(".");
  if (whole + fraction === "" && prefix !== "0") return undefined;
  const literal = { 2: "0b", 8: "0o", 16: "0x" }[base] ?? "";
  return {
    value: BigInt(literal + (whole + fraction || "0")),
    base,
    fractionDigits: fraction.length,
    rest: body.slice(scanned.length),
  };
}

/** The exponent that must be all the rest: of ten after `e`, of two after `p`. */
function scanExponent(text: string): { value: number; base: 2 | 10 } | undefined {
  if (text === "") return { value: 0, base: 10 };
  const match = /^([ep])([+-]?[0-9]+(?:_[0-9]+)*)$/i.exec(text);
  const value = match && BigInt(match[2]!.replaceAll("_", "").replace("+", ""));
  if (!match || value === null || BigInt.asIntN(64, value) !== value) return undefined;
  return { value: Number(value), base: match[1]!.toLowerCase() === "p" ? 2 : 10 };
}

function notRational(text: string): ValueError {
  return new ValueError(`failed to parse ${quote(text)} as a rational number; must be such as 1.5 or 3/2`);
}

function tooPrecise(text: string): ValueError {
  return new ValueError(`value is too precise: ${quote(text)} has more than nine decimal places`);
}
