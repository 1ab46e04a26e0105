/** Which records were asked for, as far as journalctl can not tell: by who speaks, and by what the message says. */
import { TimeLimitedMatch } from "../../host/time_limited_match.ts";
import { isQuick } from "../../logging/quick_pattern.ts";
import { JournalError } from "./journal.ts";
import type { JournalRecord } from "./journal_record.ts";
import type { LogsOptions } from "./log_options.ts";
import { FOREIGN } from "./log_words.ts";

/** @throws JournalError */
export type RecordFilter = (record: JournalRecord) => boolean;

/** A quick pattern is so for a text of this length, see `isQuick`. */
const QUICK_CHARACTERS = 4096;
const MATCH_LIMIT_MS = 1000;

export function recordFilter({ sources, grep }: Pick<LogsOptions, "sources" | "grep">): RecordFilter {
  const matches = grep === undefined ? () => true : messageMatcher(grep);
  return ({ record, isForeign }) =>
    (sources === undefined || sources.has(isForeign ? FOREIGN : record.source)) && matches(record.message);
}

/** While a pattern is at work, Ctrl-C is not heard: one that takes too long ends the command. */
function messageMatcher(pattern: RegExp): (message: string) => boolean {
  const limited = new TimeLimitedMatch(pattern, MATCH_LIMIT_MS);
  const isPatternQuick = isQuick(pattern);
  return (message) => {
    if (isPatternQuick && message.length <= QUICK_CHARACTERS) return pattern.test(message);
    const found = limited.test(message);
    if (found !== undefined) return found;
    const seconds = MATCH_LIMIT_MS / 1000;
    throw new JournalError(
      `--grep takes more than ${seconds} s for a message of ${message.length} characters; try a simpler pattern`,
    );
  };
}
