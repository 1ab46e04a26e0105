/**
 * The answer of POST /build (ImageBuild): one JSON object a line, until the build is over.
 * In: the body's bytes. Out: the lines that the build writes, and the error that a status of 200 can hide.
 */
import type { BuildMessage } from "./api_types.ts";
import { readMessages } from "./json_messages.ts";

/** How far a build is, e.g. `{ step: 3, steps: 8, instruction: "RUN" }`. */
export interface BuildStep {
  readonly step: number;
  readonly steps: number;
  readonly instruction: string;
}

/** The engine colours what comes from standard error, and programs colour what they like. */
// deno-lint-ignore no-control-regex -- ECMA-48, control sequences
const COLOURS = /\x1b\[[0-?]*[ -/]*[@-~]/g;

/** Reads the stream to its end, reporting with each piece of it. Yields the message that tells of a failure, if there is one. */
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

/** Of a line such as `Step 3/8 : RUN make`; undefined for any other. */
export function parseStep(line: string): BuildStep | undefined {
  const [, step, steps, instruction = ""] = /^Step (\d+)\/(\d+) : (\w+)/.exec(line) ?? [];
  return step === undefined ? undefined : { step: Number(step), steps: Number(steps), instruction };
}

/** Of a line that is written over and over, as a progress bar, the last state. */
function readable(line: string): string {
  const shown = line.replace(COLOURS, "").trimEnd();
  return shown.slice(shown.lastIndexOf("\r") + 1);
}
