/** How far a build is, for STATUS=; what it has written last; and whether it goes on at all. */
import { type BuildStep, parseStep } from "../../engine/build_output.ts";
import type { Notifier } from "../../systemd/notify.ts";

const PROGRESS_INTERVAL_MS = 500;
/** A compiler may be busy for long without a word: that is no hang yet. */
const STALL_TIMEOUT_MS = 1_800_000;
const LAST_LINES = 20;
/** What the builder says of itself between the lines that matter. */
const BUILDERS_OWN = /^$|^ ---> |^Removing intermediate container /;

export class BuildProgress implements Disposable {
  readonly lastLines: string[] = [];
  readonly #stalled = new AbortController();
  readonly #startedAtMs: number;
  #timer = this.#startTimer();
  #shownAtMs: number;
  #sentBytes = 0;

  constructor(readonly image: string, readonly notifier: Notifier, readonly nowMs = () => performance.now()) {
    this.#startedAtMs = this.#shownAtMs = nowMs();
    notifier.send({ status: `Building ${image}` });
  }

  /** Aborted when nothing has come for too long. */
  get stalled(): AbortSignal {
    return this.#stalled.signal;
  }

  get seconds(): number {
    return Math.round((this.nowMs() - this.#startedAtMs) / 100) / 10;
  }

  /** A piece of the context is on its way. */
  sent(bytes: number): void {
    this.#goesOn();
    this.#sentBytes += bytes;
    const now = this.nowMs();
    if (now - this.#shownAtMs < PROGRESS_INTERVAL_MS) return;
    this.#shownAtMs = now;
    const mebibytes = Math.floor(this.#sentBytes / 1024 ** 2);
    this.notifier.send({ status: `Building ${this.image}: sending the context, ${mebibytes} MiB` });
  }

  /** The build has come on, and may have written something. */
  written(lines: readonly string[]): void {
    this.#goesOn();
    this.lastLines.push(...lines.filter((line) => !BUILDERS_OWN.test(line)));
    this.lastLines.splice(0, this.lastLines.length - LAST_LINES);
    const step = lines.map(parseStep).findLast((each) => each !== undefined);
    if (step !== undefined) this.#show(step);
  }

  /** With the instruction's name only: its text may hold what is nobody's business. */
  #show({ step, steps, instruction }: BuildStep): void {
    this.notifier.send({ status: `Building ${this.image}: step ${step}/${steps}, ${instruction}` });
  }

  #goesOn(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#startTimer();
  }

  #startTimer() {
    return setTimeout(() => {
      this.#stalled.abort(new Error(`it has written nothing for ${STALL_TIMEOUT_MS / 60_000} min`));
    }, STALL_TIMEOUT_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
