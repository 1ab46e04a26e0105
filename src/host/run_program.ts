/** Runs a program to its end; its output is collected as text, or handed on line by line. */
import type { Host, OutputStream } from "./host.ts";

export interface ProgramRequest {
  readonly argv: readonly [program: string, ...args: string[]];
  /** Added to our own; LC_ALL is set so that the output is in English. */
  readonly environment?: Readonly<Record<string, string>>;
  /** By default `/`: our own may be one that we may not enter. */
  readonly workdir?: string;
  readonly stdin?: string | undefined;
  /** After this time the program is killed; by default 10 s, Infinity for no limit. */
  readonly timeoutMs?: number;
  readonly stop?: AbortSignal;
  /**
   * Gets the lines that a piece of the output has completed, which may be none. With it the output may be of any
   * length, and none is collected. Where it yields a promise, the program has to wait until that has resolved.
   */
  readonly onLines?: (lines: readonly string[], stream: OutputStream) => void | Promise<void>;
}

export interface ProgramEnd {
  /** The exit code, 128 + n after signal n; undefined where the program did not run to its end: `failure` says why. */
  readonly statusCode: number | undefined;
  readonly failure: string;
  /** Whether there is no such program. */
  readonly isMissing: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 10_000;
const OUTPUT_LIMIT_BYTES = 1024 * 1024;

/**
 * At most 1 MiB of output is collected; a program that writes more is killed. A line that is longer comes in parts.
 * Rejects only when `stop` is aborted.
 */
export async function runProgram(
  { argv, environment, workdir = "/", stdin, timeoutMs = TIMEOUT_MS, stop, onLines }: ProgramRequest,
  host: Host,
): Promise<ProgramEnd> {
  const late = timeoutMs === Infinity ? undefined : AbortSignal.timeout(timeoutMs);
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const text = { stdout: "", stderr: "" };
  let sizeBytes = 0;
  try {
    const statusCode = await host.runProcess({
      argv,
      environment: { LC_ALL: "C.UTF-8", ...environment },
      workdir,
      stdin: stdin === undefined ? undefined : new TextEncoder().encode(stdin),
      onOutput(stream, bytes) {
        text[stream] += decoders[stream].decode(bytes, { stream: true });
        if (onLines === undefined) {
          sizeBytes += bytes.length;
          if (sizeBytes > OUTPUT_LIMIT_BYTES) {
            throw new Error(`it wrote more than ${OUTPUT_LIMIT_BYTES} bytes`);
          }
          return;
        }
        const lines = text[stream].split("\n");
        if ((lines.at(-1) ?? "").length > OUTPUT_LIMIT_BYTES) lines.push("");
        text[stream] = lines.pop() ?? "";
        return onLines(lines, stream);
      },
      signal: AbortSignal.any([stop, late].filter((signal) => signal !== undefined)),
    });
    for (const stream of ["stdout", "stderr"] as const) {
      if (onLines === undefined || text[stream] === "") continue;
      await onLines([text[stream]], stream);
      text[stream] = "";
    }
    return { statusCode, failure: "", isMissing: false, ...text };
  } catch (error) {
    stop?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    const failure = late?.aborted ? `no answer within ${timeoutMs / 1000} s` : reason;
    return {
      statusCode: undefined,
      failure,
      isMissing: (error as { code?: unknown }).code === "ENOENT",
      ...text,
    };
  }
}
