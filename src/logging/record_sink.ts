/** Where records go besides standard output. A sink never waits and never throws. */
import type { Instant, LogEntry, Severity } from "./log_record.ts";
import type { OutputStream } from "../host/host.ts";

/**
 * Takes the record of a container's line. Its message is `bytes[from, to)`, which is UTF-8 and valid during the call
 * only; `data`: what is only in this record's data, as JSON, undefined if there is none. An object of all this for every line would
 * cost time, so these are arguments.
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
  /** For the lines of one container; `data`: what all their records have in their data. */
  readonly lines: (data: Readonly<Record<string, string>>) => LineListener;
  /** A record of the program itself. */
  readonly entry: (entry: LogEntry, instant: Instant) => void;
}
