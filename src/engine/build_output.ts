/**
 * The answer of POST /build (ImageBuild): one JSON object a line, until the build is over.
 * In: the body's bytes. Out: the lines that the build writes, and the failure that may come after a status of 200.
 */
import type { BuildMessage } from "./api_types.ts";
import { readMessages } from "./json_messages.ts";

/** How far a build is, e.g. `{ step: 3, steps: 8, instruction: "RUN" }`. */
export interface BuildStep {
  readonly step: number;
  readonly steps: number;
  readonly instruction: string;
}

/** The engine colours standard error, and programs colour what they write. */
// deno-lint-ignore no-control-regex -- ECMA-48, control sequences
const COLOURS = /\x1b\[[0-?]*[ -/]*[@-~]/g;

/**
 * Reads the body to its end; with each piece, `onOutput` gets the lines that are complete. Yields the message of a
 * failure, undefined if all went well.
 */
export async function readBuild(
  body: ReadableStream<Uint8Array>,
  onOutput: (lines: readonly string[]) => void,
): Promise<BuildMessage | undefined> {
  let failure: BuildMessage | undefined;
  let rest = "";
  for await (const messages of readMessages<BuildMessage>(body)) {
    for (const message of messages) {
      if (message.errorDetail !== undefined || message.error !== undefined) failure ??= message;
      rest += message.stream ?? "";
    }
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    onOutput(lines.map(readable));
  }
  if (rest !== "") onOutput([readable(rest)]);
  return failure;
}

/** What a line such as `Step 3/8 : RUN make` says; undefined for any other line. */
export function parseStep(line: string): BuildStep | undefined {
  const [, step, steps, instruction = ""] = /^Step (\d+)\/(\d+) : (\w+)/.exec(line) ?? [];
  return step === undefined ? undefined : { step: Number(step), steps: Number(steps), instruction };
}

/** The line without colours; of one that overwrites itself, such as a progress bar, the last state. */
function readable(line: string): string {
  const shown = line.replace(COLOURS, "").trimEnd();
  return shown.slice(shown.lastIndexOf("\r") + 1);
}
