/**
 * Problems of a config file, as a person wants to read them. Loaded only when there is one.
 * In: paths of keys. Out: text with file:line:column, the lines around, and a mark under the place.
 */
import type { Problem } from "../errors.ts";
import { locate, type Span } from "./yaml_places.ts";

const LINES_BEFORE = 2;

export function describeProblems(file: string, text: string, problems: readonly Problem[]): string {
  const reports = problems
    .map((problem) => ({ span: locate(text, problem.path, problem.atKey === true), problem }))
    .sort((a, b) => a.span.start - b.span.start)
    .map(({ span, problem }) => report(file, text, { span, message: sentence(problem) }));
  return [`Cannot load config "${file}":`, ...reports].join("\n");
}

export function describeSyntaxError(
  file: string,
  text: string,
  { reason, position }: { reason: string; position: number },
): string {
  const span = { start: position, end: position + 1 };
  return `Cannot load config "${file}":\n${
    report(file, text, { span, message: `it is not valid YAML: ${reason}` })
  }`;
}

function sentence({ path, message }: Problem): string {
  return path.length === 0 ? `the file ${message}` : `"${showPath(path)}" ${message}`;
}

/** e.g. `monitor.check_http[0].frequency` */
export function showPath(path: readonly (string | number)[]): string {
  return path.map((key, index) => typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`).join(
    "",
  );
}

function report(file: string, text: string, { span, message }: { span: Span; message: string }): string {
  const lines = text.split("\n");
  const before = text.slice(0, span.start).split("\n");
  const lineIndex = before.length - 1;
  const column = before[lineIndex]?.length ?? 0;
  const width = String(lineIndex + 1).length;
  const frame = [];
  for (let index = Math.max(0, lineIndex - LINES_BEFORE); index <= lineIndex; index++) {
    frame.push(`  ${String(index + 1).padStart(width)} | ${(lines[index] ?? "").replace(/\r$/, "")}`);
  }
  const length = Math.max(
    1,
    Math.min(span.end, span.start - column + (lines[lineIndex]?.length ?? 0)) - span.start,
  );
  frame.push(`  ${" ".repeat(width)} | ${" ".repeat(column)}${"^".repeat(length)}`);
  return `${file}:${lineIndex + 1}:${column + 1}: ${message}\n${frame.join("\n")}`;
}
