/**
 * What the journal has of one service, for the page: its last records, and those that come.
 * In: the service's unit, by journalctl. Out: records; one that the journal has in parts comes in parts. A visitor can have
 * only so much read: so far back, for so long, so many at once.
 */
import type { Host } from "../../host/host.ts";
import { JournalError, readJournal } from "../logs/journal.ts";
import type { JournalRecord } from "../logs/journal_record.ts";
import { LEVELS } from "../logs/log_words.ts";

export interface RecordsWanted {
  readonly unit: string;
  /** This level and all above it; undefined for all. */
  readonly level: keyof typeof LEVELS | undefined;
  /** Only records in whose message this is found, whatever the case. */
  readonly text: string;
  /** Only those behind this place in the journal; undefined for those that come from now on. */
  readonly after: string | undefined;
}

export interface LastRecords {
  /** The newest last. */
  readonly records: readonly JournalRecord[];
  /** Of the newest one that was read, shown or not; undefined if there is none. */
  readonly cursor: string | undefined;
}

/** Of records. */
const LAST_RECORDS = 200;
const LOOK_BACK_RECORDS = 20_000;
const LOOK_TIMEOUT_MS = 5_000;
/** Programs that are started for visitors at once: those that read what is there, and those that follow. */
const MOST_READINGS = { last: 8, follow: 16 };
const TEXT_LENGTH = 200;
/** systemd.journal-fields(7), `__CURSOR`. */
const CURSOR = /^\w[\w=;:.-]{0,499}$/;

/** What a query asks for; undefined where it asks for what there is not. */
export function recordsWanted(unit: string, query: URLSearchParams): RecordsWanted | undefined {
  const level = query.get("level") || undefined;
  const text = query.get("text") ?? "";
  const after = query.get("after") || undefined;
  if (level !== undefined && !Object.hasOwn(LEVELS, level)) return undefined;
  if (text.length > TEXT_LENGTH || (after !== undefined && !CURSOR.test(after))) return undefined;
  return { unit, level: level as RecordsWanted["level"], text, after };
}

export class Records {
  readonly #readings = { last: 0, follow: 0 };

  constructor(private readonly host: Host) {}

  /** Undefined where too much is read already. @throws JournalError */
  async last(wanted: RecordsWanted, stop: AbortSignal): Promise<LastRecords | undefined> {
    const found: JournalRecord[] = [];
    let cursor: string | undefined;
    let read = 0;
    const enough = new AbortController();
    const fits = fitting(wanted);
    const ended = await this.#read("last", wanted, {
      options: ["--reverse"],
      stop: AbortSignal.any([stop, enough.signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)]),
      onRecords: (records) => {
        cursor ??= cursorOf(records[0]);
        read += records.length;
        found.push(...records.filter(fits).slice(0, LAST_RECORDS - found.length));
        if (found.length >= LAST_RECORDS || read >= LOOK_BACK_RECORDS) enough.abort();
      },
    });
    return ended ? { records: found.reverse(), cursor } : undefined;
  }

  /** Those that come until `stop` is aborted; false where too much is read already. @throws JournalError */
  async follow(
    wanted: RecordsWanted,
    onRecords: (records: readonly JournalRecord[]) => void,
    stop: AbortSignal,
  ): Promise<boolean> {
    const fits = fitting(wanted);
    return await this.#read("follow", wanted, {
      options: [
        "--follow",
        ...wanted.after === undefined ? ["--lines=0"] : ["--no-tail", `--after-cursor=${wanted.after}`],
      ],
      stop,
      onRecords: (records) => onRecords(records.filter(fits)),
    });
  }

  /** Whether nobody more can follow. */
  get isBusy(): boolean {
    return this.#readings.follow >= MOST_READINGS.follow;
  }

  async #read(kind: "last" | "follow", { unit, level }: RecordsWanted, { options, ...reading }: {
    readonly options: readonly string[];
    readonly stop: AbortSignal;
    readonly onRecords: (records: readonly JournalRecord[]) => void;
  }): Promise<boolean> {
    if (this.#readings[kind] >= MOST_READINGS[kind]) return false;
    this.#readings[kind]++;
    try {
      const priority = level === undefined ? [] : [`--priority=${LEVELS[level]}`];
      const all = ["--quiet", ...priority, ...options];
      const code = await readJournal({ ...reading, units: [unit], options: all }, this.host);
      if (code !== 0) throw new JournalError(`journalctl has ended with ${code}`);
      return true;
    } finally {
      this.#readings[kind]--;
    }
  }
}

/** Undefined where it is not as journald writes it. */
export function cursorOf(record: JournalRecord | undefined): string | undefined {
  return record !== undefined && CURSOR.test(record.cursor) ? record.cursor : undefined;
}

function fitting({ text }: RecordsWanted): (record: JournalRecord) => boolean {
  const wanted = text.toLowerCase();
  return ({ record: { message } }) => wanted === "" || message.toLowerCase().includes(wanted);
}
