/** What happened so far, in order, and a way to wait for what happens next without sleeping. */
export class EventLog<T> {
  readonly items: T[] = [];
  #cursor = 0;
  #failure: Error | undefined;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();

  /** `describe` makes one line of an item, for the message of a wait that ran out of time. */
  constructor(
    readonly what: string,
    readonly describe: (item: T) => string = (item) => JSON.stringify(item),
  ) {}

  push(item: T): void {
    this.items.push(item);
    this.#notify();
  }

  /** Nothing more will come: every wait, present or future, that no item answers ends with this error. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#notify();
  }

  /**
   * The first item after the one that the last call yielded that fits.
   * @throws When the time is over, or the log ended, before such an item came.
   */
  async next(predicate: (item: T) => boolean, timeoutMs = 30_000): Promise<T> {
    const deadline = deadlineAfter(timeoutMs);
    try {
      for (let index = this.#cursor;; index++) {
        while (index >= this.items.length) {
          if (this.#failure !== undefined) throw this.#failure;
          if (await this.#grown(deadline) === "late") throw new Error(this.#lateMessage(timeoutMs));
        }
        const item = this.items[index] as T;
        if (!predicate(item)) continue;
        this.#cursor = index + 1;
        return item;
      }
    } finally {
      deadline.cancel();
    }
  }

  #grown(deadline: Deadline): Promise<"grown" | "late"> {
    return Promise.race([this.#wake.promise.then(() => "grown" as const), deadline.late]);
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  #lateMessage(timeoutMs: number): string {
    const seen = this.items.slice(-30).map((item) => `\n  ${this.describe(item)}`).join("");
    return `Cannot find the expected ${this.what} within ${timeoutMs} ms; ${this.items.length} came:${seen}`;
  }
}

interface Deadline {
  readonly late: Promise<"late">;
  cancel(): void;
}

function deadlineAfter(timeoutMs: number): Deadline {
  const { promise, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), timeoutMs);
  return { late: promise, cancel: () => clearTimeout(timer) };
}

/** The promise's value. @throws When it takes longer than `timeoutMs`; `what` says what was awaited. */
export async function within<T>(timeoutMs: number, what: string, promise: Promise<T>): Promise<T> {
  const deadline = deadlineAfter(timeoutMs);
  try {
    const value = await Promise.race([promise.then((value) => ({ value })), deadline.late]);
    if (value === "late") throw new Error(`Cannot wait any longer: ${what} took more than ${timeoutMs} ms`);
    return value.value;
  } finally {
    deadline.cancel();
  }
}

/**
 * Asks again and again until the answer is not `undefined`: for what can only be polled, such as a daemon's start.
 * @throws When that takes longer than `timeoutMs`.
 */
export async function poll<T>(
  timeoutMs: number,
  what: string,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const lateAtMs = performance.now() + timeoutMs;
  while (true) {
    const askedAtMs = performance.now();
    const answer = await ask();
    if (answer !== undefined) return answer;
    const nowMs = performance.now();
    if (nowMs > lateAtMs) throw new Error(`Cannot wait any longer: ${what} took more than ${timeoutMs} ms`);
    // What takes long to answer takes from what is waited for, as a command on a host does.
    await new Promise((resolve) => setTimeout(resolve, Math.max(50, nowMs - askedAtMs)));
  }
}
