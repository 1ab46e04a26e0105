/** Puts records together again that were too long for one entry of the journal: `data.part` of `data.parts`. */
import type { JournalRecord } from "./journal_record.ts";

/** In which direction the journal is read. */
export type Direction = "forward" | "backward";

/** A longer text is shown in pieces: of a line without an end, all would be held back. */
const LIMIT_CHARACTERS = 32 * 1024 * 1024;

export class PartJoiner {
  /** The parts so far, by service and source: each writes one record at a time. */
  readonly #held = new Map<string, JournalRecord>();

  constructor(readonly direction: Direction) {}

  /**
   * Yields what is whole with this record. One of which parts are missing, because its program was killed or the journal
   * has forgotten them, comes as far as it is there: its `data.part` is the number of its last part.
   */
  add(next: JournalRecord): readonly JournalRecord[] {
    if (this.#held.size === 0 && partOf(next) === undefined) return [next];
    const key = `${next.service} ${next.record.source}`;
    const before = this.#held.get(key);
    this.#held.delete(key);
    const joined = before && this.#join(before, next);
    const broken = before === undefined || joined !== undefined ? [] : [before];
    const record = joined ?? next;
    if (partOf(next) === undefined) return [...broken, record];
    if (this.#isAtEnd(record)) return [...broken, isWhole(record) ? withoutPart(record) : record];
    this.#held.set(key, record);
    return broken;
  }

  /** What is held back: no more is going to come. */
  end(): readonly JournalRecord[] {
    const held = [...this.#held.values()];
    this.#held.clear();
    return held;
  }

  /** Both as one; undefined if they are not neighbours. */
  #join(before: JournalRecord, next: JournalRecord): JournalRecord | undefined {
    const [first, second] = this.direction === "forward" ? [before, next] : [next, before];
    if (firstPartOf(second) !== (partOf(first) ?? NaN) + 1) return undefined;
    const message = first.record.message + second.record.message;
    const { part, parts } = second.record.data;
    const data = { ...first.record.data, part, parts };
    return {
      ...first,
      record: { ...first.record, message, data },
      firstPart: firstPartOf(first),
      json: undefined,
    };
  }

  #isAtEnd(record: JournalRecord): boolean {
    const { message, data: { part, parts } } = record.record;
    if (message.length > LIMIT_CHARACTERS) return true;
    return this.direction === "forward" ? part === parts : firstPartOf(record) === 1;
  }
}

/** Whether parts of a record are missing: those before what is there, and those after it. */
export function missingParts(record: JournalRecord): { readonly before: boolean; readonly after: boolean } {
  if (partOf(record) === undefined) return { before: false, after: false };
  const { part, parts } = record.record.data;
  return { before: firstPartOf(record) !== 1, after: part !== parts };
}

function isWhole(record: JournalRecord): boolean {
  const { before, after } = missingParts(record);
  return !before && !after;
}

function partOf({ record: { data: { part } } }: JournalRecord): number | undefined {
  return typeof part === "number" ? part : undefined;
}

function firstPartOf(record: JournalRecord): number | undefined {
  return record.firstPart ?? partOf(record);
}

function withoutPart(joined: JournalRecord): JournalRecord {
  const { part: _part, parts: _parts, ...data } = joined.record.data;
  return { ...joined, record: { ...joined.record, data }, json: undefined };
}
