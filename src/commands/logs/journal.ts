/** Reads the journal by journalctl, whose permissions, messages and exit code are ours. */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import { printableLines } from "../../printable.ts";
import { ENTRY_FIELDS, type JournalRecord, readEntry } from "./journal_record.ts";

export interface JournalReading {
  readonly units: readonly string[];
  /** Further options of journalctl. */
  readonly options: readonly string[];
  /** Gets records as they come; the journal waits until what it yields has resolved. */
  readonly onRecords: (records: readonly JournalRecord[]) => void | Promise<void>;
  readonly stop: AbortSignal;
}

/** The journal could not be read to the end that was asked for; `message` says why. */
export class JournalError extends Error {
  override name = "JournalError";
}

/** Reads to the end, or until `stop` is aborted; yields the exit code. @throws JournalError */
export async function readJournal(
  { units, options, onRecords, stop }: JournalReading,
  host: Host,
): Promise<number> {
  try {
    return await runJournalctl({
      args: [
        "--output=json",
        // Long fields and such with control characters, too.
        "--all",
        `--output-fields=${ENTRY_FIELDS}`,
        ...units.map((unit) => `--unit=${unit}`),
        ...options,
      ],
      onLines: (lines) => onRecords(lines.map(readEntry).filter((record) => record !== undefined)),
      stop,
    }, host);
  } catch (error) {
    if (stop.aborted) return 0;
    throw error;
  }
}

/** Whether the journal has anything of the unit that we may read. @throws JournalError */
export async function isInJournal(unit: string, host: Host): Promise<boolean> {
  let found = false;
  await runJournalctl({
    args: ["--output=json", "--output-fields=PRIORITY", "--lines=1", `--unit=${unit}`],
    onLines: (lines) => {
      found ||= lines.some((line) => readEntry(line) !== undefined);
    },
  }, host);
  return found;
}

interface JournalctlRun {
  readonly args: readonly string[];
  readonly onLines: (lines: readonly string[]) => void | Promise<void>;
  readonly stop?: AbortSignal;
}

async function runJournalctl({ args, onLines, stop }: JournalctlRun, host: Host): Promise<number> {
  const end = await runProgram({
    argv: ["journalctl", "--no-pager", ...args],
    timeoutMs: Infinity,
    ...(stop && { stop }),
    onLines: (lines, stream) => {
      if (stream === "stdout") return onLines(lines);
      for (const line of lines) host.writeStderr(printableLines(`${line}\n`));
    },
  }, host);
  if (end.statusCode !== undefined) return end.statusCode;
  throw new JournalError(end.isMissing ? "there is no journalctl" : end.failure);
}
