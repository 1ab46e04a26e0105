/**
 * The program as a child process, run as a user or a unit would run it.
 * In: arguments, environment, signals. Out: its records in order, its exit code.
 */
import { EventLog, within } from "./event_log.ts";
import type { NotifySocket } from "./notify_socket.ts";
import { inheritedEnvironment } from "./own_environment.ts";

/** A record as the README has it, written down here independently of the program. */
export interface LogRecord {
  readonly timestamp: string;
  readonly severity: "trace" | "debug" | "info" | "notice" | "warn" | "error" | "fatal";
  readonly source: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly exception: { readonly message: string } | null;
}

export interface ServiceOptions {
  readonly args: readonly string[];
  /** What is run with these arguments; by default `main.ts`. */
  readonly program?: readonly [string, ...string[]];
  /** Added to the environment of the test, which passes on nothing that concerns the program. */
  readonly env?: Readonly<Record<string, string>>;
  readonly engineSocket?: string;
  readonly notify?: NotifySocket;
  readonly onRecord?: (record: LogRecord) => void;
}

export interface ServiceExit {
  readonly code: number;
  /** Set when a signal ended the program, which none should. */
  readonly signal: Deno.Signal | null;
  readonly records: readonly LogRecord[];
  readonly stdout: string;
  readonly stderr: string;
}

const MAIN = `${import.meta.dirname}/../../main.ts`;
const EXIT_TIMEOUT_MS = 60_000;
const DISPOSE_TIMEOUT_MS = 15_000;

/** Starts the program; dispose ends it if it still runs. */
export function runService(options: ServiceOptions): ServiceProcess {
  return new ServiceProcess(options);
}

/** A running, or ended, program. */
export class ServiceProcess implements AsyncDisposable {
  readonly #records = new EventLog<LogRecord>("record", briefly);
  readonly #child: Deno.ChildProcess;
  readonly #ended: Promise<ServiceExit>;
  #running = true;
  #stdout = "";
  #stderr = "";

  constructor(options: ServiceOptions) {
    const [program, ...args] = options.program ?? [Deno.execPath(), "run", "--allow-all", MAIN];
    this.#child = new Deno.Command(program, {
      args: [...args, ...options.args],
      clearEnv: true,
      env: environment(options),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#ended = this.#watch(options.onRecord);
    // Whoever waits for a record or for the end gets the error; nobody may be waiting yet.
    this.#ended.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** All records so far. */
  get records(): readonly LogRecord[] {
    return this.#records.items;
  }

  /** The next record, after the one that the last call yielded, that fits. */
  nextRecord(predicate: (record: LogRecord) => boolean, timeoutMs?: number): Promise<LogRecord> {
    return this.#records.next(predicate, timeoutMs);
  }

  /** Does nothing once the program has ended. */
  signal(signal: Deno.Signal): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** The promise's value. @throws When the program ends first, or the time is over: waiting on is pointless then. */
  async whileRunning<T>(happens: Promise<T>, timeoutMs = 40_000): Promise<T> {
    const ended = this.#ended.then(({ code, stdout, stderr }) => {
      const output = `${stdout.slice(-2000)}${stderr.slice(-2000)}`;
      throw new Error(`The program ended with exit code ${code}; its last output:\n${output}`);
    });
    return await within(
      timeoutMs,
      "what was to happen while the program runs",
      Promise.race([happens, ended]),
    );
  }

  /** The end of the program, all output read. @throws When it takes too long, or stdout was not JSON lines. */
  exit(timeoutMs = EXIT_TIMEOUT_MS): Promise<ServiceExit> {
    return within(timeoutMs, "the end of the program", this.#ended);
  }

  /** Asks it to stop, so that no container stays; kills it if it does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#running) return void await this.#ended;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), DISPOSE_TIMEOUT_MS);
    // Killed in the middle of a line: that is no error of the program.
    await this.#ended.catch(() => {});
    clearTimeout(timer);
  }

  async #watch(onRecord: ServiceOptions["onRecord"]): Promise<ServiceExit> {
    const [status] = await Promise.all([
      this.#child.status.finally(() => this.#running = false),
      this.#readStdout(onRecord),
      this.#readStderr(),
    ]);
    const exit = { ...status, records: this.records, stdout: this.#stdout, stderr: this.#stderr };
    this.#records.fail(
      new Error(`The program ended with ${status.code}; stderr:\n${this.#stderr.slice(-2000)}`),
    );
    return exit;
  }

  async #readStdout(onRecord: ServiceOptions["onRecord"]): Promise<void> {
    const pieces: string[] = [];
    let rest = "";
    let failure: Error | undefined;
    const take = (line: string) => {
      try {
        const record = parseRecord(line);
        this.#records.push(record);
        onRecord?.(record);
      } catch (error) {
        failure ??= error as Error;
        this.#records.fail(failure);
      }
    };
    for await (
      const text of this.#child.stdout.pipeThrough(new TextDecoderStream("utf-8", { fatal: true }))
    ) {
      pieces.push(text);
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(take);
    }
    if (rest !== "") failure ??= new Error(`The last line of stdout has no end: ${rest.slice(-200)}`);
    this.#stdout = pieces.join("");
    // Only now, so that a program with a bad line can still write all the rest and end.
    if (failure !== undefined) throw failure;
  }

  async #readStderr(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) this.#stderr += text;
  }
}

function environment(options: ServiceOptions): Record<string, string> {
  const env: Record<string, string> = { ...inheritedEnvironment(), NO_COLOR: "1" };
  // Nor does a machine-wide config that this machine may have count.
  env["service_runner_global_config"] = "/dev/null";
  if (options.engineSocket !== undefined) env.DOCKER_HOST = `unix://${options.engineSocket}`;
  if (options.notify !== undefined) env.NOTIFY_SOCKET = options.notify.address;
  return { ...env, ...options.env };
}

const FIELDS = "timestamp severity source message data context exception";

/** @throws When the line is not a record with exactly the fields of the README, in their order. */
export function parseRecord(line: string): LogRecord {
  const shown = JSON.stringify(line.slice(0, 300));
  let record: LogRecord;
  try {
    record = JSON.parse(line);
  } catch (cause) {
    throw new Error(`A line on stdout is not JSON: ${shown}`, { cause });
  }
  const keys = Object.keys(record).join(" ");
  if (keys !== FIELDS) throw new Error(`A record has the fields "${keys}", expected "${FIELDS}": ${shown}`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(record.timestamp)) {
    throw new Error(`A record's timestamp is not RFC 3339 in UTC: ${shown}`);
  }
  return record;
}

function briefly(record: LogRecord): string {
  return `${record.severity} ${record.source}: ${record.message.slice(0, 200)} ${
    JSON.stringify(record.data).slice(0, 300)
  }`;
}
