/** How long nothing has been seen of a service, because the swarm has no leader, or the engine does not answer. */
import { EngineUnreachableError, SwarmUnreachableError } from "../errors.ts";
import { clockTime } from "../host/local_time.ts";
import { SWARM_RETURN_MS } from "./reach_swarm.ts";
import { tasksRun } from "./sentences.ts";
import type { Look } from "./service_watch.ts";
import type { SwarmContext } from "./swarm_context.ts";
import type { Tally } from "./tally.ts";

export class Silence {
  #since: Date | undefined;
  #sinceMs = 0;
  #shown = "";

  constructor(readonly context: SwarmContext) {}

  /**
   * Tells of a look without an answer, in the log and STATUS=. `last`: what was seen before.
   * @throws SwarmUnreachableError, EngineUnreachableError after three minutes
   */
  note({ whose, error }: Look & { kind: "silent" }, last: Tally | undefined): void {
    const { logger, notifier } = this.context;
    if (this.#since === undefined) {
      this.#since = new Date();
      this.#sinceMs = performance.now();
      const message = whose === "engine" ? "The engine does not answer" : "The swarm does not answer";
      logger.log({ severity: "warn", source: "docker", message: `${message}: ${error.message}` });
    }
    if (performance.now() - this.#sinceMs >= SWARM_RETURN_MS) {
      throw error instanceof EngineUnreachableError ? error : new SwarmUnreachableError(error.message);
    }
    const what = whose === "engine"
      ? "The engine does not answer"
      : /no leader/.test(error.message)
      ? "The swarm has no leader"
      : "The swarm does not answer";
    const before = last === undefined
      ? ""
      : `; then ${tasksRun(last, last.running).replace(/ runs?$/, " ran")}`;
    const status = `${what} since ${clockTime(this.#since)}${before}`;
    if (status !== this.#shown) notifier.send({ status });
    this.#shown = status;
  }

  /** Something has been seen again. */
  end(): void {
    if (this.#since === undefined) return;
    const seconds = Math.round((performance.now() - this.#sinceMs) / 1000);
    this.#since = undefined;
    this.#shown = "";
    const message = `The swarm answers again, after ${seconds} s`;
    this.context.logger.log({ severity: "notice", source: "docker", message });
  }
}
