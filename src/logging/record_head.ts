/** What stands before the message in the record of a container's line, as bytes; only its time stamp changes. */
import type { Instant, Severity } from "./log_record.ts";
import type { OutputStream } from "../host/host.ts";
import { formatInstant } from "./rising_clock.ts";

const FRACTION_DIGITS = 9;
const ZERO = 0x30;

/** `<6>{"timestamp":"2026-11-22T15:34:18.000000001Z","severity":"info","source":"docker_logs.stdout","message":"` */
export class RecordHead {
  readonly #bytes: Uint8Array;
  /** Where the seconds begin, and where their fraction does. */
  readonly #stampStart: number;
  readonly #fractionStart: number;
  /** That the bytes show: most records follow within the same second. */
  #seconds = 0;

  constructor(priority: string, stream: OutputStream, severity: Severity) {
    const stamp = formatInstant({ seconds: 0, nanos: 0 });
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

  /** Yields where it ends in `target`. */
  copyTo(target: Uint8Array, offset: number, { seconds, nanos }: Instant): number {
    if (seconds !== this.#seconds) {
      this.#seconds = seconds;
      const stamp = formatInstant({ seconds, nanos: 0 });
      new TextEncoder().encodeInto(stamp, this.#bytes.subarray(this.#stampStart));
    }
    target.set(this.#bytes, offset);
    let rest = nanos;
    const fraction = offset + this.#fractionStart;
    for (let at = fraction + FRACTION_DIGITS - 1; at >= fraction; at--) {
      const left = (rest / 10) | 0;
      target[at] = ZERO + rest - left * 10;
      rest = left;
    }
    return offset + this.#bytes.length;
  }
}
