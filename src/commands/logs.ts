/**
 * `service_runner logs`: what the journal has of services, for people.
 * In: the entries of their units, by journalctl. Out: a row for each record, or the record as JSON.
 */
import type { Printed } from "../cli.ts";
import { EX_UNAVAILABLE, EX_USAGE } from "../exit.ts";
import type { SignalName } from "../host/host.ts";
import type { CommandContext } from "./command_context.ts";
import { JournalError } from "./logs/journal.ts";
import type { LogsOptions } from "./logs/log_options.ts";
import { findLoggedUnits } from "./logs/logged_units.ts";
import { RecordOutput } from "./logs/record_output.ts";
import { showRecords } from "./logs/show_records.ts";

/** 128 and the signal's number, signal(7), as a shell says it of journalctl. */
const SIGNALS: readonly (readonly [SignalName, exitCode: number])[] = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
];

/** Prints the records as they are read; yields what is left to say. */
export async function logs(options: LogsOptions, context: CommandContext): Promise<Printed> {
  const { host } = context;
  const stop = new AbortController();
  let signalled: number | undefined;
  for (const [signal, exitCode] of SIGNALS) {
    host.onSignal(signal, () => {
      signalled = exitCode;
      stop.abort();
    });
  }
  try {
    const found = await findLoggedUnits(options.names, host);
    if (found.kind === "unknown") return failed(found.reason, EX_USAGE);
    const output = new RecordOutput(options, found.services, { context, onClosed: () => stop.abort() });
    const exitCode = await showRecords(options, { units: found.units, output, stop: stop.signal, context });
    return { exitCode: signalled ?? exitCode };
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return failed(`Cannot read the journal: ${error.message}`, EX_UNAVAILABLE);
  }
}

function failed(message: string, exitCode: number): Printed {
  return { stderr: `service_runner logs: ${message}\n`, exitCode };
}
