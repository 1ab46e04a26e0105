/** A program whose output is read until a certain line: how long it takes, and what it costs. */
import type { CommandLine } from "./bundled_program.ts";
import { cpuMs, engineCpuMs } from "./processes.ts";

export interface OutputRun {
  /** From the piece of output that shows `first`, or the program's start, to the one that shows `last`. */
  readonly wallMs: number;
  /** Of the program, from its start until then. */
  readonly programCpuMs: number;
  /** Of the engine meanwhile. */
  readonly engineCpuMs: number;
}

export interface OutputOptions {
  readonly command: CommandLine;
  readonly env: Readonly<Record<string, string>>;
  /** The engine's, whose CPU time counts. */
  readonly socketPath: string;
  /** A text of the first line, if the time before it does not count. */
  readonly first?: string;
  /** A text of the last line. */
  readonly last: string;
  /** Gets each piece of output; valid during the call only. */
  readonly onPiece?: (bytes: Uint8Array) => void;
  /** Called with the last characters of each piece of output. */
  readonly onOutput?: (tail: string, pid: number) => Promise<void>;
}

const BUFFER_BYTES = 256 * 1024;

/** Read into one buffer: what reading costs is taken from what is measured. */
async function* pieces(output: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array> {
  const reader = output.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(BUFFER_BYTES);
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (done) return;
    yield value;
    buffer = value.buffer;
  }
}

/** Ends the program with a signal once it has shown the last line, and waits for it. */
export async function runUntil(options: OutputOptions, end: Deno.Signal): Promise<OutputRun> {
  const [program, ...args] = options.command;
  const engineBeforeMs = await engineCpuMs(options.socketPath);
  const startedAtMs = performance.now();
  const child = new Deno.Command(program, { args, env: options.env, stdin: "null", stdout: "piped" }).spawn();
  let result: OutputRun | undefined;
  let firstAtMs = options.first === undefined ? startedAtMs : undefined;
  let tail = "";
  const decoder = new TextDecoder();
  for await (const piece of pieces(child.stdout)) {
    options.onPiece?.(piece);
    if (firstAtMs === undefined && decoder.decode(piece).includes(options.first ?? "")) {
      firstAtMs = performance.now();
    }
    // The line may come in two pieces.
    tail = (tail + decoder.decode(piece.subarray(-1000))).slice(-1000);
    await options.onOutput?.(tail, child.pid);
    if (result !== undefined || !tail.includes(options.last)) continue;
    result = {
      wallMs: performance.now() - (firstAtMs ?? NaN),
      programCpuMs: await cpuMs(child.pid),
      engineCpuMs: await engineCpuMs(options.socketPath) - engineBeforeMs,
    };
    child.kill(end);
  }
  await child.status;
  if (result === undefined) throw new Error(`The output of "${program}" ended before "${options.last}" came`);
  return result;
}
