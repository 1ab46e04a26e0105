/**
 * Pieces of a service's log → the logs of their tasks.
 * In: the chunks of one reading after the other. Out: each piece at its task, and the positions that have moved by it.
 */
import type { OutputStream } from "../../host/host.ts";
import type { Instant } from "../../logging/log_record.ts";
import type { TaskOrigin } from "./prefix_reader.ts";
import type { ReadingStart } from "./reading_start.ts";
import { readTaskEntries } from "./task_entries.ts";
import type { KeptTask } from "./task_positions.ts";
import type { KnownTask, TaskRoster } from "./task_roster.ts";

/** A piece of a task that is not known yet, with a copy of its bytes. */
interface WaitingPiece {
  readonly origin: TaskOrigin;
  readonly stream: OutputStream;
  readonly bytes: Uint8Array;
  readonly stamp: Instant | undefined;
}

export interface TaskPiecesOptions {
  readonly terminal: boolean;
  readonly roster: TaskRoster;
  /** Called when something has come of a task that is muted. */
  readonly onMuted: () => void;
}

export class TaskPieces {
  #push: (chunk: Uint8Array) => void = () => {};
  #waiting: WaitingPiece[] = [];
  /** The task of the piece that came last. */
  #last: KnownTask | undefined;
  /** Those that have got pieces since all was settled. */
  readonly #touched = new Set<KnownTask>();
  /** Those whose position has moved, or may move, since it was taken. */
  readonly #moved = new Set<KnownTask>();

  constructor(readonly options: TaskPiecesOptions) {}

  /** Whether pieces wait for a task that is not known yet. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Chunks of another reading follow; undefined: it has all lines that there are. */
  begin(start: ReadingStart | undefined): void {
    const { terminal, roster } = this.options;
    this.#push = readTaskEntries({ terminal }, this.#take);
    this.#waiting = [];
    for (const known of roster.all) {
      known.hadEnded = known.hasEnded;
      known.isMuted = start?.muted.has(known) ?? false;
      known.isWanted &&= known.isMuted;
      known.log.begin(start?.since);
      // Their floors may have been raised.
      this.#moved.add(known);
    }
  }

  /** Takes a chunk. @throws Error with the engine's words, if the engine reports that the log itself failed */
  push(chunk: Uint8Array): void {
    try {
      this.#push(chunk);
    } finally {
      this.#settle();
    }
  }

  /** Takes the pieces that wait; a task that is still not known has its id as its name until it is seen. */
  takeWaiting(): void {
    const { roster } = this.options;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { origin, stream, bytes, stamp } of waiting) {
      if (roster.get(origin.taskId) === undefined) roster.addUnseen(origin);
      this.#take(origin, stream, bytes, 0, bytes.length, stamp);
    }
    this.#settle();
  }

  /** The positions of those that have moved since the last call. */
  takeMoved(): KeptTask[] {
    const moved = [...this.#moved];
    this.#moved.clear();
    // What is held back is written later, without another piece.
    for (const known of moved) if (known.log.isHolding) this.#moved.add(known);
    return moved.map(({ taskId, nodeId, log: { position } }) => ({ taskId, nodeId, position }));
  }

  readonly #take = (
    origin: TaskOrigin,
    stream: OutputStream,
    bytes: Uint8Array,
    from: number,
    to: number,
    stamp: Instant | undefined,
  ): void => {
    if (this.#last?.taskId !== origin.taskId) {
      const known = this.options.roster.get(origin.taskId);
      if (known === undefined) {
        this.#waiting.push({ origin, stream, bytes: bytes.slice(from, to), stamp });
        return;
      }
      this.#last = known;
      this.#touched.add(known);
      this.#moved.add(known);
    }
    const known = this.#last!;
    if (!known.isMuted) return known.log.push(stream, bytes, from, to, stamp);
    known.isWanted = true;
    this.options.onMuted();
  };

  #settle(): void {
    const nowMs = performance.now();
    for (const known of this.#touched) {
      known.log.settle();
      known.pushedAtMs = nowMs;
    }
    this.#touched.clear();
    this.#last = undefined;
  }
}
