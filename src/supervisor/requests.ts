/** Requests that come at any time, and are met one after the other: several that wait are one. */

export class Requests {
  #pending = false;
  #wake: (() => void) | undefined;

  make(): void {
    this.#pending = true;
    this.#wake?.();
  }

  /** Resolves with the next request, which then is taken; never, once the signal is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    while (!this.#pending) await new Promise<void>((resolve) => this.#wake = resolve);
    if (signal.aborted) return await new Promise(() => {});
    this.#pending = false;
  }
}
