/** Findings as text: what is bad first, each with what to do about it, and a sum at the end. */
import { printable } from "../../printable.ts";
import type { Color, Paint } from "../command_context.ts";
import { wrapWords } from "../wrap_words.ts";
import type { Finding, FindingKind } from "./finding.ts";

const COLORS: Readonly<Record<FindingKind, Color>> = {
  problem: "red",
  warning: "yellow",
  unknown: "dim",
  ok: "green",
};
const ORDER: readonly FindingKind[] = ["problem", "warning", "unknown", "ok"];
const VERDICT_WIDTH = 9;
/** However narrow the terminal is. */
const LEAST_WIDTH = 24;
const CONTINUED = " \\";

export interface ReportOptions {
  readonly paint: Paint;
  /** Of the terminal; Infinity where a program reads the lines. */
  readonly columns: number;
  /** Whether one service was asked for: then what is only worth a look of the machine is named in one line. */
  readonly isOfOne: boolean;
}

/** What is in order is named in one line, but for how the services are. */
export function report(found: readonly Finding[], options: ReportOptions): string {
  const { isOfOne, columns } = options;
  const isAside = ({ verdict, service }: Finding) =>
    isOfOne && verdict === "warning" && service === undefined;
  const isInOrder = ({ verdict, about }: Finding) => verdict === "ok" && about !== "service";
  const told = ORDER.flatMap((kind) => found.filter(({ verdict }) => verdict === kind))
    .filter((finding) => !isAside(finding) && !isInOrder(finding));
  const width = Math.max(0, ...told.map(({ about }) => about.length)) + 2;
  return [
    ...told.flatMap((finding) => row(finding, width, options)),
    ...inOneLine("warning", `of the machine, see "service_runner doctor"`, found.filter(isAside), options),
    ...inOneLine("ok", "in order", found.filter(isInOrder), options),
    "",
    ...wrapWords(sum(found), columns),
    "",
  ].join("\n");
}

function inOneLine(
  verdict: FindingKind,
  what: string,
  found: readonly Finding[],
  { paint, columns }: ReportOptions,
): string[] {
  if (found.length === 0) return [];
  const names = [...new Set(found.map(({ about }) => about))].join(", ");
  const head = paint(COLORS[verdict], verdict.padEnd(VERDICT_WIDTH));
  return entry(head, `${what}: ${names}`, { indent: VERDICT_WIDTH, columns });
}

function row(finding: Finding, width: number, { paint, columns, isOfOne }: ReportOptions): string[] {
  const { verdict, about, message, service, advice, commands = [] } = finding;
  const indent = VERDICT_WIDTH + width;
  const head = paint(COLORS[verdict], verdict.padEnd(VERDICT_WIDTH)) + about.padEnd(width);
  const whose = service === undefined || isOfOne ? "" : `${service}: `;
  return [
    ...entry(head, `${whose}${message}`, { indent, columns }),
    ...(advice?.split("\n") ?? []).flatMap((line) =>
      entry(`${" ".repeat(indent)}→ `, line, {
        indent: indent + 2,
        columns,
        isCommand: commands.includes(line),
      })
    ),
  ];
}

/** `head` and the text beside it, which goes on below itself. */
function entry(
  head: string,
  text: string,
  { indent, columns, isCommand = false }: {
    readonly indent: number;
    readonly columns: number;
    readonly isCommand?: boolean;
  },
): string[] {
  const width = Math.max(LEAST_WIDTH, columns - indent);
  const lines = text.split("\n").map(printable).flatMap((line) =>
    isCommand ? wrapCommand(line, width) : wrapWords(line, width, { keepsWords: true })
  );
  return lines.map((line, index) => (index === 0 ? head : " ".repeat(indent)) + line);
}

/** A command goes on after `\\` at the end of a line, and is not broken within what is quoted. */
function wrapCommand(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.match(/(?:'[^']*'|"[^"]*"|[^\s'"]|['"])+/g) ?? [""]) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length + CONTINUED.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map((line, index) => index < lines.length - 1 ? line + CONTINUED : line);
}

function sum(found: readonly Finding[]): string {
  const count = (kind: FindingKind) => found.filter(({ verdict }) => verdict === kind).length;
  const named = (number: number, what: string) => `${number || "no"} ${what}${number === 1 ? "" : "s"}`;
  const unknown = count("unknown");
  const lacking = unknown === 0 ? "" : `; ${unknown} could not be looked at`;
  const text = `${named(count("problem"), "problem")}, ${named(count("warning"), "warning")}${lacking}`;
  return text[0]!.toUpperCase() + text.slice(1);
}
