/**
 * From the journal to the output: first the rows that are there, then, with `--follow`, those that come.
 * The last so many rows are found by reading backward until there are enough: journalctl's own `--lines` counts entries,
 * of which a record may take several, and of which not all are asked for.
 */
import type { CommandContext } from "../command_context.ts";
import { readJournal } from "./journal.ts";
import type { JournalRecord } from "./journal_record.ts";
import type { LogsOptions } from "./log_options.ts";
import { PartJoiner } from "./part_joiner.ts";
import { type RecordFilter, recordFilter } from "./record_filter.ts";
import type { RecordOutput } from "./record_output.ts";

interface Showing {
  readonly units: readonly string[];
  readonly output: RecordOutput;
  readonly stop: AbortSignal;
  readonly context: CommandContext;
}

interface LastRecords {
  readonly newestFirst: readonly JournalRecord[];
  /** The newest entry that was read, shown or not. */
  readonly cursor: string | undefined;
  readonly exitCode: number;
}

/** Yields the exit code. @throws JournalError */
export async function showRecords(options: LogsOptions, showing: Showing): Promise<number> {
  const { units, output, stop, context } = showing;
  const { follow, lines } = options;
  const filter = recordFilter(options);
  const joiner = new PartJoiner("forward");
  const show = (records: readonly JournalRecord[]) =>
    output.write(records.flatMap((record) => joiner.add(record)).filter(filter));
  const isLimited = Number.isFinite(lines);
  const last = isLimited && lines > 0 ? await readLast(options, filter, showing) : undefined;
  if (last !== undefined && last.exitCode !== 0) return last.exitCode;
  if (last !== undefined) {
    if (options.areLinesDefault && last.newestFirst.length === lines) tellOfMore(options, context);
    await show(last.newestFirst.toReversed());
  }
  let exitCode = 0;
  if ((follow || !isLimited) && !stop.aborted) {
    const from = last?.cursor === undefined ? rangeOf(options) : [`--after-cursor=${last.cursor}`];
    const begin = lines === 0 ? "--lines=0" : "--no-tail";
    // What journalctl had to say, it has said before.
    const further = [...follow ? ["--follow", begin] : [], ...last === undefined ? [] : ["--quiet"]];
    const journalOptions = [...further, ...priorityOf(options), ...from];
    exitCode = await readJournal({ units, options: journalOptions, onRecords: show, stop }, context.host);
  }
  await output.write(joiner.end().filter(filter));
  if (!output.hasWritten && !stop.aborted && exitCode === 0) context.host.writeStderr("-- No entries --\n");
  return exitCode;
}

async function readLast(options: LogsOptions, filter: RecordFilter, showing: Showing): Promise<LastRecords> {
  const joiner = new PartJoiner("backward");
  const newestFirst: JournalRecord[] = [];
  let cursor: string | undefined;
  const enough = new AbortController();
  const exitCode = await readJournal({
    units: showing.units,
    options: ["--reverse", ...priorityOf(options), ...rangeOf(options)],
    onRecords: (records) => {
      cursor ??= records[0]?.cursor;
      for (const record of records) newestFirst.push(...joiner.add(record).filter(filter));
      if (newestFirst.length >= options.lines) enough.abort();
    },
    stop: AbortSignal.any([showing.stop, enough.signal]),
  }, showing.context.host);
  newestFirst.push(...joiner.end().filter(filter));
  return { newestFirst: newestFirst.slice(0, options.lines), cursor, exitCode };
}

function priorityOf({ priority }: LogsOptions): string[] {
  return priority === undefined ? [] : [`--priority=${priority}`];
}

function rangeOf({ since, until }: LogsOptions): string[] {
  return [
    ...since === undefined ? [] : [`--since=${since}`],
    ...until === undefined ? [] : [`--until=${until}`],
  ];
}

/** Only where a person sees it: journalctl shows all, and who knows it may expect so. */
function tellOfMore({ json, lines }: LogsOptions, { host, terminal }: CommandContext): void {
  if (json || !terminal.isTerminal("stdout") || !terminal.isTerminal("stderr")) return;
  host.writeStderr(`-- The last ${lines} lines; "-n all" shows all --\n`);
}
