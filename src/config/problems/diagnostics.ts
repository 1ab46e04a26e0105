/**
 * Problems of a config file, as a person wants to read them. Loaded only when there is one.
 * In: paths of keys. Out: text with file:line:column, the lines around, and a mark under the place.
 */
import { withoutCredentials } from "./secrets.ts";
import type { Problem } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { type FrameStyle, LineIndex, PLAIN, type Position } from "./code_frame.ts";
import { type Span, YamlPlaces } from "./yaml_places.ts";

/** A problem with its place in the text. */
export interface PlacedProblem extends Position {
  readonly problem: Problem;
  /** e.g. `"monitor.check_http[0].path" must be a path that starts with "/"` */
  readonly sentence: string;
  readonly span: Span;
}

/** The problems in the order of their places. */
export function placeProblems(text: string, problems: readonly Problem[]): PlacedProblem[] {
  // The problems of a text that is not YAML have their places already.
  const places = problems.every(({ span }) => span !== undefined) ? undefined : new YamlPlaces(text);
  const lines = new LineIndex(text);
  return problems
    .map((problem) => {
      const span = problem.span ?? places?.locate(problem) ?? { start: 0, end: 1 };
      return { problem, span, sentence: sentence(problem), ...lines.position(span) };
    })
    .sort((a, b) => a.span.start - b.span.start);
}

/** What a run says when its config can not be used. */
export function describeProblems(file: string, text: string, problems: readonly Problem[]): string {
  const lines = new LineIndex(text);
  const reports = placeProblems(text, problems).map((placed) => report(file, placed, { lines }));
  return [`Cannot load config "${file}":`, ...reports].join("\n");
}

export interface ReportOptions {
  readonly lines: LineIndex;
  /** What stands before the sentence, e.g. `error: `. */
  readonly label?: string;
  readonly style?: FrameStyle;
}

/** e.g. `web.yaml:2:1: "imge" is not known here; did you mean "image"?` and the code frame. */
export function report(
  file: string,
  { line, column, sentence, span }: PlacedProblem,
  { lines, label = "", style = PLAIN }: ReportOptions,
): string {
  return `${file}:${line}:${column}: ${label}${sentence}\n${lines.frame(span, style)}`;
}

function sentence({ path, message, standsAlone }: Problem): string {
  const text = path.length > 0
    ? `"${showPath(path)}"${standsAlone ? ":" : ""} ${message}`
    : standsAlone
    ? message
    : `the file ${message}`;
  return printable(withoutCredentials(text));
}

/** e.g. `monitor.check_http[0].frequency` */
export function showPath(path: readonly (string | number)[]): string {
  return path.map((key, index) => typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`).join(
    "",
  );
}
