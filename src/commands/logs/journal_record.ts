/**
 * An entry of the journal as a record.
 * In: a line of `journalctl --output=json`. Out: the record that its message is; what systemd and other programs of the
 * unit have written becomes a record of the same fields. Source: systemd.journal-fields(7), journal-export-formats.
 */
import { SEVERITY_OF_PRIORITY } from "../../logging/line_meaning.ts";
import { PRIORITIES, type Severity } from "../../logging/log_record.ts";
import { instanceName, TEMPLATE } from "../status/units.ts";

/** The fields of an entry that are of use here, for `--output-fields=`. */
export const ENTRY_FIELDS =
  "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_UID,_SYSTEMD_UNIT,UNIT,OBJECT_SYSTEMD_UNIT,COREDUMP_UNIT";

/** A record as the log has it, see `json_lines.ts`. */
export interface LoggedRecord {
  readonly timestamp: string;
  readonly severity: Severity;
  /** One of ours, or the name of another program, such as `systemd`. */
  readonly source: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly exception: unknown;
}

export interface JournalRecord {
  readonly record: LoggedRecord;
  /** The instance of the unit, e.g. `web`. */
  readonly service: string;
  /** Whether the record is none of ours: a line of systemd, or of another program of the unit. */
  readonly isForeign: boolean;
  /** The record as JSON, as it was written; undefined where it was put together here. */
  readonly json: string | undefined;
  /** Where the entry is in the journal, for `--after-cursor=`. */
  readonly cursor: string;
  /** Of one that was put together of parts: the number of the first one that is there. */
  readonly firstPart?: number | undefined;
}

/** A text; bytes, where they are no UTF-8; several of these, where the entry has the field several times. */
type Field = string | readonly number[] | readonly (string | readonly number[])[] | null | undefined;
type Entry = Readonly<Record<string, Field>>;

const PROGRAM = "service_runner";

/** Undefined for a line that is no entry, such as `-- No entries --`. */
export function readEntry(line: string): JournalRecord | undefined {
  const entry = parseObject(line) as Entry | undefined;
  if (entry === undefined) return undefined;
  const writer = textOf(entry._SYSTEMD_UNIT);
  const isOfUnit = writer.startsWith(TEMPLATE);
  // Whoever may write to the journal may say of which unit an entry is, as systemd and its helpers do, which are root.
  if (!isOfUnit && textOf(entry._UID) !== "0") return undefined;
  const unit = isOfUnit
    ? writer
    : textOf(entry.UNIT ?? entry.COREDUMP_UNIT ?? entry.OBJECT_SYSTEMD_UNIT ?? entry._SYSTEMD_UNIT);
  const message = textOf(entry.MESSAGE);
  const at = { service: instanceName(unit), cursor: textOf(entry.__CURSOR) };
  const own = isOfUnit && message.startsWith("{") ? parseObject(message) : undefined;
  if (own !== undefined && isLogged(own)) return { ...at, record: own, isForeign: false, json: message };
  return { ...at, ...foreign(entry, message, at.service), json: undefined };
}

function foreign(entry: Entry, message: string, service: string) {
  const writer = textOf(entry.SYSLOG_IDENTIFIER ?? entry._COMM) || "unknown";
  const usec = Number(textOf(entry.__REALTIME_TIMESTAMP));
  const record: LoggedRecord = {
    timestamp: new Date(usec / 1000).toISOString(),
    severity: SEVERITY_OF_PRIORITY[Number(textOf(entry.PRIORITY) || 6)] ?? "info",
    // What the program says on stderr, such as of a config that is no good.
    source: writer === PROGRAM ? "service" : writer,
    message,
    data: {},
    context: { service },
    exception: null,
  };
  return { record, isForeign: writer !== PROGRAM };
}

function isLogged(object: object): object is LoggedRecord {
  const { timestamp, severity, source, message, data, context } = object as Partial<LoggedRecord>;
  return typeof timestamp === "string" && typeof severity === "string" && severity in PRIORITIES &&
    typeof source === "string" && typeof message === "string" && isObject(data) && isObject(context);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf(field: Field): string {
  if (typeof field === "string") return field;
  if (!field) return "";
  if (field.every((item) => typeof item === "number")) {
    return new TextDecoder().decode(Uint8Array.from(field as number[]));
  }
  return textOf((field as readonly Field[])[0]);
}
