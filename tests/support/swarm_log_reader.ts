/** The log of a service of a cluster, read as the life of a service does it; and what came of numbered lines. */
import { denoHost } from "../../src/host/deno_host.ts";
import { pause } from "../../src/host/pause.ts";
import { RuntimeFolder } from "../../src/host/runtime_folder.ts";
import type { SwarmEngine } from "../../src/engine/swarm_engine.ts";
import { JsonLines } from "../../src/logging/json_lines.ts";
import { OutputQueue } from "../../src/logging/output_queue.ts";
import { preciseNowMs } from "../../src/logging/rising_clock.ts";
import { ServiceLog } from "../../src/swarm/log/service_log.ts";
import { logOptions } from "../logging/lines.ts";
import type { SwarmNode } from "./swarm_node.ts";

const LOOK_INTERVAL_MS = 1_000;
/** The events of an engine that is away. */
const LISTEN_PAUSE_MS = 200;

/**
 * A script that numbers lines of both streams; each tenth is followed by one that the engine keeps in pieces. When it is
 * asked to stop it says how many there were.
 */
export const NUMBERED_LINES = `h=$(hostname); i=0; x=$(head -c 20000 /dev/zero | tr '\\0' x)
trap 'stop=1' TERM
until [ "$stop" ]; do
  echo "$h out $i"; echo "$h err $i" >&2
  [ $((i % 10)) = 0 ] && echo "$h long $((i / 10)) $x"
  i=$((i + 1)); usleep 20000
done
echo "$h end $i"`;

export interface LogRecord {
  readonly timestamp: string;
  readonly source: string;
  readonly message: string;
  readonly data: { readonly task?: string; readonly node?: string };
}

export interface ReaderOptions {
  readonly swarm: SwarmEngine;
  readonly service: { readonly id: string; readonly name: string };
  /** Whether this is the first process. */
  readonly isNew: boolean;
  /** What outlives it. */
  readonly folder: string;
  /** Where records go. */
  readonly records: LogRecord[];
}

/** The service has a label of its own name. */
export class SwarmLogReader {
  readonly #over = new AbortController();
  #log!: ServiceLog;
  #watching: Promise<unknown> = Promise.resolve();
  #rest = "";
  #isKilled = false;

  private constructor(readonly options: ReaderOptions) {}

