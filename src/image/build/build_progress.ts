/** How a build goes on: the context that is sent, its steps, and what it has written last. */
import { parseStep } from "../../engine/build_output.ts";
import type { Notifier } from "../../systemd/notify.ts";
import { Progress } from "../progress.ts";

/** A compiler may be busy for long without a word: that is no stall yet. */
export const BUILD_STALL_TIMEOUT_MS = 1_800_000;
const LAST_LINES = 20;
/** What the builder says of itself, and the empty lines in between. */
const BUILDERS_OWN = /^$|^ ---> |^Removing intermediate container /;

export class BuildProgress extends Progress {
  /** At most 20, without those that the builder says of itself. */
  readonly lastLines: string[] = [];
  readonly #startedAtMs: number;
  #sentBytes = 0;

  constructor(image: string, notifier: Notifier, nowMs = () => performance.now()) {
    super(`Building ${image}`, notifier, { stallTimeoutMs: BUILD_STALL_TIMEOUT_MS, nowMs });
    this.#startedAtMs = nowMs();
  }

  /** How long it has taken so far. */
  get seconds(): number {
    return Math.round((this.options.nowMs() - this.#startedAtMs) / 100) / 10;
  }

  /** Another piece of the context is on its way to the engine. */
  sent(bytes: number): void {
    this.goOn();
    this.#sentBytes += bytes;
    this.showNowAndThen(`sending the context, ${Math.floor(this.#sentBytes / 1024 ** 2)} MiB`);
  }

  /** The engine has answered something, which need not contain lines. */
  written(lines: readonly string[]): void {
    this.goOn();
    this.lastLines.push(...lines.filter((line) => !BUILDERS_OWN.test(line)));
    this.lastLines.splice(0, this.lastLines.length - LAST_LINES);
    const last = lines.map(parseStep).findLast((each) => each !== undefined);
    if (last === undefined) return;
    // Only the name of the instruction: its text may hold secrets.
    this.show(`step ${last.step}/${last.steps}, ${last.instruction}`);
  }
}
