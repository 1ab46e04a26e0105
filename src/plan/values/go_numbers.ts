/** Booleans, integers and floating-point numbers as Go's `strconv` reads them. */
import type { WireInteger } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { quote } from "./go_strings.ts";

const TRUE = ["1", "t", "T", "true", "TRUE", "True"];
const FALSE = ["0", "f", "F", "false", "FALSE", "False"];

/** One of the twelve spellings of a boolean; `yes`, `on` and the empty text are none of them. */
export function parseBool(text: string): boolean {
  if (TRUE.includes(text)) return true;
  if (FALSE.includes(text)) return false;
  throw new ValueError(`must be true or false (also 1, t, 0, f), got ${quote(text)}`);
}

export interface IntegerForm {
  /** 0: the text says so itself, as in `0x10`, `0b1`, `0o7` and `010`, and may hold `_` between digits. */
  readonly base: 0 | 8 | 10;
  readonly bits: 16 | 32 | 64;
  readonly signed: boolean;
}

/** Digits with an optional sign. */
export const DECIMAL: IntegerForm = { base: 10, bits: 64, signed: true };

/** A whole number of the given form: a `number` where that is exact, otherwise a `bigint`. */
export function parseInteger(text: string, form: IntegerForm): WireInteger {
  // Nearly all numbers are such: a few digits that mean the same in every form.
  if (/^[1-9][0-9]{0,3}$/.test(text) && form.base !== 8) return Number(text);
  const sign = form.signed ? /^[+-]/.exec(text)?.[0] ?? "" : "";
  const { digits, base } = splitBase(text.slice(sign.length), form.base);
  const belongs = base === 16
    ? /^[0-9a-f]+$/i
    : base === 10
    ? /^[0-9]+$/
    : base === 8
    ? /^[0-7]+$/
    : /^[01]+$/;
  if (!belongs.test(digits) || form.base === 0 && !hasGoodUnderscores(text)) {
    throw new ValueError(`must be a whole number, got ${quote(text)}`);
  }
  const prefix = base === 16 ? "0x" : base === 8 ? "0o" : base === 2 ? "0b" : "";
  const value = BigInt(prefix + digits) * (sign === "-" ? -1n : 1n);
  const limit = 1n << BigInt(form.signed ? form.bits - 1 : form.bits);
  if (value >= limit || value < (form.signed ? -limit : 0n)) {
    throw new ValueError(`must be a whole number of at most ${limit - 1n}, got ${quote(text)}`);
  }
  return toWireInteger(value);
}

/** The number as `number` where that is exact. */
export function toWireInteger(value: bigint): WireInteger {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function splitBase(text: string, base: IntegerForm["base"]): { digits: string; base: number } {
  if (base !== 0) return { digits: text, base };
  const digits = text.replaceAll("_", "");
  // Go looks for a prefix only where a digit follows: "0x" alone is octal, and x no octal digit.
  const prefix = text.length >= 3 ? text.slice(0, 2).toLowerCase() : "";
  if (prefix === "0x") return { digits: digits.slice(2), base: 16 };
  if (prefix === "0o") return { digits: digits.slice(2), base: 8 };
  if (prefix === "0b") return { digits: digits.slice(2), base: 2 };
  return { digits, base: text.startsWith("0") ? 8 : 10 };
}

/** Whether each `_` stands between two digits, or between the base prefix and a digit. */
function hasGoodUnderscores(text: string): boolean {
  if (!text.includes("_")) return true;
  const body = text.replace(/^[+-]/, "");
  const prefix = /^0[box]/i.exec(body)?.[0] ?? "";
  const digit = /0x/i.test(prefix) ? "[0-9a-f]" : "[0-9]";
  const rest = body.slice(prefix.length);
  const start = prefix === "" ? "" : "^|";
  const lonely = new RegExp(`_(?!${digit})|(?<!${start}${digit})_`, "i");
  return !lonely.test(rest);
}

/**
 * A 64-bit float in decimal (`1.5`, `.5`, `5.`, `1e3`, `1_000`), hexadecimal (`0x1p4`, exponent required),
 * or one of the words `inf`, `infinity` and `nan`.
 */
export function parseFloat64(text: string): number {
  const special = /^(?:([+-]?)inf(?:inity)?|nan)$/i.exec(text);
  if (special) return special[1] === undefined ? NaN : special[1] === "-" ? -Infinity : Infinity;
  const plain = text.replaceAll("_", "");
  const value = /^[+-]?0x/i.test(plain) ? hexFloat(plain) : decimalFloat(plain);
  if (value === undefined || !hasGoodUnderscores(text)) {
    throw new ValueError(`must be a number, got ${quote(text)}`);
  }
  if (!Number.isFinite(value)) throw new ValueError(`${quote(text)} is too large`);
  return value;
}

function decimalFloat(text: string): number | undefined {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function hexFloat(text: string): number | undefined {
  const match = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?p([+-]?\d+)$/i.exec(text);
  const [, sign, whole = "", fraction = "", exponent] = match ?? [];
  if (whole + fraction === "") return undefined;
  const mantissa = Number(BigInt(`0x${whole}${fraction}`));
  const value = mantissa === 0 ? 0 : mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}

const INT64_MIN = -(1n << 63n);

/** The float cut to a 64-bit integer; what does not fit becomes the smallest one, as on amd64. */
export function floatToInt64(value: number): WireInteger {
  if (!(Math.abs(value) < 2 ** 63)) return INT64_MIN;
  const whole = Math.trunc(value);
  // "+ 0" makes a negative zero a plain one.
  return Number.isSafeInteger(whole) ? whole + 0 : BigInt(whole);
}
