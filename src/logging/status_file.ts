// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read
/**
 * How the service is just now, in a file in the unit's own folder, for `service_runner status`.
 * In: what systemd is told, results of checks, the container. Out: one JSON object, written when something changes: at
 * once if it is the phase, else at most once a second.
 */
import type { RuntimeFolder } from "../host/runtime_folder.ts";
import type { Notifier, NotifyState } from "../systemd/notify.ts";

export const STATUS_FILE_NAME = "status.json";
/** Beside it: how the process before has failed, a line of text. */
export const LAST_FAILURE_FILE_NAME = "last_failure";
const WRITE_INTERVAL_MS = 1000;
const HISTORY_LENGTH = 20;
/** For owner and group: whoever may read the unit's journal may read this. */
const MODE = 0o640;
const STATUS_LIMIT = 400;

/** One check. */
export interface CheckStatus {
  readonly name: string;
  readonly kind: string;
  /** As it is judged: one failed run need not make a failing check. */
  readonly ok: boolean;
  /** The durations of its last runs in milliseconds, the newest last; negative if the run failed. */
  readonly history: readonly number[];
}

/** The file's content. Times are RFC 3339, in UTC. */
export interface ServiceStatus {
  readonly pid: number;
  readonly service: string;
  readonly phase: "starting" | "ready" | "reloading" | "stopping";
  /** As in `systemctl status`. */
  readonly status: string;
  readonly container: {
    readonly id: string;
    readonly image: string;
    readonly started_at: string;
    readonly paused: boolean;
  } | null;
  /** The config that the service runs by; a reload that was refused leaves the one of before. */
  readonly config: { readonly file: string; readonly sha256: string } | null;
  readonly checks: readonly CheckStatus[];
  /** How many lines the container has written so far, and how many a minute of late. */
  readonly log: { readonly lines: number; readonly lines_per_minute: number };
  readonly written_at: string;
}

/** One run of a check. */
interface CheckRun {
  readonly check: string;
  readonly kind: string;
  /** How the check is judged now. */
  readonly ok: boolean;
  /** How this run ended. */
  readonly passed: boolean;
  readonly durationMs: number;
}

interface WatchedContainer {
  readonly id: string;
  readonly image: string;
  readonly startedAt: Date;
  readonly isPaused: () => boolean;
  /** How many lines it has written so far. */
  readonly countLines: () => number;
  /** The config that it follows from. */
  readonly loaded: NonNullable<ServiceStatus["config"]>;
}

export class StatusFile {
  readonly #checks = new Map<string, { kind: string; name: string; ok: boolean; history: number[] }>();
  #phase: ServiceStatus["phase"] = "starting";
  #status = "";
  #container: WatchedContainer | undefined;
  /** Lines and time at an earlier look, for the rate. */
  #before = { lines: 0, atMs: 0 };
  #linesPerMinute = 0;
  #writtenAtMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly folder: RuntimeFolder, readonly options: Pick<ServiceStatus, "service" | "pid">) {}

  /** A notifier that passes on all states, and notes those that the file shows. */
  listeningTo(notifier: Notifier): Notifier {
    return {
      send: (state) => {
        notifier.send(state);
        this.#note(state);
      },
    };
  }

  /** From now on the file is about this container; results of checks so far were those of another one. */
  follow(container: WatchedContainer): void {
    this.#container = container;
    this.#before = { lines: container.countLines(), atMs: performance.now() };
    this.#checks.clear();
    this.#change();
  }

  /** The container has ended, and nothing has come in its place yet. */
  unfollow(): void {
    this.#container = undefined;
    this.#checks.clear();
    this.#change();
  }

  check({ check: name, kind, ok, passed, durationMs }: CheckRun): void {
    const key = `${kind} ${name}`;
    const known = this.#checks.get(key) ?? { name, kind, ok, history: [] };
    this.#checks.set(key, known);
    known.ok = ok;
    // A millisecond at least, so that a failure keeps its sign.
    const ms = Math.max(1, Math.round(durationMs));
    known.history.push(passed ? ms : -ms);
    if (known.history.length > HISTORY_LENGTH) known.history.shift();
    this.#change();
  }

  /** Writes what waits to be written; nothing more may come. `failure`: how the process fails. */
  close(failure: string | undefined): void {
    if (failure !== undefined) this.folder.replace(LAST_FAILURE_FILE_NAME, failure, { mode: MODE });
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
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
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, waitMs);
  }

  #write(): void {
    this.#writtenAtMs = performance.now();
    const container = this.#container;
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
      config: container === undefined
        ? null
        : { file: container.loaded.file, sha256: container.loaded.sha256 },
      checks: [...this.#checks.values()],
      log: this.#lookAtLog(),
      written_at: new Date().toISOString(),
    };
    this.folder.replace(STATUS_FILE_NAME, `${JSON.stringify(content)}\n`, { mode: MODE });
  }

  #lookAtLog(): ServiceStatus["log"] {
    const lines = this.#container?.countLines() ?? 0;
    const elapsedMs = performance.now() - this.#before.atMs;
    // Over a shorter time the rate would jump.
    if (elapsedMs >= 5 * WRITE_INTERVAL_MS) {
      this.#linesPerMinute = Math.round((lines - this.#before.lines) * 60_000 / elapsedMs);
      this.#before = { lines, atMs: performance.now() };
    }
    return { lines, lines_per_minute: this.#linesPerMinute };
  }
}
