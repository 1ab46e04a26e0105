/**
 * What has changed since the last look, to all who look.
 * In: rows, once a second while somebody listens. Out: to each a message with all parts, then with those that change.
 */
import { every } from "../../timers.ts";
import type { ServiceRow } from "../status/service_row.ts";
import type { Board } from "./board.ts";
import { type Shown, summaryOf, titleOf } from "./document.ts";
import { EventStream, message } from "./event_stream.ts";
import { partsOf, structureOf } from "./parts.ts";

export interface LiveFeedOptions {
  readonly board: Board;
  readonly host: string;
  /** Called now and then: what a look has taken of memory is free again. */
  readonly tidyUp: () => void;
  /** Called with a fault of our own; the next look may do better. */
  readonly onFault: (error: unknown) => void;
}

const LOOK_INTERVAL_MS = 1000;
/** A message comes at least this often, so that a listener knows that what it shows is as things are. */
const MESSAGE_INTERVAL_MS = 15_000;
const LOOKS_UNTIL_TIDY = 10;
const MOST_LISTENERS = 100;

export class LiveFeed {
  readonly #listeners = new Set<EventStream>();
  readonly #new = new Set<EventStream>();
  /** What is shown in each element, by its id. */
  readonly #parts = new Map<string, string>();
  /** The rows that this was made of. */
  #seen = new WeakSet<ServiceRow>();
  #structure = "";
  /** Why it is not known how things are; empty if it is. */
  #problem = "";
  #timer: Disposable | undefined;
  #isLooking = false;
  #looks = 0;
  #toldMs = 0;

  constructor(private readonly options: LiveFeedOptions) {}

  /** Undefined where too many listen already. */
  listen(): ReadableStream<Uint8Array> | undefined {
    if (this.#listeners.size >= MOST_LISTENERS) return undefined;
    const listener = new EventStream(() => this.#forget(listener));
    this.#listeners.add(listener);
    this.#new.add(listener);
    this.#timer ??= every(LOOK_INTERVAL_MS, () => void this.#look());
    void this.#look();
    return listener.body;
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const { board, host } = this.options;
      const look = await board.look();
      const before = this.#problem;
      this.#problem = look.kind === "rows" ? "" : `systemd does not answer: ${look.reason}`;
      const rows = look.kind === "rows" ? look.rows : undefined;
      const changed = rows === undefined ? new Map() : this.#collect({ rows, host, nowMs: Date.now() });
      this.#tell(changed, this.#problem !== before);
      if (++this.#looks % LOOKS_UNTIL_TIDY === 0) this.options.tidyUp();
    } catch (error) {
      this.options.onFault(error);
    } finally {
      this.#isLooking = false;
    }
  }

  /** Takes down what is shown now; yields what of it is new. A row that is still the same is not looked at. */
  #collect(shown: Shown): ReadonlyMap<string, string> {
    const structure = structureOf(shown.rows);
    if (structure !== this.#structure) this.#forgetParts();
    this.#structure = structure;
    const changed = new Map<string, string>();
    const note = (id: string, html: string) => {
      if (this.#parts.get(id) === html) return;
      this.#parts.set(id, html);
      changed.set(id, html);
    };
    note(":title", titleOf(shown));
    note(":summary", summaryOf(shown));
    for (const row of shown.rows) {
      // Of one that was restarted, it depends on the time what is to be said.
      if (this.#seen.has(row) && row.restarts === 0) continue;
      this.#seen.add(row);
      for (const [id, html] of partsOf(row, shown.nowMs, false)) note(id, html);
    }
    return changed;
  }

  #tell(changed: ReadonlyMap<string, string>, isNews: boolean): void {
    const isDue = performance.now() - this.#toldMs >= MESSAGE_INTERVAL_MS;
    const news = changed.size > 0 || isNews || isDue ? this.#message(changed) : undefined;
    const all = this.#new.size === 0 ? undefined : this.#message(this.#parts);
    for (const listener of this.#listeners) {
      const bytes = this.#new.has(listener) ? all : news;
      if (bytes !== undefined) listener.send(bytes);
    }
    if (news !== undefined) this.#toldMs = performance.now();
    this.#new.clear();
  }

  #message(parts: ReadonlyMap<string, string>): Uint8Array {
    return message({ list: this.#structure, problem: this.#problem, parts: [...parts] });
  }

  #forget(listener: EventStream): void {
    this.#listeners.delete(listener);
    this.#new.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#forgetParts();
  }

  #forgetParts(): void {
    this.#parts.clear();
    this.#seen = new WeakSet();
  }
}
