/**
 * `service_runner validate`: prints every problem of config files, and warnings. Starts nothing.
 * Besides the named files it checks the machine-wide config that services would use.
 */
import type { Printed } from "../cli.ts";
import { type FrameStyle, LineIndex } from "../config/problems/code_frame.ts";
import { type PlacedProblem, placeProblems, report, showPath } from "../config/problems/diagnostics.ts";
import type { Problem } from "../errors.ts";
import { EX_CONFIG, EX_OK } from "../exit.ts";
import { type CommandContext, paintFor } from "./command_context.ts";
import { type CheckedFile, checkFile, checkMachineWide } from "./validate/check_file.ts";
import { printableJson } from "../printable.ts";
import { wrapWords } from "./wrap_words.ts";

/** What stands before a line of a file, and the ellipses around it. */
const GUTTER = 12;
const LEAST_FRAME = 50;

type Severity = "error" | "warning";

/** Problems go to stderr, a line for each file without errors to stdout; with `json` everything goes to stdout. */
export async function validate(
  { files, json }: { readonly files: readonly string[]; readonly json: boolean },
  context: CommandContext,
): Promise<Required<Printed>> {
  const checked: CheckedFile[] = [];
  for (const file of files) checked.push(withSharedName(await checkFile(file, context.host), checked));
  const machineWide = await checkMachineWide(context.host);
  if (machineWide !== undefined && !files.includes(machineWide.file)) checked.push(machineWide);
  const exitCode = checked.some(({ errors }) => errors.length > 0) ? EX_CONFIG : EX_OK;
  if (json) {
    return {
      stdout: `${printableJson(JSON.stringify({ files: checked.map(asJson) }, null, 2))}\n`,
      stderr: "",
      exitCode,
    };
  }
  const paint = paintFor("stderr", context);
  const columns = context.terminal.isTerminal("stderr") ? context.terminal.columns() : undefined;
  const style: FrameStyle = {
    mark: (text) => paint("red", text),
    gutter: (text) => paint("blue", text),
    ...(columns !== undefined && { lineLimit: Math.max(LEAST_FRAME, columns - GUTTER) }),
  };
  const label = (severity: Severity) =>
    `${paint(severity === "error" ? "red" : "yellow", paint("bold", severity))}: `;
  const stderr = checked.flatMap((file) => reports(file, { style, label, columns })).map((text) =>
    `${text}\n`
  );
  return { stdout: checked.map(summary).join(""), stderr: stderr.join(""), exitCode };
}

/** With a warning if a file before has the same name: of two such services only the first one starts. */
function withSharedName(checked: CheckedFile, before: readonly CheckedFile[]): CheckedFile {
  const { name, file, warnings } = checked;
  const other = before.find((one) => name !== undefined && one.name === name && one.file !== file);
  if (other === undefined) return checked;
  const message = `is also that of ${other.file}; two services with one name can not run at the same time`;
  return { ...checked, warnings: [...warnings, { path: ["name"], message }] };
}

function reports(
  { file, text, errors, warnings }: CheckedFile,
  { style, label, columns }: {
    readonly style: FrameStyle;
    readonly label: (severity: Severity) => string;
    /** Of the terminal; undefined where there is none. */
    readonly columns: number | undefined;
  },
): string[] {
  const shown = (severity: Severity, message: string) =>
    message.split("\n").flatMap((line) => columns === undefined ? [line] : wrapWords(line, columns)).join(
      "\n",
    )
      .replace(`${severity}: `, () => label(severity));
  if (text === undefined) return errors.map(({ message }) => shown("error", `${file}: error: ${message}`));
  const lines = new LineIndex(text);
  return placed(text, errors, warnings).map(([severity, problem]) => {
    const [sentence = "", ...frame] = report(file, problem, { lines, label: `${severity}: `, style }).split(
      "\n",
    );
    return [shown(severity, sentence), ...frame].join("\n");
  });
}

/** In the order of their places. */
function placed(
  text: string,
  errors: readonly Problem[],
  warnings: readonly Problem[],
): [Severity, PlacedProblem][] {
  const isError = new Set(errors);
  return placeProblems(text, [...errors, ...warnings])
    .map((placed) => [isError.has(placed.problem) ? "error" : "warning", placed]);
}

/** e.g. `web.yaml: no problems`; empty for a file with errors. */
function summary({ file, errors, warnings: { length } }: CheckedFile): string {
  if (errors.length > 0) return "";
  return `${file}: no ${length === 0 ? "problems" : `errors, ${length} warning${length === 1 ? "" : "s"}`}\n`;
}

function asJson({ file, text, errors, warnings }: CheckedFile): unknown {
  const problems = text === undefined
    ? errors.map(({ message }) => ({ severity: "error", key: null, message }))
    : placed(text, errors, warnings).map((
      [severity, { problem, sentence, line, column, endLine, endColumn }],
    ) => ({
      severity,
      line,
      column,
      end_line: endLine,
      end_column: endColumn,
      key: problem.path.length === 0 ? null : showPath(problem.path),
      message: sentence,
    }));
  return { file, valid: errors.length === 0, problems };
}
