/**
 * The time stamp of an entry in the engine's log, read from its bytes:
 * `2026-11-22T15:34:18.123456789Z`, or with `+01:00` in place of the `Z` from drivers that keep the host's zone.
 * Source: moby, `jsonmessage.RFC3339NanoFixed`.
 */
import type { Instant } from "../../logging/log_record.ts";

/** The length of the longest stamp, one with a zone. */
export const STAMP_LIMIT_BYTES = 35;

const UTC_BYTES = 30;
/** `2026-11-22T15:34:18` */
const SECOND_BYTES = 19;
const NANOS_AT = 20;
const ZONE_AT = 29;
const DASH = 0x2d;
const PLUS = 0x2b;
const DIGIT_ZERO = 0x30;
const UTC = 0x5a;

/** Reads stamps one after the other; the date of one is parsed only where it differs from that of the one before. */
export class StampReader {
  /** The second of the last stamp, as it is written and as a number. */
  readonly #secondText = new Uint8Array(SECOND_BYTES);
  #seconds = 0;

  /** The stamp that `bytes[from, to)` is; undefined if it is none. */
  read(bytes: Uint8Array, from: number, to: number): Instant | undefined {
    const zone = zoneSeconds(bytes, from + ZONE_AT, to - from);
    const nanos = readDigits(bytes, from + NANOS_AT, 9);
    if (zone === undefined || nanos === undefined) return undefined;
    if (!this.#isSameSecond(bytes, from) && !this.#readSecond(bytes, from)) return undefined;
    return { seconds: this.#seconds - zone, nanos };
  }

  #isSameSecond(bytes: Uint8Array, from: number): boolean {
    // Backwards: where two stamps differ, the last digits do.
    for (let index = SECOND_BYTES - 1; index >= 0; index--) {
      if (bytes[from + index] !== this.#secondText[index]) return false;
    }
    return true;
  }

  #readSecond(bytes: Uint8Array, from: number): boolean {
    const text = bytes.subarray(from, from + SECOND_BYTES);
    const ms = Date.parse(`${String.fromCharCode(...text)}Z`);
    if (Number.isNaN(ms)) return false;
    this.#secondText.set(text);
    this.#seconds = ms / 1000;
    return true;
  }
}

/** How many seconds the stamp's zone is ahead of UTC; undefined where a stamp of this length does not end so. */
function zoneSeconds(bytes: Uint8Array, at: number, length: number): number | undefined {
  if (length === UTC_BYTES) return bytes[at] === UTC ? 0 : undefined;
  const sign = bytes[at] === PLUS ? 1 : bytes[at] === DASH ? -1 : undefined;
  if (length !== STAMP_LIMIT_BYTES || sign === undefined) return undefined;
  const hours = readDigits(bytes, at + 1, 2);
  const minutes = readDigits(bytes, at + 4, 2);
  return hours === undefined || minutes === undefined ? undefined : sign * (hours * 60 + minutes) * 60;
}

function readDigits(bytes: Uint8Array, from: number, count: number): number | undefined {
  let value = 0;
  for (let index = from; index < from + count; index++) {
    const digit = bytes[index]! - DIGIT_ZERO;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
  }
  return value;
}
