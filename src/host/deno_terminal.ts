/** The real terminal. Loaded only by the commands that need it. */
import type { Terminal } from "./terminal.ts";

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

export function denoTerminal(): Terminal {
  return {
    isTerminal: (stream) => Deno[stream].isTerminal(),
    columns: () => terminalSize()?.columns ?? DEFAULT_COLUMNS,
    rows: () => terminalSize()?.rows ?? DEFAULT_ROWS,
    onResize: (handler) => Deno.addSignalListener("SIGWINCH", handler),
  };
}

function terminalSize(): { columns: number; rows: number } | undefined {
  if (!Deno.stdout.isTerminal()) return undefined;
  const { columns, rows } = Deno.consoleSize();
  // A terminal that does not tell has none.
  return columns > 0 && rows > 0 ? { columns, rows } : undefined;
}
