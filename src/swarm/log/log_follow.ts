/**
 * A log that is followed through openings: one stream after the other.
 * In: a way to open it, and what may have silenced it. Out: chunks, of one stream at a time.
 *
 * A stream of the engine may fall silent for good, without a word: when the connection of the task's node has broken
 * (moby#33183), or when the log is rotated (moby#37646). A newly opened one brings all. So the log is opened anew when
 * there is reason to, and when nothing has come for a while; for the longer, the more often that has brought nothing.
 */
import { aborted, pause } from "../../host/pause.ts";
import { type FollowTimes, TIMES } from "./follow_times.ts";
import { Patience } from "./patience.ts";

const OPEN_TIMEOUT_MS = 30_000;
/** After several failures the pauses become so much longer than after the first. */
const LONGEST_RETRY = 5;
/** A stream that ends after this was good: another one is opened at once. */
const STABLE_MS = 10_000;

/** An open log. */
export interface OpenLog {
  readonly stream: ReadableStream<Uint8Array>;
  /** Called once, before its first chunk, when nothing more comes of the stream before. */
  readonly begin: () => void;
}

export interface Rest {
  readonly over: Promise<unknown>;
}

export interface FollowOptions {
  /** Opens the log; undefined where there is none any more. Rejects where that may change. */
  readonly open: (signal: AbortSignal) => Promise<OpenLog | undefined>;
  /**
   * Takes a chunk, valid until what this yields has resolved. Yields a rest if it can take no more for now: the stream is
   * closed, and the log opened anew when that is over. @throws where the stream is of no more use
   */
  readonly take: (chunk: Uint8Array) => Promise<Rest | void> | void;
  /** How many lines there have been, those that came once more not counted. */
  readonly countLines: () => number;
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
  /** When a chunk came last, or the current stream was begun. */
  #heardAtMs = performance.now();
  readonly #patience: Patience;
  /** Runs while a stream is read and no other is opened. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #disturbedAtMs = -Infinity;
  /** Whether the log is going to be opened because it was disturbed. */
  #isDueSoon = false;

  constructor(readonly options: FollowOptions) {
    this.#times = { ...TIMES, ...options.times };
    this.#patience = new Patience(this.#times, () => performance.now());
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Whether there is no log any more, or it is closed. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** When the engine was asked for the stream that is being read. */
  get askedAtMs(): number {
    return this.#current?.askedAtMs ?? -Infinity;
  }

  /** For how long nothing has come, though it could. */
  get quietMs(): number {
    return this.#isOver ? Infinity : this.#isWaiting ? performance.now() - this.#heardAtMs : 0;
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
      const rest = await this.#read(reading);
      if (rest !== undefined) await this.#rest(rest);
      const wasGood = rest !== undefined || performance.now() - begunAtMs > STABLE_MS;
      waitMs = wasGood ? 0 : this.#longerThan(waitMs);
    }
    this.#isOver = true;
  }

  async #rest({ over }: Rest): Promise<void> {
    await Promise.race([over, aborted(this.#closed.signal)]);
    // What was opened meanwhile has not been read.
    await this.#replacing;
    this.#next?.over.abort();
    this.#next = undefined;
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

  /** Returns when the stream has ended, however; yields for how long no other is wanted. */
  async #read(reading: Reading): Promise<Rest | undefined> {
    const { stream, begin, askedAtMs, over } = reading;
    const { settlingMs } = this.#times;
    this.#current = reading;
    this.#heardAtMs = performance.now();
    begin();
    // What has happened too shortly before it was asked for, or since, is a reason to open it once more.
    this.#isDueSoon = askedAtMs < this.#disturbedAtMs + settlingMs;
    this.#schedule(this.#isDueSoon ? settlingMs : this.#patience.waitMs);
    try {
      this.#isWaiting = true;
      for await (const chunk of stream) {
        this.#isWaiting = false;
        this.#heardAtMs = performance.now();
        const rest = await this.options.take(chunk);
        if (rest || over.signal.aborted) return rest || undefined;
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

  /** `ms`: from now until it is looked whether the log is to be opened anew. */
  #schedule(ms: number): void {
    this.#unschedule();
    if (this.#closed.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const isDue = this.#isDueSoon || this.#patience.isSilent(this.options.countLines());
      if (isDue) this.#replacing = this.#replace(this.#current!);
      else this.#schedule(this.#patience.waitMs);
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
      this.#retry(current, this.#times.longestPatienceMs);
    } catch (error) {
      if (!this.#closed.signal.aborted) this.options.onTrouble(error);
      this.#retry(current, LONGEST_RETRY * this.#times.retryMs);
    }
  }

  #retry(current: Reading, ms: number): void {
    if (this.#current === current) this.#schedule(ms);
  }
}
