/** Requests that come at any time, and are met one after the other: several that wait are one. */

export class Requests {
  #pending = false;
  #wake: (() => void) | undefined;

  make(): void {
    this.#pending = true;
    this.#wake?.();
  }

  /** Resolves when there is one, which then is to be taken. */
  async next(): Promise<void> {
    while (!this.#pending) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  /** It is going to be met; what comes from now on is another one. */
  take(): void {
    this.#pending = false;
  }
}
