/** What there is to say of InfluxDB itself: when trouble begins, when it is over, what was lost. Never sent there. */
import type { Logger } from "../log_record.ts";

/** A server that comes and goes is not news each time. */
const QUIET_MS = 60_000;

type Kind = "away" | "refused" | "dropped" | "spool";

export class Trouble {
  #state: "fine" | "away" | "refused" = "fine";
  #sinceMs = 0;
  /** Whether the log says that there is trouble. */
  #isKnown = false;
  #dropped = 0;
  #droppedSaid = 0;
  /** When there was last something to say of each kind. */
  readonly #saidAtMs: Partial<Record<Kind, number>> = {};

  /** `nowMs`: of a clock that is never set. */
  constructor(readonly options: { location: string; logger: Logger; nowMs: () => number }) {}

  /** It does not answer, or not now. */
  away(reason: string): void {
    if (!this.#enter("away")) return;
    const message = `InfluxDB at ${this.options.location} takes no records, they wait: ${reason}`;
    this.#say("warn", message);
  }

  /** It answers that it never will, unless somebody does something. */
  refused(reason: string): void {
    if (!this.#enter("refused")) return;
    const message = `InfluxDB at ${this.options.location} refuses records, they wait: ${reason}; ` +
      "check location, token, org and bucket of the machine-wide config";
    this.#say("error", message);
  }

  /** It has taken a batch. */
  over(): void {
    if (this.#state === "fine") return;
    this.#state = "fine";
    if (!this.#isKnown) return;
    this.#isKnown = false;
    const seconds = Math.round((this.options.nowMs() - this.#sinceMs) / 100) / 10;
    this.#say("notice", `InfluxDB takes records again, after ${seconds} s`, { seconds });
  }

  /** Records will never reach the database. */
  dropped(records: number, reason: string): void {
    this.#dropped += records;
    if (!this.#isNews("dropped")) return;
    this.#say("warn", `Records are lost to InfluxDB, though not to the log: ${reason}`);
  }

  /** The last word: what has not been said yet of what is lost. */
  end(): void {
    if (this.#dropped > this.#droppedSaid) this.#say("warn", "Records are lost to InfluxDB, not to the log");
  }

  spoolFailure(error: unknown): void {
    if (!this.#isNews("spool")) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#say("warn", `Records for InfluxDB can not wait on disk: ${reason}`);
  }

  /** Nothing more is sent. */
  broken(error: unknown): void {
    this.options.logger.log({
      severity: "error",
      source: "influxdb",
      message: `Cannot go on sending records to InfluxDB: ${error instanceof Error ? error.message : error}`,
      exception: error,
    });
  }

  #enter(state: "away" | "refused"): boolean {
    if (this.#state === state) return false;
    if (this.#state === "fine") this.#sinceMs = this.options.nowMs();
    this.#state = state;
    if (!this.#isNews(state)) return false;
    this.#isKnown = true;
    return true;
  }

  #isNews(kind: Kind): boolean {
    const nowMs = this.options.nowMs();
    const saidAtMs = this.#saidAtMs[kind];
    if (saidAtMs !== undefined && nowMs - saidAtMs < QUIET_MS) return false;
    this.#saidAtMs[kind] = nowMs;
    return true;
  }

  #say(severity: "notice" | "warn" | "error", message: string, data: Record<string, unknown> = {}): void {
    this.#droppedSaid = this.#dropped;
    const lost = this.#dropped === 0 ? {} : { dropped: this.#dropped };
    this.options.logger.log({ severity, source: "influxdb", message, data: { ...data, ...lost } });
  }
}
