/** The log of a service on a fake swarm, read by one process after the other. */
import { deepEqual } from "node:assert/strict";
import type { Host, OutputStream } from "../../../src/host/host.ts";
import { RuntimeFolder } from "../../../src/host/runtime_folder.ts";
import { JsonLines } from "../../../src/logging/json_lines.ts";
import type { Instant } from "../../../src/logging/log_record.ts";
import { OutputQueue } from "../../../src/logging/output_queue.ts";
import { preciseNowMs } from "../../../src/logging/rising_clock.ts";
import { ServiceLog, type ServiceLogOptions } from "../../../src/swarm/log/service_log.ts";
import { logOptions } from "../../logging/lines.ts";
import { FakeSwarm, type FakeTask } from "./fake_swarm.ts";

const FOLDER = "/state";
const PATIENCE_MS = 10_000;
const TIMES = { settlingMs: 1, overlapMs: 1, retryMs: 1 };

// deno-lint-ignore no-explicit-any -- a record is what the test says it is
export type ParsedRecord = Record<string, any>;

export class ServiceLogBed implements AsyncDisposable {
  readonly swarm: FakeSwarm;
  readonly files = new Map<string, string>();
  /** What is out, of all processes. */
  text = "";
  #process: { log: ServiceLog; output: OutputQueue; life: { isAlive: boolean } } | undefined;
  /** The tasks that were there at the last look. */
  #seen: FakeTask[] = [];
  /** The process is killed right after a write that makes this true. */
  diesWhen: (text: string) => boolean = () => false;
  /** Set while the reader of the output takes nothing. */
  #stalled: PromiseWithResolvers<void> | undefined;

  constructor({ terminal = false } = {}) {
    this.swarm = new FakeSwarm(terminal);
  }

  get log(): ServiceLog {
    return this.#process!.log;
  }

  /** Another process begins to read. */
  async start(
    options: Partial<Pick<ServiceLogOptions, "isNew" | "times" | "pileLimitBytes">> & {
      logs?: Record<string, unknown>;
      hasFolder?: boolean;
    } = {},
  ): Promise<void> {
    const { logs, hasFolder = true, isNew = false, times, pileLimitBytes } = options;
    const life = { isAlive: true };
    const host = this.#host(life, hasFolder);
    const output = new OutputQueue(host.writeStdout, (error) => {
      throw error;
    });
    const logger = new JsonLines({ service: "web", output, nowMs: preciseNowMs(), journal: false });
    const runtimeFolder = new RuntimeFolder("/run/web", { host, onFailure: () => {} });
    const log = await ServiceLog.open({
      swarm: this.swarm.engine,
      service: { id: "s1", name: "web" },
      isNew,
      logs: logOptions(logs),
      context: { host, logger, output, runtimeFolder, stdoutIsWritable: () => this.#stalled === undefined },
      times: { ...TIMES, ...times },
      ...(pileLimitBytes !== undefined && { pileLimitBytes }),
    });
    this.#process = { log, output, life };
    this.look();
  }

  /** Another section `logs` from now on. */
  configure(logs: Record<string, unknown>): void {
    this.log.configure(logOptions(logs));
  }

  /** The reader of the output takes nothing until what this yields is called. */
  stall(): () => void {
    const stalled = this.#stalled = Promise.withResolvers<void>();
    return () => {
      this.#stalled = undefined;
      stalled.resolve();
    };
  }

  /** The process is killed: nothing that it does from now on has any effect. */
  async kill(): Promise<void> {
    this.#process!.life.isAlive = false;
    await this.#process!.log.close();
    this.#process = undefined;
  }

  /** It ends by itself. */
  async end(): Promise<void> {
    await this.#process?.log.close();
    this.#process = undefined;
  }

  get records(): ParsedRecord[] {
    return this.text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }

  /** What the program itself has said. */
  get remarks(): string[] {
    return this.records.filter(({ source }) => source === "docker").map(({ message }) => message);
  }

  /** The lines of a task's stream that are out. */
  lines(task: string, stream: OutputStream = "stdout"): string[] {
    return this.records.filter(({ source, data }) => source === `docker_logs.${stream}` && data.task === task)
      .map(({ message }) => message);
  }

  /** Asks often: a property asks a thousand times. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const late = performance.now() + PATIENCE_MS;
    while (!holds()) {
      if (performance.now() > late) throw new Error(`Cannot wait any longer for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async untilLines(
    task: string,
    expected: readonly string[],
    stream: OutputStream = "stdout",
  ): Promise<void> {
    await this.until(
      `lines of ${task}: ${expected} instead of ${this.lines(task, stream)}`,
      () => this.lines(task, stream).length >= expected.length,
    ).catch(() => {});
    deepEqual(this.lines(task, stream), expected);
  }

  /** Tasks and nodes are looked at. */
  look(): void {
    this.#seen = this.swarm.tasks.filter(({ isListed }) => isListed);
    this.log.setTasks(this.swarm.look());
  }

  /** Has the logs opened once more, and what comes of it taken. */
  async openAgain(ids = this.#seen.map(({ id }) => id)): Promise<void> {
    const { swarm } = this;
    const tasks = this.#seen.filter(({ id }) => ids.includes(id));
    const opened = new Map(tasks.map((task) => [task, swarm.openings(task)]));
    this.log.noteNodeEvent(undefined);
    await this.until(
      "other openings",
      () => tasks.every((task) => swarm.openings(task) > opened.get(task)!),
    );
    await this.settled(tasks);
  }

  /** Resolves when all that has been sent by the latest openings is taken. */
  async settled(tasks = this.#seen): Promise<void> {
    await this.until(
      "all to be taken",
      () => tasks.every((task) => this.swarm.latest(task)?.isDrained),
    );
    await this.#process!.output.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  #host(life: { isAlive: boolean }, hasFolder: boolean): Host {
    const { files } = this;
    const put = (path: string, text: string) => {
      if (life.isAlive) files.set(path, text);
    };
    const write = (bytes: Uint8Array) => {
      if (life.isAlive) this.text += new TextDecoder().decode(bytes);
      if (this.diesWhen(this.text)) life.isAlive = false;
    };
    const host: Partial<Host> = {
      env: (name) => name === "STATE_DIRECTORY" && hasFolder ? FOLDER : undefined,
      readFile: (path) => {
        const text = files.get(path);
        return Promise.resolve(
          text === undefined
            ? { kind: "missing" }
            : { kind: "content", bytes: new TextEncoder().encode(text) },
        );
      },
      replaceFile: put,
      openRecord: (path) => ({
        write: (text, at = 0) => {
          const old = (files.get(path) ?? "").padEnd(at);
          put(path, old.slice(0, at) + text + old.slice(at + text.length));
        },
      }),
      writeStdout: async (bytes) => {
        const copy = bytes.slice();
        await this.#stalled?.promise;
        write(copy);
      },
      writeStdoutSync: write,
    };
    return host as Host;
  }
}

/** Moments, each some time after the one before. */
export class StampClock {
  /** In microseconds since 1970, which are exact. */
  constructor(public micros: number) {}

  /** `seconds`: how much later than the one before. */
  after(seconds: number): Instant {
    this.micros += Math.round(seconds * 1e6);
    return this.instant();
  }

  instant(): Instant {
    return instantOf(this.micros);
  }
}

export function instantOf(micros: number): Instant {
  const seconds = Math.floor(micros / 1e6);
  return { seconds, nanos: (micros - seconds * 1e6) * 1000 };
}
