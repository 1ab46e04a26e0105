// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read
/**
 * What the service is like just now, in a file in the unit's own folder, for `service_runner status`.
 * In: what systemd is told, results of checks, the container. Out: one JSON object, at most once a second but for
 * what the service begins to do.
 */
import type { RecordFile } from "../host/host.ts";
import type { RuntimeFolder } from "../host/runtime_folder.ts";
import type { Notifier, NotifyState } from "../systemd/notify.ts";

export const STATUS_FILE_NAME = "status.json";
const WRITE_INTERVAL_MS = 1000;
const HISTORY_LENGTH = 20;
/** Owner and group: who may read the journal of the unit may read this. */
const MODE = 0o640;
const STATUS_LIMIT = 400;

/** One check; `ok`: as it is judged; `history`: the durations of its last runs in milliseconds, the newest at the end, negative if it failed. */
export interface CheckStatus {
  readonly name: string;
  readonly kind: string;
  readonly ok: boolean;
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
  } | null;
  readonly checks: readonly CheckStatus[];
  /** Lines of the container so far, and how many of them came a minute of late. */
  readonly log: { readonly lines: number; readonly lines_per_minute: number };
  readonly written_at: string;
}

/** One run of a check. */
interface CheckReport {
  readonly check: string;
  readonly kind: string;
  /** As it is judged: one failure need not make a failing check. */
  readonly ok: boolean;
  /** Whether this run did. */
  readonly passed: boolean;
  readonly durationMs: number;
}

interface WatchedContainer {
  readonly id: string;
  readonly image: string;
  readonly startedAt: Date;
  /** Lines of it so far. */
  readonly countLines: () => number;
}

export interface StatusFileOptions {
  readonly service: string;
  readonly pid: number;
}

export class StatusFile {
  readonly #file: RecordFile;
  readonly #checks = new Map<string, { kind: string; name: string; ok: boolean; history: number[] }>();
  #phase: ServiceStatus["phase"] = "starting";
  #status = "";
  #container: WatchedContainer | undefined;
  /** Lines and time of an earlier look, for the rate. */
  #before = { lines: 0, atMs: 0 };
  #linesPerMinute = 0;
  #writtenAtMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #length = 0;

  constructor(folder: RuntimeFolder, readonly options: StatusFileOptions) {
    this.#file = folder.record(STATUS_FILE_NAME, { mode: MODE });
  }

  /** A notifier that notes what it passes on. */
  listeningTo(notifier: Notifier): Notifier {
    return {
      send: (state) => {
        notifier.send(state);
        this.#note(state);
      },
    };
  }

  /** From now on it is this container; the results of checks that there were are of another one. */
  follow(container: WatchedContainer): void {
    this.#container = container;
    this.#before = { lines: container.countLines(), atMs: performance.now() };
    this.#checks.clear();
    this.#change();
  }

  check({ check: name, kind, ok, passed, durationMs }: CheckReport): void {
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

  /** Nothing more comes: what waits to be written is written. */
  close(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#write();
  }

  #note({ ready, stopping, reloadingSinceUsec, status }: NotifyState): void {
    if (status !== undefined) this.#status = status.slice(0, STATUS_LIMIT);
    const phase = stopping ? "stopping" : reloadingSinceUsec !== undefined ? "reloading" : ready && "ready";
    // Seldom, and after the last one there may be no second more.
    if (phase && phase !== this.#phase) {
      this.#phase = phase;
      this.#write();
    } else if (status !== undefined) this.#change();
  }

  /** At once, or a second after the last time. */
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
      },
      checks: [...this.#checks.values()],
      log: this.#lookAtLog(),
      written_at: new Date().toISOString(),
    };
    const text = JSON.stringify(content);
    // Nothing of a longer text stays behind it.
    this.#file.write(text.padEnd(this.#length) + "\n");
    this.#length = Math.max(this.#length, text.length);
  }

  #lookAtLog(): ServiceStatus["log"] {
    const lines = this.#container?.countLines() ?? 0;
    const elapsedMs = performance.now() - this.#before.atMs;
    // Over less the rate would jump.
    if (elapsedMs >= 5 * WRITE_INTERVAL_MS) {
      this.#linesPerMinute = Math.round((lines - this.#before.lines) * 60_000 / elapsedMs);
      this.#before = { lines, atMs: performance.now() };
    }
    return { lines, lines_per_minute: this.#linesPerMinute };
  }
}
