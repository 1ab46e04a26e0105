/**
 * Watching a container that is ready: its checks, STATUS=, systemd's watchdog.
 * In: a service that has proved itself. Out: what happens to it next, or what a failing check wants done about it.
 */
import { EngineError, EngineUnreachableError } from "../errors.ts";
import { clockTime } from "../host/local_time.ts";
import { pause } from "../host/pause.ts";
import type { Context } from "./context.ts";
import type { Check } from "../checks/check.ts";
import { lackOf } from "../checks/lack.ts";
import type { CheckAction, Monitor } from "./verdicts/monitor.ts";
import { type CheckRun, runSchedule } from "./verdicts/schedule.ts";
import { checksOf, type Happening, happeningTo } from "./prove.ts";
import type { EngineAccess, Service } from "./service.ts";

/** STATUS= is made anew this often, since it says for how many minutes a check has been failing. */
const STATUS_INTERVAL_MS = 60_000;
/** How often the engine is asked whether all is as its connections have it: one that is stuck does not break them off. */
const LOOK_INTERVAL_MS = 30_000;
const LOOK_AGAIN_MS = 5_000;
const LOOK_TIMEOUT_MS = 15_000;
/** Changes that come within this time are shown together. */
const STATUS_PAUSE_MS = 500;

export interface WatchOptions extends Context {
  readonly monitor: Monitor;
  /** What the last reload came to, for STATUS=. */
  readonly remark: string | undefined;
  /** There once an update has been asked for. */
  readonly updater: {
    readonly remark: string | undefined;
    readonly isOnProbation: boolean;
    readonly next: (signal: AbortSignal) => Promise<WatchEvent>;
  } | undefined;
  /** How often systemd has restarted the unit. */
  readonly restarts: number;
}

/** What there is to be done about a container that was ready; the last two come of an update, see `update/updater.ts`. */
export type WatchEvent = Happening | CheckAction | { readonly kind: Occasion };
type Occasion = "reload" | "update" | "looked" | "settled";

/** Tells systemd READY=1, then watches the container until something happens. */
export async function watch(
  service: Service,
  access: EngineAccess,
  options: WatchOptions,
): Promise<WatchEvent> {
  const { metrics, notifier, stop, reloads, updates, updater } = options;
  metrics.containerUp(options);
  const watching = new Watch(service, access, { ...options, checks: checksOf(service, access, options) });
  // A unit that is stopping already does not become ready any more.
  if (!stop.aborted) notifier.send({ ready: true, status: watching.status });
  const over = new AbortController();
  try {
    const reloading = reloads.next().then(() => ({ kind: "reload" as const }));
    const updating = updates.next().then(() => ({ kind: "update" as const }));
    const happening = happeningTo(service.container, stop);
    const losing = noticeLoss(service, access, over.signal);
    const others = updater === undefined ? [] : [updater.next(over.signal)];
    return await Promise.race([happening, reloading, updating, ...others, losing, watching.action]);
  } finally {
    over.abort();
    await watching.end();
  }
}

