// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read, see service_status.ts
/**
 * How the service is just now, in a file in the unit's own folder, for `service_runner status`.
 * In: what systemd is told, results of checks, the container. Out: one JSON object, written when something changes: at
 * once if it is the phase, else at most once a second.
 */
import type { RuntimeFolder } from "../host/runtime_folder.ts";
import type { Notifier, NotifyState } from "../systemd/notify.ts";
import { after } from "../timers.ts";
import type { CheckStatus, ServiceStatus, TasksStatus } from "./service_status.ts";
import type { UpdateResult } from "./update_result.ts";

export const STATUS_FILE_NAME = "status.json";
/** Beside it: how the process before has failed, a line of text. */
export const LAST_FAILURE_FILE_NAME = "last_failure";
const WRITE_INTERVAL_MS = 1000;
/** So many runs of a check are kept. */
export const HISTORY_LENGTH = 20;

/** For owner and group: whoever may read the unit's journal may read this. */
const MODE = 0o640;
const STATUS_LIMIT = 400;

/** One run of a check, as it ended by itself. */
interface CheckRun {
  readonly result: { readonly ok: boolean; readonly certificateExpiresAt?: Date };
  readonly durationMs: number;
}

interface StatusFileOptions extends Pick<ServiceStatus, "service" | "pid"> {
  /** Counted on by whoever writes the log. */
  readonly written: { readonly lines: number; readonly bytes: number };
}

type KnownCheck = { -readonly [K in keyof CheckStatus]: CheckStatus[K] } & {
  history: number[];
  runs: number;
  failures: number;
};

interface Watched {
  /** The container's, or the Swarm service's. */
  readonly id: string;
  /** How many lines it has written so far. */
  readonly countLines: () => number;
  /** The config that it follows from. */
  readonly loaded: NonNullable<ServiceStatus["config"]>;
}

interface WatchedContainer extends Watched {
  readonly image: string;
  readonly startedAt: Date;
  readonly isPaused: () => boolean;
}

interface WatchedTasks extends Watched {
  readonly countTasks: () => Omit<TasksStatus, "service">;
}

export class StatusFile {
  /** All that have ever run; of one that has not run since the container is another one, only the counts are kept. */
  readonly #checks = new Map<string, KnownCheck>();
  #phase: ServiceStatus["phase"] = "starting";
  #status = "";
  #watched: WatchedContainer | WatchedTasks | undefined;
  /** Lines and time at an earlier look, for the rate. */
  #before = { lines: 0, atMs: 0 };
  #linesPerMinute = 0;
  #update: UpdateResult | null = null;
  #restarts = 0;
  #failedAlerts: () => number = () => 0;
  #writtenAtMs = -Infinity;
  #timer: Disposable | undefined;

  constructor(readonly folder: RuntimeFolder, readonly options: StatusFileOptions) {}

  /** A notifier that passes on all states, and notes those that the file shows. */
  listeningTo(notifier: Notifier): Notifier {
    return {
      send: (state) => {
        notifier.send(state);
        this.#note(state);
      },
    };
  }

  /** From now on the file is about this container, or Swarm service; results of checks so far are kept if they are its own. */
  follow(watched: WatchedContainer | WatchedTasks): void {
    const before = this.#watched;
    this.#watched = watched;
    if (before?.id !== watched.id || before.loaded !== watched.loaded) {
      this.#before = { lines: watched.countLines(), atMs: performance.now() };
      this.#forgetRuns();
    }
    this.#change();
  }

  /** The container has ended, and nothing has come in its place yet. */
  unfollow(): void {
    this.#watched = undefined;
    this.#forgetRuns();
    this.#change();
  }