  static async start(options: ReaderOptions): Promise<SwarmLogReader> {
    const { swarm, service, isNew, folder } = options;
    const reader = new SwarmLogReader(options);
    const writeStdoutSync = (bytes: Uint8Array) => reader.#take(bytes);
    const writeStdout = (bytes: Uint8Array) => Promise.resolve(reader.#take(bytes));
    const real = denoHost();
    // Nor does it keep what it has written.
    const openRecord = (path: string) => {
      const record = real.openRecord(path);
      return { write: (text: string, at?: number) => reader.#isKilled || record.write(text, at) };
    };
    const host = { ...real, env: () => undefined, openRecord, writeStdout, writeStdoutSync };
    const onFailure = (failure: unknown) => {
      throw failure;
    };
    const output = new OutputQueue(writeStdout, onFailure);
    const logger = new JsonLines({ service: service.name, output, nowMs: preciseNowMs(), journal: false });
    const runtimeFolder = new RuntimeFolder(folder, { host, onFailure });
    const context = { host, logger, output, runtimeFolder, stdoutIsWritable: () => true };
    reader.#log = await ServiceLog.open({ swarm, service, isNew, logs: logOptions(), context });
    reader.#watching = Promise.all([reader.#look(), reader.#listen()]);
    return reader;
  }

  /** The service is going to be removed. */
  noteRemoval(): void {
    this.#log.noteRemoval();
  }

  /** Resolves when nothing has come for a second. */
  untilQuiet(signal: AbortSignal): Promise<void> {
    return this.#log.untilQuiet(1000, signal);
  }

  /** The process is killed: what it reads from now on has no effect. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    await this.end();
  }

  async end(): Promise<void> {
    this.#over.abort();
    await this.#watching;
    await this.#log.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  #take(bytes: Uint8Array): void {
    if (this.#isKilled) return;
    const lines = (this.#rest + new TextDecoder().decode(bytes)).split("\n");
    this.#rest = lines.pop() ?? "";
    this.options.records.push(...lines.map((line) => JSON.parse(line)));
  }

  async #look(): Promise<void> {
    const { swarm, service: { name } } = this.options;
    const { signal } = this.#over;
    while (!signal.aborted) {
      try {
        const tasks = await swarm.listTasks({ label: `name=${name}` }, signal);
        this.#log.setTasks({ tasks, nodes: await swarm.listNodes(signal) });
      } catch {
        // The engine is away, or the swarm has no leader.
      }
      await pause(LOOK_INTERVAL_MS, signal).catch(() => {});
    }
  }

  async #listen(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      try {
        for await (const { type, id } of await this.options.swarm.followSwarmEvents(signal)) {
          if (type === "node") this.#log.noteNodeEvent(id);
        }
      } catch {
        // The engine is away.
      }
      this.#log.noteNodeEvent(undefined);
      await pause(LISTEN_PAUSE_MS, signal).catch(() => {});
    }
  }
}

/** What one container has written, as far as it is out. */
interface Numbers {
  readonly out: number[];
  readonly err: number[];
  readonly long: number[];
  /** How many there were, once for each time that it was said. */
  readonly end: number[];
  /** `web.1@node` */
  readonly from: Set<string>;
}

export function numbersOf(records: readonly LogRecord[]): Map<string, Numbers> {
  const containers = new Map<string, Numbers>();
  for (const { source, message, data } of records) {
    if (!source.startsWith("docker_logs.")) continue;
    const [container = "", kind, number] = message.split(" ") as [
      string,
      "out" | "err" | "long" | "end",
      string,
    ];
    const numbers = containers.get(container) ?? { out: [], err: [], long: [], end: [], from: new Set() };
    containers.set(container, numbers);
    numbers[kind].push(Number(number));
    numbers.from.add(`${data.task}@${data.node}`);
  }
  return containers;
}

/**
 * What is missing or comes twice in what `NUMBERED_LINES` has written; nothing if all is well. `lost`: lines that the
 * engine does not have.
 */
export function faults(records: readonly LogRecord[], lost: ReadonlySet<string> = new Set()): string[] {
  return [...numbersOf(records)].flatMap(([container, { end, from, ...streams }]) => {
    const where = `${container}, ${[...from]}`;
    const found = Object.entries(streams).flatMap(([kind, numbers]) => {
      const isThere = (number: number) => !lost.has(`${container} ${kind} ${number}`);
      const [count = (numbers.at(-1) ?? -1) + 1] = kind === "long"
        ? end.map((count) => Math.ceil(count / 10))
        : end;
      const expected = Array.from({ length: count }, (_, number) => number).filter(isThere);
      const at = numbers.findIndex((number, index) => number !== expected[index]);
      if (at === -1 && numbers.length === expected.length) return [];
      return [`${where}: ${kind} … ${numbers.slice(Math.max(0, at - 2)).slice(0, 5)} … of ${count}`];
    });
    if (end.length > 1) found.push(`${where}: it ends several times`);
    if (from.size !== 1) found.push(`${where}: it has several names`);
    return found;
  });
}

/** An engine that is killed loses what it has taken of a container and not yet written to its log. */
export async function linesLostBy({ api: { docker } }: SwarmNode, service: string): Promise<string[]> {
  const filters = { label: [`com.docker.swarm.service.name=${service}`] };
  const lost: string[] = [];
  for (const { Id } of await docker.listContainers({ all: true, filters })) {
    const log = await docker.getContainer(Id).logs({ stdout: true, stderr: true });
    const lines = new Set(log.toString("latin1").match(/[0-9a-f]{12} (?:out|err|long) \d+/g));
    for (const kind of ["out", "err", "long"]) {
      const begin = `${Id.slice(0, 12)} ${kind} `;
      const numbers = [...lines].filter((line) => line.startsWith(begin)).map((line) =>
        Number(line.split(" ")[2])
      );
      for (let number = Math.max(-1, ...numbers); number >= 0; number--) {
        if (!lines.has(begin + number)) lost.push(begin + number);
      }
    }
  }
  return lost;
}
