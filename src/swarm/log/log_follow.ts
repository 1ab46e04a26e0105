/**
 * A log that is followed for as long as a service lives, through openings: one stream after the other.
 * In: a way to open it, and when that is due. Out: chunks, of one stream at a time.
 */
import { pause } from "../../host/pause.ts";

const OPEN_TIMEOUT_MS = 30_000;
/** After several failures the pauses become so much longer than after the first. */
const LONGEST_RETRY = 5;
/** A stream that ends after this was good: another one is opened at once. */
const STABLE_MS = 10_000;

export interface FollowTimes {
  /** How often the log is opened anew in any case. */
  readonly intervalMs: number;
  /** How long after an event of a node: by then its engine has connected to the swarm again. */
  readonly settlingMs: number;
  /** For so long the stream before is read on when the next one is open: the engine may not have it any more. */
  readonly overlapMs: number;
  /** How long after a failure the log is first tried to be opened again. */
  readonly retryMs: number;
}

const TIMES: FollowTimes = { intervalMs: 600_000, settlingMs: 2_000, overlapMs: 200, retryMs: 1_000 };

/** An open log. */
export interface OpenLog {
  readonly stream: ReadableStream<Uint8Array>;
  /** Called once, before its first chunk, when nothing more comes of the stream before. */
  readonly begin: () => void;
}

export interface FollowOptions {
  /** Opens the log; undefined where there is none any more. Rejects where that may change. */
  readonly open: (signal: AbortSignal) => Promise<OpenLog | undefined>;
  /** Takes a chunk, valid until what this yields has resolved. @throws where the stream is of no more use */
  readonly take: (chunk: Uint8Array) => Promise<void> | void;
  /** Called when a stream has ended, or the log can not be opened. */
  readonly onTrouble: (error: unknown) => void;
  /** Those that are to be shorter than they are for a service. */
  readonly times?: Partial<FollowTimes>;
}

interface Reading extends OpenLog {
  /** When the engine was asked for it. */
  readonly askedAtMs: number;
  readonly over: AbortController;
}

export class LogFollow {
  readonly #closed = new AbortController();
  readonly #times: FollowTimes;
  #done: Promise<void> | undefined;
  #current: Reading | undefined;
  /** What comes in the place of the current one. */
  #next: Reading | undefined;
  #replacing: Promise<void> | undefined;
  #isWaiting = false;
  #isOver = false;
  /** Runs while a stream is read and no other is opened. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #disturbedAtMs = -Infinity;
  /** Whether the log is going to be opened because it was disturbed. */
  #isDueSoon = false;

  constructor(readonly options: FollowOptions) {
    this.#times = { ...TIMES, ...options.times };
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Whether there is no log any more, or it is closed. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether all that has come is taken, and more is waited for. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** What is being read may have fallen silent: opens the log anew, a while after this call. */
  disturb(): void {
    this.#disturbedAtMs = performance.now();
    if (this.#isDueSoon || this.#timer === undefined) return;
    this.#isDueSoon = true;
    this.#schedule(this.#times.settlingMs);
  }

  /** Ends the reading; a chunk that is being taken is taken to its end. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#unschedule();
    await this.#done;
  }

  async #run(): Promise<void> {
    let waitMs = 0;
    for (;;) {
      await this.#replacing;
      const reading = this.#next ?? await this.#openUntilWorks(waitMs);
      this.#next = undefined;
      if (reading === undefined) break;
      const begunAtMs = performance.now();
      await this.#read(reading);
      waitMs = performance.now() - begunAtMs > STABLE_MS ? 0 : this.#longerThan(waitMs);
    }
    this.#isOver = true;
  }

  /** Undefined where there is no log any more, or this is closed. `waitMs`: before it is tried. */
  async #openUntilWorks(waitMs: number): Promise<Reading | undefined> {
    const { signal } = this.#closed;
    for (;;) {
      await pause(waitMs, signal).catch(() => {});
      if (signal.aborted) return undefined;
      try {
        return await this.#open();
      } catch (error) {
        if (!signal.aborted) this.options.onTrouble(error);
        waitMs = this.#longerThan(waitMs);
      }
    }
  }

  /** How long to wait after another failure. */
  #longerThan(waitMs: number): number {
    const { retryMs } = this.#times;
    return Math.min(Math.max(retryMs, 2 * waitMs), LONGEST_RETRY * retryMs);
  }

  async #open(): Promise<Reading | undefined> {
    const askedAtMs = performance.now();
    const over = new AbortController();
    const late = () => over.abort(new Error("The engine does not open the log"));
    const timer = setTimeout(late, OPEN_TIMEOUT_MS);
    try {
      const log = await this.options.open(AbortSignal.any([this.#closed.signal, over.signal]));
      return log && { ...log, askedAtMs, over };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Returns when the stream has ended, however. */
  async #read(reading: Reading): Promise<void> {
    const { stream, begin, askedAtMs, over } = reading;
    const { settlingMs, intervalMs } = this.#times;
    this.#current = reading;
    begin();
    // What has happened too shortly before it was asked for, or since, is a reason to open it once more.
    this.#isDueSoon = askedAtMs < this.#disturbedAtMs + settlingMs;
    this.#schedule(this.#isDueSoon ? settlingMs : intervalMs);
    try {
      this.#isWaiting = true;
      for await (const chunk of stream) {
        this.#isWaiting = false;
        await this.options.take(chunk);
        if (over.signal.aborted) return;
        this.#isWaiting = true;
      }
      throw new Error("The engine ended the log stream");
    } catch (error) {
      if (!over.signal.aborted && !this.#closed.signal.aborted) this.options.onTrouble(error);
    } finally {
      this.#isWaiting = false;
      this.#current = undefined;
      this.#unschedule();
      over.abort();
    }
  }

  /** `ms`: from now until the log is opened anew. */
  #schedule(ms: number): void {
    this.#unschedule();
    if (this.#closed.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#replacing = this.#replace(this.#current!);
    }, ms);
  }

  #unschedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Puts another stream in the place of the one that is being read, as soon as that is open. */
  async #replace(current: Reading): Promise<void> {
    try {
      this.#next = await this.#open();
      if (this.#next !== undefined) {
        await pause(this.#times.overlapMs, this.#closed.signal);
        return current.over.abort();
      }
      // What is removed has no log that could be opened; what it still writes comes by the stream that is open.
      this.#retry(current, this.#times.intervalMs);
    } catch (error) {
      if (!this.#closed.signal.aborted) this.options.onTrouble(error);
      this.#retry(current, LONGEST_RETRY * this.#times.retryMs);
    }
  }

  #retry(current: Reading, ms: number): void {
    if (this.#current === current) this.#schedule(ms);
  }
}
