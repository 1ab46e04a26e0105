/**
 * The eye on a container that is ready: its checks, STATUS=, the watchdog.
 * In: a service. Out: records of changes, a status line, pings. It decides nothing about the container.
 */
import type { Context } from "./context.ts";
import type { Check } from "./monitor/check.ts";
import { Monitor } from "./monitor/monitor.ts";
import { runSchedule } from "./monitor/schedule.ts";
import type { EngineAccess, Service } from "./service.ts";

/** "failing for 2 min" grows. */
const STATUS_INTERVAL_MS = 60_000;

export class Watch {
  readonly #monitor: Monitor;
  readonly #ended = new AbortController();
  readonly #checking: Promise<void>;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #since: string;
  #shown = "";

  constructor(
    readonly service: Service,
    readonly access: EngineAccess,
    readonly context: Context & { readonly checks: readonly Check[]; readonly remark: string | undefined },
  ) {
    const { logger, stop, checks, watchdogIntervalMs, statusFile } = context;
    const nowMs = () => performance.now();
    const startedAt = new Date(Date.now() - (nowMs() - service.container.startedAtMs));
    this.#since = clockTime(startedAt);
    const { container: { id, pump: { lastLines } }, plan: { image } } = service;
    const countLines = () => lastLines.count("stdout") + lastLines.count("stderr");
    statusFile?.follow({ id, image, startedAt, countLines });
    this.#monitor = new Monitor(checks, { logger, nowMs, onChange: () => this.showStatus() });
    this.#checking = runSchedule(checks, {
      signal: AbortSignal.any([stop, this.#ended.signal]),
      nowMs,
      onResult: (check, result, durationMs) => {
        this.#monitor.accept(check, result);
        statusFile?.check({ check: check.name, kind: check.kind, ok: result.ok, durationMs });
      },
    });
    if (access.relay !== undefined) access.relay.onChange = () => this.showStatus();
    this.#timers.push(setInterval(() => this.showStatus(), STATUS_INTERVAL_MS));
    if (watchdogIntervalMs !== undefined) {
      this.#timers.push(setInterval(() => void this.#feedWatchdog(watchdogIntervalMs), watchdogIntervalMs));
    }
  }

  get failingChecks(): string[] {
    return this.#monitor.failing.map(({ name }) => name);
  }

  /** e.g. `Running since 14:02, 3 checks pass` */
  get status(): string {
    const said = this.access.relay?.status;
    const parts = [
      `Running since ${this.#since}`,
      this.#monitor.summary(),
      ...said === undefined ? [] : [`"${said}"`],
    ];
    const { remark } = this.context;
    return parts.join(", ") + (remark === undefined ? "" : `; ${remark}`);
  }

  showStatus(): void {
    const { status } = this;
    if (status !== this.#shown) this.context.notifier.send({ status });
    this.#shown = status;
  }

  async end(): Promise<void> {
    this.#ended.abort();
    if (this.access.relay !== undefined) this.access.relay.onChange = () => {};
    for (const timer of this.#timers) clearInterval(timer);
    await this.#checking;
  }

  /** A ping tells more than that the event loop turns: the engine has just answered, and the container runs. */
  async #feedWatchdog(intervalMs: number): Promise<void> {
    if (this.#monitor.failing.some(({ onFailure }) => onFailure === "watchdog")) return;
    const { engine } = this.access;
    const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(intervalMs)]);
    const container = await engine.inspectContainer(this.service.container.id, signal).catch(() => undefined);
    if (container?.State.Running) this.context.notifier.send({ watchdog: true });
  }
}

/** e.g. `14:02`, in the host's time zone. */
function clockTime(date: Date): string {
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}
