/**
 * JSON that any reader takes and any terminal shows. What is escaped: RFC 8259, section 7, and the control characters
 * that it allows as they are (DEL and those of ISO 6429, of which one begins what terminals obey). What is well-formed
 * UTF-8: RFC 3629, section 4.
 */
import { printableJson } from "../printable.ts";

/** One byte of text becomes at most so many: `\u001b`. */
export const LONGEST_ESCAPE_BYTES = 6;

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const ZERO = 0x30;
/** U+0080 to U+009F: this byte, then one below the other. */
const CONTROL_LEAD = 0xc2;
const CONTROL_END = 0xa0;
const HEX_DIGITS = new TextEncoder().encode("0123456789abcdef");

const PLAIN = 0;
/** Part of a character that takes several bytes, or no text at all. */
const NOT_ASCII = 1;
const CONTROL = 2;

/** What each byte is: one of the above, or else the character that is written after a backslash in its place. */
const KINDS = new Uint8Array(256).fill(CONTROL, 0, 0x20).fill(CONTROL, 0x7f).fill(NOT_ASCII, 0x80);
for (const character of '"\\\b\t\n\f\r') {
  KINDS[character.charCodeAt(0)] = JSON.stringify(character).charCodeAt(2);
}

/** As JSON.stringify, with all control characters escaped. */
export function toJson(value: unknown): string {
  return printableJson(JSON.stringify(value));
}

/** Escapes of JSON, of which half a surrogate pair is captured, and control characters that are not escaped. */
const ESCAPES =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)|[\x7f-\x9f]/g;

/**
 * A JSON text of others with the same content, in which every reader finds its way: control characters are escaped, and
 * half a surrogate pair, which is no character, becomes U+FFFD.
 */
export function readableJson(text: string): string {
  if (!/\\u[dD][89a-fA-F]|[\x7f-\x9f]/.test(text)) return text;
  return text.replace(
    ESCAPES,
    (found, half) => half ? "\\ufffd" : printableJson(found),
  );
}

/**
 * Writes the text `source[from, to)` at `offset` of `target` as `toJson` would, but without quotes. `target`
 * needs room for `LONGEST_ESCAPE_BYTES` times as many bytes. Yields where the text ends; -1 if the bytes are not
 * UTF-8, and then `target` holds nothing of use.
 */
export function copyAsJson(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  offset: number,
): number {
  let end = offset;
  for (let index = from; index < to;) {
    const byte = source[index]!;
    const kind = KINDS[byte]!;
    if (kind === PLAIN) {
      target[end++] = byte;
      index++;
    } else if (kind === NOT_ASCII) {
      const size = characterBytes(source, index, to);
      if (size === 0) return -1;
      if (byte === CONTROL_LEAD && source[index + 1]! < CONTROL_END) {
        target[end++] = BACKSLASH;
        end = copyCodePoint(source[index + 1]!, target, end);
        index += size;
        continue;
      }
      for (const next = index + size; index < next; index++) target[end++] = source[index]!;
    } else {
      target[end++] = BACKSLASH;
      if (kind === CONTROL) end = copyCodePoint(byte, target, end);
      else target[end++] = kind;
      index++;
    }
  }
  return end;
}

/** Writes `u001b`, what follows the backslash; yields where it ends. */
function copyCodePoint(byte: number, target: Uint8Array, offset: number): number {
  target[offset] = LETTER_U;
  target[offset + 1] = ZERO;
  target[offset + 2] = ZERO;
  target[offset + 3] = HEX_DIGITS[byte >> 4]!;
  target[offset + 4] = HEX_DIGITS[byte & 15]!;
  return offset + 5;
}

/** How many bytes the character at `index` has, which is not ASCII; 0 if the bytes there are no character. */
function characterBytes(bytes: Uint8Array, index: number, to: number): number {
  const lead = bytes[index]!;
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || index + size > to) return 0;
  const second = bytes[index + 1]!;
  // These bounds leave out characters in more bytes than they need, surrogates, and all beyond U+10FFFF.
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let at = index + 2; at < index + size; at++) {
    if ((bytes[at]! & 0xc0) !== 0x80) return 0;
  }
  return size;
}