  /** A check has run. `ok`: how it is judged now; `restarts`: how often checks have had the container restarted. */
  check(
    { name, kind }: Pick<CheckStatus, "name" | "kind">,
    { result: { ok: passed, certificateExpiresAt }, durationMs }: CheckRun,
    { ok, restarts }: { readonly ok: boolean; readonly restarts: number },
  ): void {
    const key = `${kind} ${name}`;
    const known: KnownCheck = this.#checks.get(key) ?? { name, kind, ok, history: [], runs: 0, failures: 0 };
    this.#checks.set(key, known);
    known.ok = ok;
    known.runs++;
    if (!passed) known.failures++;
    if (certificateExpiresAt !== undefined) {
      known.certificate_expires_at = certificateExpiresAt.toISOString();
    }
    // A millisecond at least, so that a failure keeps its sign.
    const ms = Math.max(1, Math.round(durationMs));
    known.history.push(passed ? ms : -ms);
    if (known.history.length > HISTORY_LENGTH) known.history.shift();
    this.#restarts = restarts;
    this.#change();
  }

  countFailedAlerts(count: () => number): void {
    this.#failedAlerts = count;
  }

  #forgetRuns(): void {
    for (const check of this.#checks.values()) check.history = [];
  }

  /** At once: somebody may wait for it. */
  update(result: UpdateResult): void {
    this.#update = result;
    this.#write();
  }

  /** Writes what waits to be written; nothing more may come. `failure`: how the process fails. */
  close(failure: string | undefined): void {
    if (failure !== undefined) this.folder.replace(LAST_FAILURE_FILE_NAME, failure, { mode: MODE });
    if (this.#timer === undefined) return;
    this.#timer[Symbol.dispose]();
    this.#write();
  }

  #note({ ready, stopping, reloadingSinceUsec, status }: NotifyState): void {
    if (status !== undefined) this.#status = status.slice(0, STATUS_LIMIT);
    const phase = stopping ? "stopping" : reloadingSinceUsec !== undefined ? "reloading" : ready && "ready";
    // A new phase is seldom, and after "stopping" there may be no other chance to write it.
    if (phase && phase !== this.#phase) {
      this.#phase = phase;
      this.#write();
    } else if (status !== undefined) this.#change();
  }

  /** Writes at once, or a second after the last time. */
  #change(): void {
    if (this.#timer !== undefined) return;
    const waitMs = this.#writtenAtMs + WRITE_INTERVAL_MS - performance.now();
    if (waitMs <= 0) return this.#write();
    this.#timer = after(waitMs, () => {
      this.#timer = undefined;
      this.#write();
    });
  }

  #write(): void {
    this.#writtenAtMs = performance.now();
    const watched = this.#watched;
    const container = watched !== undefined && "image" in watched ? watched : undefined;
    const content: ServiceStatus = {
      pid: this.options.pid,
      service: this.options.service,
      phase: this.#phase,
      status: this.#status,
      container: container === undefined ? null : {
        id: container.id,
        image: container.image,
        started_at: container.startedAt.toISOString(),
        paused: container.isPaused(),
      },
      ...(watched !== undefined && "countTasks" in watched
        ? { tasks: { service: watched.id, ...watched.countTasks() } }
        : {}),
      config: watched === undefined ? null : { file: watched.loaded.file, sha256: watched.loaded.sha256 },
      checks: [...this.#checks.values()].filter(({ history }) => history.length > 0),
      log: this.#lookAtLog(),
      counters: {
        log_lines: this.options.written.lines,
        log_bytes: this.options.written.bytes,
        restarts: this.#restarts,
        alerts_failed: this.#failedAlerts(),
      },
      update: this.#update,
      written_at: new Date().toISOString(),
    };
    this.folder.replace(STATUS_FILE_NAME, `${JSON.stringify(content)}\n`, { mode: MODE });
  }

  #lookAtLog(): ServiceStatus["log"] {
    const lines = this.#watched?.countLines() ?? 0;
    const elapsedMs = performance.now() - this.#before.atMs;
    // Over a shorter time the rate would jump.
    if (elapsedMs >= 5 * WRITE_INTERVAL_MS) {
      this.#linesPerMinute = Math.round((lines - this.#before.lines) * 60_000 / elapsedMs);
      this.#before = { lines, atMs: performance.now() };
    }
    return { lines, lines_per_minute: this.#linesPerMinute };
  }
}
