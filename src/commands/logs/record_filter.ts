/** Which records were asked for, as far as journalctl can not tell: by who speaks, and by what the message says. */
import type { JournalRecord } from "./journal_record.ts";
import type { LogsOptions } from "./log_options.ts";
import { FOREIGN } from "./log_words.ts";

export type RecordFilter = (record: JournalRecord) => boolean;

export function recordFilter({ sources, grep }: Pick<LogsOptions, "sources" | "grep">): RecordFilter {
  return ({ record, isForeign }) =>
    (sources === undefined || sources.has(isForeign ? FOREIGN : record.source)) &&
    (grep === undefined || grep.test(record.message));
}
