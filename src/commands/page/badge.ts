/** The state of one service as a small picture for other pages, and as JSON for shields.io (shields.io/badges/endpoint-badge). */
import { clip } from "../clip.ts";
import { escapeHtml } from "./html.ts";
import type { Condition, Tone } from "./tone.ts";

/** With white letters on them all have a contrast of 4.5 and more. */
const COLORS: Readonly<Record<Tone, string>> = {
  up: "#217a37",
  failing: "#b35900",
  down: "#c4262e",
  changing: "#7a6100",
  off: "#5f6368",
  unknown: "#5f6368",
};

/** Of Verdana with 11 pixels, about. */
const CHARACTER_WIDTH = 7;
const PADDING = 6;
const LENGTH = 40;

export function badgeJson(name: string, { tone, word }: Condition): string {
  return JSON.stringify({ schemaVersion: 1, label: name, message: word, color: COLORS[tone] });
}

export function badgeSvg(name: string, { tone, word }: Condition): string {
  const [label, message] = [clip(name, LENGTH), clip(word, LENGTH)];
  const [left, right] = [widthOf(label), widthOf(message)];
  const text = (words: string, from: number, width: number) =>
    `<text x="${from + width / 2}" y="14" textLength="${width - 2 * PADDING}">${escapeHtml(words)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${
    left + right
  }" height="20" role="img" aria-label="${escapeHtml(`${label}: ${message}`)}">
<rect width="${left}" height="20" fill="#444"/>
<rect x="${left}" width="${right}" height="20" fill="${COLORS[tone]}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
${text(label, 0, left)}
${text(message, left, right)}
</g>
</svg>
`;
}

function widthOf(text: string): number {
  return [...text].length * CHARACTER_WIDTH + 2 * PADDING;
}
