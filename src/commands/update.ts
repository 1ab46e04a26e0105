/**
 * `service_runner update` and `rollback`: services go, one after another, to a newer image, or to the one before.
 * In: services. Out: what has come of each. Those that run do it themselves: they are asked to, and followed.
 */
import type { Printed } from "../cli.ts";
import { EX_OK, EX_UNAVAILABLE, EX_USAGE } from "../exit.ts";
import type { SignalName } from "../host/host.ts";
import { printableJson } from "../printable.ts";
import { type CommandContext, paintFor, type ProcessContext } from "./command_context.ts";
import { findServices } from "./update/find_services.ts";
import { isFailure, type UpdateOutcome, type Wish } from "./update/outcome.ts";
import { ProgressLine } from "./update/progress_line.ts";
import { renderOutcomes } from "./update/table.ts";
import { updateService } from "./update/update_service.ts";

export interface UpdateOptions extends Wish {
  /** Instances or units; empty for all whose configs ask for updates. */
  readonly names: readonly string[];
  readonly json: boolean;
}

/** Something has not come of it that was to. */
const EX_FAILED = 1;
/** 128 and the signal's number, signal(7). */
const SIGNALS: readonly (readonly [SignalName, exitCode: number])[] = [["SIGINT", 130], ["SIGTERM", 143]];

export async function update(options: UpdateOptions, context: ProcessContext): Promise<Printed> {
  const { host, readProc } = context;
  const command = options.action === "rollback" ? "rollback" : "update";
  const found = await findServices(options.names, host);
  if (found.kind !== "services") {
    const isUnknown = found.kind === "unknown";
    const reason = isUnknown ? found.reason : `Cannot ask systemd for the units: ${found.reason}`;
    const stderr = `service_runner ${command}: ${reason}\n`;
    return { stderr, exitCode: isUnknown ? EX_USAGE : EX_UNAVAILABLE };
  }
  const stop = new AbortController();
  for (const [signal, exitCode] of SIGNALS) host.onSignal(signal, () => stop.abort(exitCode));
  const progress = new ProgressLine(context);
  const outcomes: UpdateOutcome[] = [];
  try {
    for (const service of found.services) {
      const told = await updateService(service, options, {
        host,
        readProc,
        stop: stop.signal,
        isNamed: options.names.length > 0,
        onStatus: (status) => progress.show(`${service.name}: ${status}`),
        warn: (message) => {
          progress.clear();
          host.writeStderr(`${service.name}: ${message}\n`);
        },
      });
      if (told !== undefined) outcomes.push(told);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  progress.clear();
  const exitCode = outcomes.some((told) => isFailure(told, options)) ? EX_FAILED : EX_OK;
  const stdout = options.json ? json(outcomes) : table(outcomes, context);
  if (!stop.signal.aborted) return { stdout, exitCode };
  const stderr =
    `service_runner ${command}: ended before all was done; what a service has begun it goes on with\n`;
  return { stdout, stderr, exitCode: stop.signal.reason };
}

function json(services: readonly UpdateOutcome[]): string {
  return `${printableJson(JSON.stringify({ services }, null, 2))}\n`;
}

function table(outcomes: readonly UpdateOutcome[], context: CommandContext): string {
  if (outcomes.length === 0) return 'There is no service whose config has "update"\n';
  const { terminal } = context;
  const columns = terminal.isTerminal("stdout") ? terminal.columns() : undefined;
  const lines = renderOutcomes(outcomes, { columns, nowMs: Date.now(), paint: paintFor("stdout", context) });
  return `${lines.join("\n")}\n`;
}
