/**
 * What the log says of InfluxDB itself: that it takes no records, that it takes them again, that records are lost.
 * These messages are never sent to InfluxDB.
 */
import { innermostMessage } from "../innermost_message.ts";
import type { LogEntry, Logger } from "../log_record.ts";

/** Each kind of message comes at most once in this time: a server that comes and goes is not news each time. */
const QUIET_MS = 60_000;

type Kind = "away" | "refused" | "dropped" | "spool";

export class Trouble {
  /** Undefined: it takes records. */
  #state: "away" | "refused" | undefined;
  #sinceMs = 0;
  /** Set from the logged failure until the logged recovery. */
  #isLogged = false;
  /** How many records are lost, and how many of them the log has told of. */
  #dropped = 0;
  #droppedLogged = 0;
  readonly #lastLoggedAtMs: Partial<Record<Kind, number>> = {};

  /** `nowMs`: of a clock that is never set. */
  constructor(
    readonly options: {
      location: string;
      spoolFolder: string | undefined;
      logger: Logger;
      nowMs: () => number;
    },
  ) {}

  /** It takes no records: for now, or until somebody changes the config. */
  begin({ kind, reason }: { readonly kind: "away" | "refused"; readonly reason: string }): void {
    const { location, nowMs } = this.options;
    if (this.#state === kind) return;
    if (this.#state === undefined) this.#sinceMs = nowMs();
    this.#state = kind;
    if (!this.#isNews(kind)) return;
    this.#isLogged = true;
    const isAway = kind === "away";
    const message =
      `InfluxDB at ${location} ${isAway ? "takes no" : "refuses"} records, they wait: ${reason}` +
      (isAway ? "" : "; check location, token, org and bucket of the machine-wide config");
    this.#log({ severity: isAway ? "warn" : "error", message });
  }

  /** It has stored a batch. */
  over(): void {
    this.#state = undefined;
    if (!this.#isLogged) return;
    this.#isLogged = false;
    const seconds = Math.round((this.options.nowMs() - this.#sinceMs) / 100) / 10;
    const message = `InfluxDB takes records again, after ${seconds} s`;
    this.#log({ severity: "notice", message, data: { seconds } });
  }

  /** So many records will never reach the database. */
  dropped(records: number, reason: string): void {
    this.#dropped += records;
    if (!this.#isNews("dropped")) return;
    const message = `Records are lost to InfluxDB, though not to the log: ${reason}`;
    this.#log({ severity: "warn", message });
  }

  /** To be called last: tells of the lost records that the log does not know of yet. */
  end(): void {
    if (this.#dropped === this.#droppedLogged) return;
    this.#log({ severity: "warn", message: "Records are lost to InfluxDB, not to the log" });
  }

  /** The spool could not be read or written. Yields what there is instead of an answer of it. */
  spoolFailure(error: unknown): undefined {
    if (!this.#isNews("spool")) return;
    const { spoolFolder } = this.options;
    const message = `Records for InfluxDB can not wait in "${spoolFolder}": ${innermostMessage(error)}`;
    this.#log({ severity: "warn", message });
  }

  /** Nothing is sent any more, because of a bug. */
  broken(error: unknown): void {
    const message = `Cannot go on sending records to InfluxDB: ${innermostMessage(error)}`;
    this.#log({ severity: "error", message, exception: error });
  }

  #isNews(kind: Kind): boolean {
    const nowMs = this.options.nowMs();
    const lastMs = this.#lastLoggedAtMs[kind];
    if (lastMs !== undefined && nowMs - lastMs < QUIET_MS) return false;
    this.#lastLoggedAtMs[kind] = nowMs;
    return true;
  }

  #log(entry: Omit<LogEntry, "source">): void {
    this.#droppedLogged = this.#dropped;
    const lost = this.#dropped === 0 ? {} : { dropped: this.#dropped };
    this.options.logger.log({ ...entry, source: "influxdb", data: { ...entry.data, ...lost } });
  }
}
