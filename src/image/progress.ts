/**
 * How a pull or a build goes on.
 * In: each sign of life of it. Out: STATUS= for systemd, and a signal that is aborted when it stalls.
 */
import type { Notifier } from "../systemd/notify.ts";

const SHOW_INTERVAL_MS = 500;

/** To be disposed of when the pull or build is over. */
export class Progress implements Disposable {
  readonly #stalled = new AbortController();
  /** Aborted when it is stalled. */
  readonly stalled = this.#stalled.signal;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #shownAtMs: number;

  /**
   * `status`: shown at once, and before each detail, e.g. `Pulling nginx`.
   * `stallTimeoutMs`: without a sign of life for so long, it is taken to be stalled.
   */
  constructor(
    readonly status: string,
    readonly notifier: Notifier,
    readonly options: { readonly stallTimeoutMs: number; readonly nowMs: () => number },
  ) {
    this.#shownAtMs = options.nowMs();
    notifier.send({ status });
    this.goOn();
  }

  /** To be called at each sign of life. */
  goOn(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stalled.abort(), this.options.stallTimeoutMs);
  }

  /** Shows e.g. `Building web: step 3/8, RUN`. */
  show(detail: string): void {
    this.notifier.send({ status: `${this.status}: ${detail}` });
  }

  /** Shows it unless something was shown within half a second: for what changes all the time. */
  showNowAndThen(detail: string): void {
    const nowMs = this.options.nowMs();
    if (nowMs - this.#shownAtMs < SHOW_INTERVAL_MS) return;
    this.#shownAtMs = nowMs;
    this.show(detail);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
