/** Where records go beside standard output. A sink never waits and never fails. */
import type { Instant, LogEntry, Severity } from "./log_record.ts";
import type { OutputStream } from "../host/host.ts";

/**
 * A record of a container's line; its message is `bytes[from, to)`, UTF-8, good during the call only.
 * `data`: the record's data as JSON, undefined where there is none. Positional, since it is called for every line.
 */
export type LineListener = (
  stream: OutputStream,
  severity: Severity,
  bytes: Uint8Array,
  from: number,
  to: number,
  instant: Instant,
  data?: string,
) => void;

export interface RecordSink {
  readonly line: LineListener;
  /** A record of the program itself. */
  readonly entry: (entry: LogEntry, instant: Instant) => void;
}