class Watch {
  readonly #ended = new AbortController();
  readonly #checking: Promise<void>;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #startedAt: Date;
  #pausedAt = new Date();
  readonly #action = Promise.withResolvers<CheckAction>();
  #shown = "";
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly service: Service,
    readonly access: EngineAccess,
    readonly options: WatchOptions & { readonly checks: readonly Check[] },
  ) {
    const { stop, checks, monitor, watchdog, statusFile } = options;
    const { container: { id, startedAtMs, pump: { lastLines }, events }, plan: { image }, loaded } = service;
    const nowMs = () => performance.now();
    const startedAt = new Date(Date.now() - (nowMs() - startedAtMs));
    this.#startedAt = startedAt;
    const countLines = () => lastLines.count("stdout") + lastLines.count("stderr");
    statusFile?.follow({ id, image, startedAt, countLines, isPaused: () => events.isPaused, loaded });
    events.onPause = () => this.#tellPause();
    monitor.take(checks);
    monitor.isOnProbation = options.updater?.isOnProbation ?? false;
    monitor.onChange = () => this.showStatus();
    this.#checking = runSchedule(checks, {
      service: service.plan.name,
      signal: AbortSignal.any([stop, this.#ended.signal]),
      nowMs,
      startedAtMs,
      wasPausedSince: (atMs) => events.wasPausedSince(atMs),
      onResult: (check, run) => this.#accept(check, run),
      onLack: (reason) => monitor.noteLack(reason),
    });
    if (access.relay !== undefined) access.relay.onChange = () => this.showStatus();
    this.#timer = setInterval(() => this.showStatus(), STATUS_INTERVAL_MS);
    if (watchdog.intervalMs === undefined) this.#warnWithoutWatchdog();
    watchdog.isStarved = () => monitor.failing.some(({ onFailure }) => onFailure === "watchdog");
  }

  /** What the first failing check with `on_failure: restart` or `fail` wants; no check is run after that. */
  get action(): Promise<CheckAction> {
    return this.#action.promise;
  }

  /** e.g. `Running since 14:02, 3 checks pass` */
  get status(): string {
    if (this.service.container.events.isPaused) {
      return `Paused since ${clockTime(this.#pausedAt)}, its checks wait`;
    }
    const said = this.access.relay?.status;
    const { monitor: { restarts }, monitor, remark, updater } = this.options;
    const parts = [
      `Running since ${clockTime(this.#startedAt)}`,
      monitor.summary(),
      ...restarts === 0 ? [] : [restarts === 1 ? "restarted once" : `restarted ${restarts} times`],
      ...said === undefined ? [] : [`"${said}"`],
    ];
    return [parts.join(", "), remark, updater?.remark].filter((part) => part !== undefined).join("; ");
  }

  /** At once, unless it has just been shown: then a moment later. */
  showStatus(): void {
    if (this.#pause !== undefined || this.#ended.signal.aborted) return;
    const { status } = this;
    if (status === this.#shown) return;
    this.options.notifier.send({ status });
    this.#shown = status;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.showStatus();
    }, STATUS_PAUSE_MS);
  }

  async end(): Promise<void> {
    this.#ended.abort();
    if (this.access.relay !== undefined) this.access.relay.onChange = () => {};
    this.service.container.events.onPause = () => {};
    this.options.watchdog.isStarved = () => false;
    clearInterval(this.#timer);
    clearTimeout(this.#pause);
    this.options.monitor.onChange = () => {};
    await this.#checking;
  }

  #tellPause(): void {
    const { isPaused } = this.service.container.events;
    this.#pausedAt = new Date();
    const message = isPaused
      ? "The container is paused; its checks wait"
      : "The container goes on after a pause";
    this.options.logger.log({ severity: "notice", source: "service", message });
    this.showStatus();
  }

  #warnWithoutWatchdog(): void {
    const { checks, logger } = this.options;
    const check = checks.find(({ onFailure }) => onFailure === "watchdog");
    if (check === undefined) return;
    const message = `Check "${check.name}" has "on_failure: watchdog", but systemd watches nobody here: ` +
      "the unit needs WatchdogSec=";
    logger.log({ severity: "warn", source: "monitoring", message });
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

/**
 * Resolves when the engine, asked twice, does not answer, or has had the container ended for a while without having told:
 * then the connection to it is as good as lost.
 */
async function noticeLoss(
  { container }: Service,
  { engine }: EngineAccess,
  signal: AbortSignal,
): Promise<Happening> {
  for (let bad = 0; bad < 2;) {
    let late: AbortSignal | undefined;
    try {
      // After a bad answer at once, or nearly.
      await pause(bad === 0 ? LOOK_INTERVAL_MS : LOOK_AGAIN_MS, signal);
      late = AbortSignal.timeout(LOOK_TIMEOUT_MS);
      const inspecting = engine.inspectContainer(container.id, AbortSignal.any([signal, late]));
      const isRunning = (await inspecting)?.State.Running ?? false;
      bad = isRunning ? 0 : bad + 1;
    } catch (error) {
      if (signal.aborted) break;
      if (late?.aborted || (error instanceof EngineUnreachableError && lackOf(error) === undefined)) bad++;
      else if (!(error instanceof EngineError || lackOf(error) !== undefined)) throw error;
    }
  }
  return { kind: "lost" };
}
