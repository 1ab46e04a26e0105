/**
 * How a pull or a build goes on.
 * In: each sign of life of it. Out: STATUS= for systemd, and a signal that is aborted when it stalls.
 */
import type { Notifier } from "../systemd/notify.ts";

const SHOW_INTERVAL_MS = 500;

export interface ProgressOptions {
  /** What is shown first, and before each detail, e.g. `Pulling nginx`. */
  readonly status: string;
  /** After so long without a sign of life it is taken to be stalled. */
  readonly stallTimeoutMs: number;
  readonly notifier: Notifier;
  readonly nowMs?: () => number;
}

/** Begins when it is made, and has to be disposed of at the end. */
export class Progress implements Disposable {
  readonly #options: Required<ProgressOptions>;
  readonly #stalled = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #shownAtMs: number;

  constructor({ nowMs = () => performance.now(), ...options }: ProgressOptions) {
    this.#options = { ...options, nowMs };
    this.#shownAtMs = nowMs();
    options.notifier.send({ status: options.status });
    this.goOn();
  }

  /** Aborted when it is stalled. */
  get stalled(): AbortSignal {
    return this.#stalled.signal;
  }

  /** A sign of life. */
  goOn(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stalled.abort(), this.#options.stallTimeoutMs);
  }

  /** e.g. `step 3/8, RUN` → `Building web: step 3/8, RUN` */
  show(detail: string): void {
    const { status, notifier } = this.#options;
    notifier.send({ status: `${status}: ${detail}` });
  }

  /** Shows what changes all the time; most of it is left out, so that systemd gets two messages a second. */
  showNowAndThen(detail: string): void {
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#shownAtMs < SHOW_INTERVAL_MS) return;
    this.#shownAtMs = nowMs;
    this.show(detail);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
