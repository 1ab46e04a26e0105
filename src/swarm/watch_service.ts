/**
 * Watching a Swarm service that is ready: its tasks, its checks, STATUS=, systemd's watchdog.
 * In: a service that has converged. Out: what happens to it next, or what is to be done about it.
 */
import type { Check } from "../checks/check.ts";
import { clockTime } from "../host/local_time.ts";
import { aborted, pause } from "../host/pause.ts";
import type { CheckAction, Monitor } from "../supervisor/verdicts/monitor.ts";
import { type CheckRun, runSchedule } from "../supervisor/verdicts/schedule.ts";
import { firstChange } from "./changed_outside.ts";
import type { Departure } from "./converge.ts";
import { NO_NODE, nodesAway, tasksOnNodes, whereAndWhat } from "./sentences.ts";
import { takenBy } from "./ownership.ts";
import { reclaim } from "./reclaim.ts";
import type { ServiceState } from "./service_state.ts";
import type { Shortage } from "./shortage.ts";
import { Silence } from "./silence.ts";
import { buildSwarmChecks } from "./swarm_checks.ts";
import type { SwarmContext } from "./swarm_context.ts";
import { runs, type Tally, tally } from "./tally.ts";
import type { WatchedService } from "./watched_service.ts";

const POLL_INTERVAL_MS = 5_000;
/** While tasks are missing. */
const CLOSE_INTERVAL_MS = 1_000;
const SILENT_INTERVAL_MS = 1_000;

export type ServiceEvent =
  | Departure
  | CheckAction
  | { readonly kind: "stopped" | "reload" | "update" }
  /** Too few tasks run for too long, and `swarm.on_minimum` is `fail`. */
  | { readonly kind: "too_few_tasks"; readonly reason: string };

export interface WatchServiceOptions extends SwarmContext {
  readonly monitor: Monitor;
  readonly shortage: Shortage;
  /** What the last reload came to, for STATUS=. */
  readonly remark: string | undefined;
  /** Called with each look while no update is under way: what has to be done from time to time. */
  readonly onLook: (state: ServiceState) => Promise<void>;
}

/** Tells systemd READY=1. @throws SwarmUnreachableError, EngineUnreachableError after three minutes of silence */
export async function watchService(
  service: WatchedService,
  options: WatchServiceOptions,
): Promise<ServiceEvent> {
  const { notifier, stop, reloads, updates } = options;
  const watching = new Watching(service, options);
  if (!stop.aborted) notifier.send({ ready: true, status: watching.takeStatus() });
  const over = new AbortController();
  try {
    return await Promise.race([
      aborted(stop).then(() => ({ kind: "stopped" as const })),
      reloads.next().then(() => ({ kind: "reload" as const })),
      updates.next().then(() => ({ kind: "update" as const })),
      watching.action,
      watching.lookOn(over.signal),
    ]);
  } finally {
    over.abort();
    await watching.end();
  }
}

class Watching {
  readonly #ended = new AbortController();
  readonly #checking: Promise<void>;
  readonly #action = Promise.withResolvers<CheckAction>();
  readonly #silence: Silence;
  #state: ServiceState;
  #tally: Tally;
  #change: string | undefined;
  #shown = "";

  constructor(
    readonly service: WatchedService,
    readonly options: WatchServiceOptions,
  ) {
    const { stop, monitor, watchdog, host } = options;
    const { last } = service.watch;
    if (last === undefined) throw new Error("a service that has converged has been seen");
    this.#state = last;
    this.#tally = tally(last);
    this.#silence = new Silence(options);
    const checks = buildSwarmChecks(service.loaded, host);
    monitor.take(checks);
    monitor.onChange = () => this.#showStatus();
    this.#checking = runSchedule(checks, {
      service: service.plan.name,
      signal: AbortSignal.any([stop, this.#ended.signal]),
      nowMs: () => performance.now(),
      startedAtMs: performance.now(),
      wasPausedSince: () => false,
      onResult: (check, run) => this.#accept(check, run),
      onLack: (reason) => monitor.noteLack(reason),
    });
    watchdog.isStarved = () => this.#isStarved();
    options.statusFile?.follow({
      id: service.id,
      loaded: service.loaded,
      countLines: () => options.logger.written.lines,
      countTasks: () => {
        const { running, wanted, nodes } = this.#tally;
        return { running, wanted, nodes };
      },
    });
    this.#judge();
  }

