/** The real tools: terminal, other programs, folders. Loaded only by the commands that need them. */
import type { ProgramResult, Tools } from "./tools.ts";

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const PROGRAM_TIMEOUT_MS = 10_000;

export function denoTools(): Tools {
  return {
    isTerminal: (stream) => Deno[stream].isTerminal(),
    columns: () => terminalSize()?.columns ?? DEFAULT_COLUMNS,
    rows: () => terminalSize()?.rows ?? DEFAULT_ROWS,
    runProgram,
    listFolder,
    exists: (path) => Deno.stat(path).then(() => true, () => false),
    onResize: (handler) => Deno.addSignalListener("SIGWINCH", handler),
  };
}

function terminalSize(): { columns: number; rows: number } | undefined {
  if (!Deno.stdout.isTerminal()) return undefined;
  const { columns, rows } = Deno.consoleSize();
  // A terminal that does not tell has none.
  return columns > 0 && rows > 0 ? { columns, rows } : undefined;
}

async function runProgram(
  [program = "", ...args]: readonly string[],
  { timeoutMs = PROGRAM_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Promise<ProgramResult | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const command = new Deno.Command(program, { args, signal, stdin: "null", env: { LC_ALL: "C.UTF-8" } });
    const { code, stdout, stderr } = await command.output();
    if (signal.aborted) return undefined;
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { exitCode: code, stdout: text(stdout), stderr: text(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return undefined;
    }
    throw error;
  }
}

async function listFolder(path: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
  } catch {
    return [];
  }
}
