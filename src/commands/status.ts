/** `service_runner status`: the services of this machine, one a line. Source: systemd, and the services' status files. */
import type { Printed } from "../cli.ts";
import { EX_UNAVAILABLE, EX_USAGE } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { within } from "../host/pause.ts";
import { printableJson } from "../printable.ts";
import { type CommandContext, paintFor } from "./command_context.ts";
import { type ServiceRow, serviceRow } from "./status/service_row.ts";
import { renderTable } from "./status/table.ts";
import { configOf, findUnits, instanceName } from "./status/units.ts";
import type { UnitProperties } from "./systemctl.ts";
import { wrapWords } from "./wrap_words.ts";

const REDRAW_MS = 1000;

export interface StatusOptions {
  /** Instances or units; empty for all services. */
  readonly names: readonly string[];
  readonly json: boolean;
  readonly watch: boolean;
}

/** Prints the table, or JSON; with `watch` redraws it until it is interrupted. */
export async function status(options: StatusOptions, context: CommandContext): Promise<Printed> {
  const { host, terminal } = context;
  if (options.watch && !options.json && terminal.isTerminal("stdout")) return await watch(options, context);
  const found = await findRows(options.names, host);
  if (found.kind !== "rows") return failed(found);
  const stdout = options.json
    ? printableJson(JSON.stringify({ services: found.rows }, null, 2))
    : draw(found.rows, context, terminal.isTerminal("stdout") ? terminal.columns() : undefined).join("\n");
  return { stdout: `${stdout}\n` };
}

function failed(why: { readonly kind: "no_systemd" | "unknown"; readonly reason: string }): Printed {
  if (why.kind === "unknown") return { stderr: `service_runner status: ${why.reason}\n`, exitCode: EX_USAGE };
  const stderr = `service_runner status: Cannot ask systemd for the units: ${why.reason}\n`;
  return { stderr, exitCode: EX_UNAVAILABLE };
}

async function findRows(names: readonly string[], host: Host) {
  const found = await findUnits(names, host);
  if (found.kind === "no_systemd") return found;
  for (const unit of names.length === 0 ? [] : found.units) {
    const config = await missingConfig(unit, host);
    if (config === undefined) continue;
    const name = instanceName(unit.get("Id") ?? "");
    return {
      kind: "unknown" as const,
      reason: `There is no service "${name}": there is no config ${config}`,
    };
  }
  const rows = await Promise.all(found.units.map((unit) => serviceRow(unit, host)));
  return { kind: "rows" as const, rows };
}

/** The config that there would have to be, of a unit that systemd knows nothing of but that it could be made. */
async function missingConfig(unit: UnitProperties, host: Host): Promise<string | undefined> {
  if (unit.get("ActiveState") !== "inactive" || unit.get("UnitFileState") === "enabled") return undefined;
  const config = configOf(unit);
  if (config === undefined) return undefined;
  return (await host.readFile(config, 0)).kind === "missing" ? config : undefined;
}

function draw(rows: readonly ServiceRow[], context: CommandContext, columns: number | undefined): string[] {
  if (rows.length === 0) return ["There is no unit service_runner@NAME.service on this machine"];
  const paint = paintFor("stdout", context);
  const unread = rows.filter(({ unreadable }) => unreadable !== null);
  const note = unread.length === 0 ? [] : wrapWords(
    `${unread.map(({ name }) => name).join(", ")}: ${unread[0]!.unreadable}`,
    columns ?? Infinity,
  );
  return [
    ...renderTable(rows, { columns, nowMs: Date.now(), paint }),
    ...note.map((line) => paint("yellow", line)),
  ];
}

/** Redraws the table each second on the terminal's alternate screen, until SIGINT or SIGTERM. */
async function watch({ names }: StatusOptions, context: CommandContext): Promise<Printed> {
  const { host, terminal } = context;
  const write = (text: string) => host.writeStdout(new TextEncoder().encode(text));
  let isEnded = false;
  let wake = Promise.withResolvers<void>();
  const end = () => {
    isEnded = true;
    wake.resolve();
  };
  host.onSignal("SIGINT", end);
  host.onSignal("SIGTERM", end);
  terminal.onResize(() => wake.resolve());
  await write("\x1b[?1049h\x1b[?25l");
  try {
    while (!isEnded) {
      wake = Promise.withResolvers();
      const found = await findRows(names, host);
      if (found.kind !== "rows") return failed(found);
      await write(screen(draw(found.rows, context, terminal.columns()), terminal.rows()));
      await within(REDRAW_MS, wake.promise);
    }
    return {};
  } finally {
    await write("\x1b[?25h\x1b[?1049l");
  }
}

/** Overwrites the screen line by line: clearing it first would flicker. */
function screen(lines: readonly string[], rows: number): string {
  const hidden = lines.length - rows;
  const shown = hidden > 0 ? [...lines.slice(0, rows - 1), `… and ${hidden + 1} more`] : lines;
  return `\x1b[H${shown.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`;
}
