/** Colours for people: none where the output is read by a program, or NO_COLOR is set (no-color.org). */
import type { Host } from "../host/host.ts";
import type { Tools } from "../host/tools.ts";

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
} as const;

export type Color = keyof typeof CODES;
export type Paint = (color: Color, text: string) => string;

export const NO_PAINT: Paint = (_color, text) => text;

export function paintFor(stream: "stdout" | "stderr", host: Host, tools: Tools): Paint {
  const isWanted = tools.isTerminal(stream) && !host.env("NO_COLOR") && host.env("TERM") !== "dumb";
  if (!isWanted) return NO_PAINT;
  return (color, text) => `\x1b[${CODES[color][0]}m${text}\x1b[${CODES[color][1]}m`;
}
