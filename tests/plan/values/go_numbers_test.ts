import { equal, throws } from "node:assert/strict";
import {
  type IntegerForm,
  parseBool,
  parseFloat64,
  parseInteger,
} from "../../../src/plan/values/go_numbers.ts";
import { parseNanoCpus } from "../../../src/plan/values/cpus.ts";
import { parseDuration } from "../../../src/plan/values/durations.ts";
import { parseSize, parseSwapSize } from "../../../src/plan/values/sizes.ts";

Deno.test("parseBool() takes the twelve spellings", () => {
  for (const text of ["1", "t", "T", "true", "TRUE", "True"]) equal(parseBool(text), true);
  for (const text of ["0", "f", "F", "false", "FALSE", "False"]) equal(parseBool(text), false);
  for (const text of ["", "yes", "on", "2", "tRue", " true", "true "]) throws(() => parseBool(text));
});

const INT64: IntegerForm = { base: 0, bits: 64, signed: true };

const INTEGERS: readonly (readonly [text: string, form: IntegerForm, value: number | bigint | undefined])[] =
  [
    ["0x10", INT64, 16],
    ["0X_1f", INT64, 31],
    ["0b101", INT64, 5],
    ["0o17", INT64, 15],
    ["010", INT64, 8],
    ["0_7", INT64, 7],
    ["1_000", INT64, 1000],
    ["+5", INT64, 5],
    ["-0", INT64, 0],
    ["-0x8000000000000000", INT64, -9223372036854775808n],
    ["9223372036854775807", INT64, 9223372036854775807n],
    ["9007199254740992", INT64, 9007199254740992n],
    ["9007199254740991", INT64, 9007199254740991],
    ["9223372036854775808", INT64, undefined],
    ["0x", INT64, undefined],
    ["0x_", INT64, undefined],
    ["08", INT64, undefined],
    ["1__0", INT64, undefined],
    ["_1", INT64, undefined],
    ["1_", INT64, undefined],
    ["", INT64, undefined],
    ["-", INT64, undefined],
    [" 1", INT64, undefined],
    ["1e3", INT64, undefined],
    ["５", INT64, undefined],
    ["010", { base: 10, bits: 64, signed: true }, 10],
    ["1_0", { base: 10, bits: 64, signed: true }, undefined],
    ["65535", { base: 0, bits: 16, signed: false }, 65535],
    ["65536", { base: 0, bits: 16, signed: false }, undefined],
    ["+1", { base: 0, bits: 16, signed: false }, undefined],
    ["-1", { base: 0, bits: 16, signed: false }, undefined],
    ["18446744073709551615", { base: 0, bits: 64, signed: false }, 18446744073709551615n],
    ["1777", { base: 8, bits: 32, signed: false }, 0o1777],
    ["8", { base: 8, bits: 32, signed: false }, undefined],
  ];

for (const [text, form, value] of INTEGERS) {
  Deno.test(`parseInteger() of base ${form.base}, ${form.bits} bits: "${text}"`, () =>
    check(value, () => parseInteger(text, form)));
}

const FLOATS: readonly (readonly [text: string, value: number | undefined])[] = [
  ["1.5", 1.5],
  [".5", 0.5],
  ["5.", 5],
  ["+1e3", 1000],
  ["1_0.2_5e1_0", 10.25e10],
  ["0x1p4", 16],
  ["0x1.8p-1", 0.75],
  ["0x_1p0", 1],
  ["-inf", -Infinity],
  ["Infinity", Infinity],
  ["nan", NaN],
  ["+nan", undefined],
  ["0x10", undefined],
  ["0xp1", undefined],
  ["1e400", undefined],
  ["1_.5", undefined],
  ["1e", undefined],
  [".", undefined],
  ["", undefined],
];

for (const [text, value] of FLOATS) {
  Deno.test(`parseFloat64() of "${text}"`, () => check(value, () => parseFloat64(text)));
}

