/** `service_runner status`: all services of this machine, one a line. Asks systemd, and the processes by their files. */
import type { Printed } from "../cli.ts";
import { EX_OK, EX_UNAVAILABLE } from "../exit.ts";
import type { Host } from "../host/host.ts";
import type { Tools } from "../host/tools.ts";
import { paintFor } from "./colors.ts";
import { type ServiceRow, serviceRow } from "./status/service_row.ts";
import { renderTable } from "./status/table.ts";
import { findUnits } from "./status/units.ts";

const REDRAW_MS = 1000;

export interface StatusOptions {
  /** None: all. */
  readonly names: readonly string[];
  readonly json: boolean;
  readonly watch: boolean;
}

interface World {
  readonly host: Host;
  readonly tools: Tools;
}

export async function status(options: StatusOptions, world: World): Promise<Printed> {
  const { tools } = world;
  if (options.watch && !options.json && tools.isTerminal("stdout")) return await watch(options, world);
  const found = await findRows(options.names, world);
  if (found.kind === "no_systemd") return unavailable(found.reason);
  const stdout = options.json
    ? JSON.stringify({ services: found.rows }, null, 2)
    : draw(found.rows, world, tools.isTerminal("stdout") ? tools.columns() : undefined).join("\n");
  return { stdout: `${stdout}\n`, stderr: "", exitCode: EX_OK };
}

function unavailable(reason: string): Printed {
  const stderr = `service_runner status: Cannot ask systemd for the units: ${reason}\n`;
  return { stdout: "", stderr, exitCode: EX_UNAVAILABLE };
}

async function findRows(names: readonly string[], { host, tools }: World) {
  const found = await findUnits(names, tools);
  if (found.kind === "no_systemd") return found;
  return {
    kind: "rows" as const,
    rows: await Promise.all(found.units.map((unit) => serviceRow(unit, host))),
  };
}

function draw(rows: readonly ServiceRow[], { host, tools }: World, columns: number | undefined): string[] {
  if (rows.length === 0) return ["There is no unit service_runner@NAME.service on this machine"];
  return renderTable(rows, { columns, nowMs: Date.now(), paint: paintFor("stdout", host, tools) });
}

/** Redraws in place until SIGINT or SIGTERM, on the terminal's other screen. */
async function watch({ names }: StatusOptions, world: World): Promise<Printed> {
  const { host, tools } = world;
  const write = (text: string) => host.writeStdout(new TextEncoder().encode(text));
  const ended = new AbortController();
  host.onSignal("SIGINT", () => ended.abort());
  host.onSignal("SIGTERM", () => ended.abort());
  let wake = () => {};
  tools.onResize(() => wake());
  ended.signal.addEventListener("abort", () => wake());
  await write("\x1b[?1049h\x1b[?25l");
  try {
    while (!ended.signal.aborted) {
      const found = await findRows(names, world);
      if (found.kind === "no_systemd") return unavailable(found.reason);
      await write(screen(draw(found.rows, world, tools.columns()), tools.rows()));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, REDRAW_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (ended.signal.aborted) wake();
      });
    }
    return { stdout: "", stderr: "", exitCode: EX_OK };
  } finally {
    await write("\x1b[?25h\x1b[?1049l");
  }
}

/** Line by line over what was there, so that nothing flickers. */
function screen(lines: readonly string[], rows: number): string {
  const hidden = lines.length - rows;
  const shown = hidden > 0 ? [...lines.slice(0, rows - 1), `… and ${hidden + 1} more`] : lines;
  return `\x1b[H${shown.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`;
}
