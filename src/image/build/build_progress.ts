/**
 * How a build goes on.
 * In: what `docker build` writes, which is BuildKit's progress in plain text on stderr, or the older builder's on stdout.
 * Out: its step as a status, what it has written last, and what it says of its failure.
 */
import type { OutputStream } from "../../host/host.ts";
import type { Notifier } from "../../systemd/notify.ts";
import { Progress } from "../progress.ts";

/** A compiler may be busy for long without a word: that is no stall yet. */
export const BUILD_STALL_TIMEOUT_MS = 1_800_000;
const LAST_LINES = 20;

/** `#7 [3/8] RUN make` or `#7 [linux/arm64 tools 3/8] RUN make`, and of the older builder `Step 3/8 : RUN make`. */
const STEP = /^(?:#\d+ \[(?:[^\]]* )?(\d+)\/(\d+)\]|Step (\d+)\/(\d+) :) (\w+)/;
/** BuildKit reads what it needs of the folder, e.g. `#5 transferring context: 12.34MB 0.4s`. */
const TRANSFER = /^#\d+ transferring context: (\S+)/;
/** Of all that BuildKit says, what its steps write, which is like `#7 0.25 text`, and the steps themselves. */
const BUILDKIT_OUTPUT = /^#\d+ (?:\d+\.\d+ (.*)|(\[(?:[^\]]* )?\d+\/\d+\] .*))$/s;
/** What the older builder says of itself, and the empty lines in between. */
const OLDER_BUILDERS_OWN = /^$|^ ---> |^Removing intermediate container |^Sending build context to /;
/** Behind the reason of a failure, where that is a flag. */
const ADVICE = /^$|^Usage: |^(?:See|Run) 'docker /;
/** Before the reason of a failure. */
const REASON_PREFIX = /^(?:ERROR: |Error response from daemon: |failed to build: )+/;

/** Programs colour what they write, and the older builder all of standard error. */
// deno-lint-ignore no-control-regex -- ECMA-48, control sequences
const COLOURS = /\x1b\[[0-?]*[ -/]*[@-~]/g;

export class BuildProgress extends Progress {
  /** At most 20: the steps and what their commands have written. */
  readonly lastLines: string[] = [];
  /** Why the build has failed, in the command's words; undefined where it does not say. */
  lastError: string | undefined;
  readonly #startedAtMs: number;

  constructor(image: string, notifier: Notifier, nowMs = () => performance.now()) {
    super(`Building ${image}`, notifier, { stallTimeoutMs: BUILD_STALL_TIMEOUT_MS, nowMs });
    this.#startedAtMs = nowMs();
  }

  /** How long it has taken so far. */
  get seconds(): number {
    return Math.round((this.options.nowMs() - this.#startedAtMs) / 100) / 10;
  }

  /** The command has written something, which need not contain a whole line. */
  readonly written = (lines: readonly string[], stream: OutputStream): void => {
    this.goOn();
    for (const line of lines) {
      const shown = stream === "stdout" ? readable(line) : buildkitOutput(line);
      if (shown !== undefined && !OLDER_BUILDERS_OWN.test(shown)) this.lastLines.push(shown);
      if (stream === "stdout" || ADVICE.test(line)) continue;
      // The reason comes last of all.
      this.lastError = line.startsWith("#") ? undefined : readable(line).replace(REASON_PREFIX, "");
    }
    this.lastLines.splice(0, this.lastLines.length - LAST_LINES);
    const sent = lines.map((line) => TRANSFER.exec(line)?.[1]).findLast((size) => size !== undefined);
    if (sent !== undefined) this.showNowAndThen(`sending the context, ${sent}`);
    const [, step, steps, olderStep, olderSteps, instruction] =
      lines.map((line) => STEP.exec(line)).findLast((match) => match !== null) ?? [];
    // Only the name of the instruction: its text may hold secrets.
    if (instruction !== undefined) {
      this.show(`step ${step ?? olderStep}/${steps ?? olderSteps}, ${instruction}`);
    }
  };
}

/** What a step has written, or the step itself; undefined for anything else that BuildKit says. */
function buildkitOutput(line: string): string | undefined {
  const [, written, step] = BUILDKIT_OUTPUT.exec(line) ?? [];
  const text = written ?? step;
  return text === undefined ? undefined : readable(text);
}

/** The line without colours; of one that overwrites itself, such as a progress bar, the last state. */
function readable(line: string): string {
  const shown = line.replace(COLOURS, "").trimEnd();
  return shown.slice(shown.lastIndexOf("\r") + 1);
}
