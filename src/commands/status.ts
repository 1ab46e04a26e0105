/** `service_runner status`: the services of this machine, one a line. Source: systemd, and the services' status files. */
import type { Printed } from "../cli.ts";
import { EX_UNAVAILABLE, EX_USAGE } from "../exit.ts";
import { within } from "../host/pause.ts";
import { printableJson } from "../printable.ts";
import { type CommandContext, paintFor } from "./command_context.ts";
import { findRows } from "./status/find_rows.ts";
import type { ServiceRow } from "./status/service_row.ts";
import { renderTable } from "./status/table.ts";
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
