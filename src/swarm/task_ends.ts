/**
 * Tasks that end unasked, each told once: the swarm puts others in their place, and says nothing.
 * In: looks. Out: a record for each end; how often which place has failed.
 */
import type { Logger } from "../logging/log_record.ts";
import type { Task } from "../engine/swarm_types.ts";
import { endOf } from "./sentences.ts";
import { hostName, nameOf, type ServiceState } from "./service_state.ts";
import { hasEndedUnasked } from "./tally.ts";

/** e.g. web.2, which failed 4 times, last: exit code 1 on node-b */
interface Failures {
  readonly name: string;
  count: number;
  last: string;
}

export class TaskEnds {
  /** Ids of the tasks whose end is told, or was there before; only of those that the swarm still lists. */
  #told: ReadonlySet<string> | undefined;
  readonly #failures = new Map<string, Failures>();

  constructor(
    readonly logger: Logger,
    readonly log: { readonly lastLines: (taskId: string) => readonly string[] },
  ) {}

  /** `areOld`: what has ended before now is another process's matter. */
  note(state: ServiceState, { areOld = false }: { readonly areOld?: boolean } = {}): void {
    const ended = state.tasks.filter(hasEndedUnasked);
    for (const task of ended) {
      if (this.#told?.has(task.ID) || areOld) continue;
      this.#tell(state, task);
    }
    this.#told = new Set(ended.map(({ ID }) => ID));
  }

  /** All is well again. */
  forgetFailures(): void {
    this.#failures.clear();
  }

  /** Of the place that has failed most often, e.g. `web.2 failed 4 times, last: exit code 1 on node-b`. */
  get worst(): string | undefined {
    const [worst] = [...this.#failures.values()].toSorted((a, b) => b.count - a.count);
    if (worst === undefined) return undefined;
    const { name, count, last } = worst;
    return count === 1 ? `${name} failed: ${last}` : `${name} failed ${count} times, last: ${last}`;
  }

  #tell(state: ServiceState, task: Task): void {
    const name = nameOf(state, task);
    const node = hostName(state.nodes, task.NodeID);
    const story = `${endOf(task)}${
      task.Slot === undefined || task.NodeID === undefined ? "" : ` on ${node}`
    }`;
    const known = this.#failures.get(name) ?? { name, count: 0, last: "" };
    known.count++;
    known.last = story;
    this.#failures.set(name, known);
    const { State, ContainerStatus } = task.Status;
    this.logger.log({
      severity: State === "complete" ? "warn" : "error",
      source: "service",
      message: `The task ${name} has ended by itself: ${story}`,
      data: {
        task: name,
        node,
        state: State,
        "exit_code": ContainerStatus?.ExitCode,
        "last_lines": this.log.lastLines(task.ID),
      },
    });
  }
}
