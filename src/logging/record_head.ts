/** The part of a line's record before its message, as bytes that are made once: only the time stamp changes. */
import type { Instant, Severity } from "./log_record.ts";
import type { OutputStream } from "../host/host.ts";
import { EPOCH, formatInstant, writeNanos } from "./rising_clock.ts";

/** e.g. `<6>{"timestamp":"2026-11-22T15:34:18.000000001Z","severity":"info","source":"docker_logs.stdout","message":"` */
export class RecordHead {
  readonly #bytes: Uint8Array;
  /** Where in the bytes the time stamp begins, and where the digits of its fraction do. */
  readonly #stampStart: number;
  readonly #fractionStart: number;
  /** The second that the bytes show: most records follow within the same one. */
  #seconds = 0;

  constructor(priority: string, stream: OutputStream, severity: Severity) {
    const stamp = formatInstant(EPOCH);
    const beginning = `${priority}{"timestamp":"`;
    this.#stampStart = beginning.length;
    this.#fractionStart = beginning.length + stamp.indexOf(".") + 1;
    this.#bytes = new TextEncoder().encode(
      `${beginning}${stamp}","severity":"${severity}","source":"docker_logs.${stream}","message":"`,
    );
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Writes the head with this time stamp; yields where it ends. */
  copyTo(target: Uint8Array, offset: number, { seconds, nanos }: Instant): number {
    if (seconds !== this.#seconds) {
      this.#seconds = seconds;
      const stamp = formatInstant({ seconds, nanos: 0 });
      new TextEncoder().encodeInto(stamp, this.#bytes.subarray(this.#stampStart));
    }
    target.set(this.#bytes, offset);
    writeNanos(nanos, target, offset + this.#fractionStart);
    return offset + this.#bytes.length;
  }
}