  /** What the first failing check with `on_failure: restart` or `fail` wants; no check is run after that. */
  get action(): Promise<CheckAction> {
    return this.#action.promise;
  }

  /** What is going to be shown by whoever asks. */
  takeStatus(): string {
    return this.#shown = this.#status;
  }

  /** e.g. `Running since 14:02, 3 of 3 tasks on 3 nodes, 2 checks pass` */
  get #status(): string {
    const { monitor, remark } = this.options;
    const { running, wanted } = this.#tally;
    const parts = running < wanted ? [`${this.options.shortage.describe(this.#tally)}; ${this.#reason}`] : [
      `Running since ${clockTime(this.service.since)}, ${tasksOnNodes(this.#tally)}, ${monitor.summary()}`,
    ];
    if (running < wanted && monitor.failing.length > 0) parts.push(monitor.summary());
    if (this.#change !== undefined) parts.push(`Changed from outside: ${this.#change}`);
    return [...parts, remark].filter((part) => part !== undefined).join("; ");
  }

  /** Looks on until there is something that ends it. */
  async lookOn(signal: AbortSignal): Promise<ServiceEvent> {
    const { watch, nodeId, swarm } = this.service;
    for (;;) {
      const look = await watch.look(signal);
      if (look.kind === "silent") {
        this.#silence.note(look, this.#tally);
        this.#shown = "";
        await pause(SILENT_INTERVAL_MS, signal);
        continue;
      }
      this.#silence.end();
      if (look.kind !== "seen") return look;
      const { state } = look;
      const by = takenBy(state, nodeId);
      if (by !== undefined) return { kind: "taken", by };
      await reclaim(this.service, state.service, this.options);
      this.#state = state;
      this.#tally = tally(state);
      this.#judge();
      this.#showStatus();
      if (this.options.shortage.isLong && swarm.onMinimum === "fail") {
        return {
          kind: "too_few_tasks",
          reason: `${this.options.shortage.describe(this.#tally)}; ${this.#reason}`,
        };
      }
      await this.options.onLook(state);
      await watch.wait(
        this.#tally.running < this.#tally.wanted ? CLOSE_INTERVAL_MS : POLL_INTERVAL_MS,
        signal,
      );
    }
  }

  async end(): Promise<void> {
    this.#ended.abort();
    this.options.watchdog.isStarved = () => false;
    this.options.monitor.onChange = () => {};
    await this.#checking;
  }

  /** What the present look means: whether tasks are missing, whether somebody has changed the service. */
  #judge(): void {
    const { swarm, known, ends } = this.service;
    const { shortage, logger } = this.options;
    shortage.note(this.#tally, swarm, this.#reason);
    if (this.#tally.running >= this.#tally.wanted) ends.forgetFailures();
    const change = firstChange(known, this.#state.service.Spec);
    if (change !== undefined && this.#change === undefined) {
      const message = `The service was changed from outside: ${change}; a reload changes it back`;
      logger.log({ severity: "warn", source: "service", message });
    }
    this.#change = change;
  }

  /** Why tasks are missing. */
  get #reason(): string {
    const waiting = this.#tally.places.find((task) => !runs(this.#state, task));
    return this.service.ends.worst ?? nodesAway(this.#state) ??
      (waiting === undefined ? NO_NODE : whereAndWhat(this.#state, waiting));
  }

  #isStarved(): boolean {
    const { monitor, shortage } = this.options;
    return monitor.failing.some(({ onFailure }) => onFailure === "watchdog") ||
      shortage.isLong && this.service.swarm.onMinimum === "watchdog";
  }

  #showStatus(): void {
    if (this.#ended.signal.aborted) return;
    if (this.#status !== this.#shown) this.options.notifier.send({ status: this.takeStatus() });
  }

  #accept(check: Check, run: CheckRun): void {
    if (this.#ended.signal.aborted) return;
    const { monitor, statusFile } = this.options;
    const action = monitor.accept(check, run);
    statusFile?.check(check, run, { ok: !monitor.isFailing(check), restarts: monitor.restarts });
    if (action === undefined) return;
    this.#ended.abort();
    this.#action.resolve(action);
  }
}
