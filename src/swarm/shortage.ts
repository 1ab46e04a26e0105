/**
 * Fewer tasks than `swarm.minimum` run.
 * In: how many run. Out: a record when that has lasted for `swarm.patience`, and one when it is over.
 */
import type { SwarmConfig } from "../config/swarm_config.ts";
import { clockTime } from "../host/local_time.ts";
import type { Logger } from "../logging/log_record.ts";
import { tasksRun, tasksRunning } from "./sentences.ts";
import type { Tally } from "./tally.ts";

/** The problem's name for whoever is told of problems. */
const PROBLEM = "tasks";

export class Shortage {
  #since: { readonly at: Date; readonly ms: number } | undefined;
  /** Whether it has lasted for longer than it may. */
  isLong = false;

  constructor(readonly logger: Logger, readonly nowMs: () => number) {}

  /** `reason`: why tasks do not run. */
  note(counted: Tally, { minimum, patienceMs }: SwarmConfig, reason: string): void {
    const least = minimum === "all" ? counted.wanted : minimum;
    if (counted.running >= least) return this.#end(counted);
    this.#since ??= { at: new Date(), ms: this.nowMs() };
    if (this.isLong || this.nowMs() - this.#since.ms < patienceMs) return;
    this.isLong = true;
    this.logger.log({
      severity: "error",
      source: "monitoring",
      message: `Only ${this.describe(counted)}, at least ${least} have to${
        reason === "" ? "" : `: ${reason}`
      }`,
      data: { running: counted.running, wanted: counted.wanted, minimum: least },
      event: { begins: PROBLEM },
    });
  }

  /** e.g. `2 of 3 tasks run since 14:05` */
  describe(counted: Tally): string {
    const since = this.#since === undefined ? "" : ` since ${clockTime(this.#since.at)}`;
    return `${tasksRunning(counted)}${since}`;
  }

  #end(counted: Tally): void {
    if (this.isLong && this.#since !== undefined) {
      const seconds = Math.round((this.nowMs() - this.#since.ms) / 1000);
      const what = `Enough tasks run again: ${tasksRun(counted, counted.running)}`;
      this.logger.log({
        severity: "notice",
        source: "monitoring",
        message: `${what}, after ${seconds} s`,
        event: { ends: PROBLEM, what },
      });
    }
    this.isLong = false;
    this.#since = undefined;
  }
}