const SIZES: readonly (readonly [text: string, value: number | bigint | undefined])[] = [
  ["512m", 512 * 1024 ** 2],
  ["1.5g", 1.5 * 1024 ** 3],
  ["1 KiB", 1024],
  ["1024 b", 1024],
  ["1.9", 1],
  ["2Pb", 2 * 1024 ** 5],
  ["1e1m", 10 * 1024 ** 2],
  ["10_000", 10000],
  ["-0", 0],
  // The Kelvin sign is a "k" in lower case.
  ["1\u212a", 1024],
  // Too large for 64 bits, as is the infinite size before a blank.
  ["9000p", -(2n ** 63n)],
  ["inf ", -(2n ** 63n)],
  ["9223372036854774784", 9223372036854774784n],
  ["-1", undefined],
  ["", undefined],
  ["m", undefined],
  ["1  g", undefined],
  ["1e", undefined],
  ["1bb", undefined],
  ["1kibi", undefined],
  ["0x10", undefined],
  ["1,5g", undefined],
];

for (const [text, value] of SIZES) {
  Deno.test(`parseSize() of "${text}"`, () => check(value, () => parseSize(text)));
}

Deno.test("parseSwapSize() takes -1 for unlimited, in this spelling only", () => {
  equal(parseSwapSize("-1"), -1);
  equal(parseSwapSize("1g"), 1024 ** 3);
  throws(() => parseSwapSize("-1.0"));
});

const CPUS: readonly (readonly [text: string, value: number | undefined])[] = [
  ["1.5", 1.5e9],
  ["+.5", 0.5e9],
  ["5.", 5e9],
  ["1/2", 0.5e9],
  ["-3/4", -0.75e9],
  ["1e-1", 0.1e9],
  ["1e-9", 1],
  ["0x2", 2e9],
  ["0x1.8p1", 3e9],
  ["0b1.1", 1.5e9],
  ["0o17", 15e9],
  // A leading zero is octal in a fraction, but not in a decimal number.
  ["010", 10e9],
  ["010/2", 4e9],
  ["1_0", 10e9],
  ["0", 0],
  ["0e5", 0],
  // Only the low 64 bits of a number that is too large.
  ["1p70", 0],
  ["1e-10", undefined],
  ["1/3", undefined],
  ["1/0", undefined],
  ["1/-2", undefined],
  ["08/2", undefined],
  ["1e1000001", undefined],
  ["0e99999999999999999999", undefined],
  ["1_", undefined],
  ["1._5", undefined],
  ["1.5.2", undefined],
  ["1e", undefined],
  ["inf", undefined],
  [" 1", undefined],
  ["", undefined],
];

for (const [text, value] of CPUS) {
  Deno.test(`parseNanoCpus() of "${text}"`, () => check(value, () => parseNanoCpus(text)));
}

const DURATIONS: readonly (readonly [text: string, value: number | bigint | undefined])[] = [
  ["1h1m1s1ms1us1ns", 3661001001001],
  ["1.5s", 1.5e9],
  [".5s", 0.5e9],
  ["1.s", 1e9],
  ["5µs", 5000],
  ["5μs", 5000],
  ["+1m", 60e9],
  ["-1m30s", -90e9],
  ["0", 0],
  ["-0", 0],
  ["1s1s", 2e9],
  ["0.9223372036854775808999h", 3320413933267],
  ["2562047h47m16.854775807s", 9223372036854775807n],
  ["-9223372036854775808ns", -9223372036854775808n],
  ["9223372036854775808ns", undefined],
  ["2562048h", undefined],
  ["99999999999999999999ns", undefined],
  ["30", undefined],
  ["1d", undefined],
  ["1 s", undefined],
  ["1S", undefined],
  ["s", undefined],
  [".s", undefined],
  ["1..5s", undefined],
  ["", undefined],
  ["-", undefined],
];

for (const [text, value] of DURATIONS) {
  Deno.test(`parseDuration() of "${text}"`, () => check(value, () => parseDuration(text)));
}

/** The value, or a refusal where that is undefined. */
function check(value: number | bigint | undefined, parse: () => number | bigint): void {
  if (value === undefined) throws(parse, { name: "ValueError" });
  else equal(parse(), value);
}
