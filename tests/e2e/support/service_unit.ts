/**
 * One service on a host: its config, its unit, its container.
 * Driven with systemctl, seen through `systemctl show`, the journal and `docker inspect`.
 */
import { poll } from "../../support/event_log.ts";
import type { LogRecord } from "../../support/service_process.ts";
import type { ExecResult } from "./container_exec.ts";
import type { Host } from "./host.ts";
import { INNER_IMAGES } from "./inner_images.ts";

export interface ServiceUnitOptions {
  /** Instead of a name that no other test has. */
  readonly literalName?: string;
  /** Lines of a drop-in for the unit, e.g. `[Service]\nRestart=no`. */
  readonly dropIn?: string;
}

/** The config as a user would write it, but for the name, and a shorthand. */
export interface ServiceConfig extends Readonly<Record<string, unknown>> {
  /** What a container of busybox is to run, with a folder of the service's own at /data. */
  readonly script?: string;
  readonly "container_create_args"?: readonly string[];
}

/** What `docker inspect` says of the service's container. */
export interface Container {
  readonly id: string;
  readonly running: boolean;
  readonly startedAt: string;
}

/** What a unit looks like from outside. */
export interface UnitState {
  readonly ActiveState: string;
  readonly SubState: string;
  readonly Result: string;
  readonly StatusText: string;
  readonly ExecMainStatus: string;
  readonly MainPID: string;
  readonly NRestarts: string;
}

/** A command that goes on while the test does. */
export interface Background {
  readonly isRunning: () => boolean;
  readonly result: Promise<ExecResult & { readonly tookMs: number }>;
}

const STATE = [
  "ActiveState",
  "SubState",
  "Result",
  "StatusText",
  "ExecMainStatus",
  "MainPID",
  "NRestarts",
] as const;

const WAIT_MS = 60_000;

/** Gone, with all that is of it, at the end of the scope: `await using web = await ServiceUnit.create(host, …)`. */
export class ServiceUnit implements AsyncDisposable {
  /** Also the container's name. */
  readonly name: string;
  readonly unit: string;
  /** The folder that a container that runs a script sees as /data. */
  readonly data: string;

  private constructor(readonly host: Host, name: string) {
    this.name = name;
    this.unit = `service_runner@${name}.service`;
    this.data = `/srv/data/${name}`;
  }

  /** Writes the config, to which the name is added, and the drop-in; starts nothing. */
  static async create(
    host: Host,
    config: ServiceConfig,
    { literalName, dropIn }: ServiceUnitOptions = {},
  ): Promise<ServiceUnit> {
    const service = new ServiceUnit(host, literalName ?? `test-${crypto.randomUUID().slice(0, 8)}`);
    await host.run("mkdir", "-p", service.data);
    await service.configure(config);
    if (dropIn !== undefined) {
      await host.write(`/etc/systemd/system/${service.unit}.d/test.conf`, `${dropIn}\n`);
      await host.systemctl("daemon-reload");
    }
    return service;
  }

  get configPath(): string {
    return `/srv/config/${this.name}.yaml`;
  }

  /** Writes the config anew. */
  async configure(config: ServiceConfig): Promise<void> {
    await this.host.write(this.configPath, JSON.stringify(this.#complete(config), null, 2));
  }

  /** A config with a script is that of a container of busybox, which runs it and has a folder at /data. */
  #complete({ script, ...config }: ServiceConfig): Record<string, unknown> {
    if (script === undefined) return { name: this.name, ...config };
    const args = ["--volume", `${this.data}:/data`, ...config.container_create_args ?? []];
    return {
      name: this.name,
      image: INNER_IMAGES.base,
      pull: "never",
      ...config,
      "container_create_args": args,
      "service_args": ["sh", "-c", script],
    };
  }

  /** `systemctl start`, to its end. @throws When it fails. */
  async start(): Promise<void> {
    await this.host.systemctl("start", this.unit);
  }

  async stop(): Promise<void> {
    await this.host.systemctl("stop", this.unit);
  }

  /** `systemctl start`, `stop` or `reload`, while which the test goes on. */
  begin(verb: "start" | "stop" | "reload"): Background {
    let running = true;
    const startedAtMs = performance.now();
    const result = this.host.attempt("systemctl", verb, this.unit).then((result) => {
      running = false;
      return { ...result, tookMs: performance.now() - startedAtMs };
    });
    // Whoever awaits the result gets the error; a test may have failed before.
    result.catch(() => {});
    return { isRunning: () => running, result };
  }

  async state(): Promise<UnitState> {
    return await this.host.show(this.unit, ...STATE);
  }

  /** The state, as soon as it fits. @throws When that takes too long, or the unit has failed for good. */
  async until(what: string, fits: (state: UnitState) => boolean, timeoutMs = WAIT_MS): Promise<UnitState> {
    let last: UnitState | undefined;
    try {
      return await poll(timeoutMs, `${this.unit} to be ${what}`, async () => {
        last = await this.state();
        if (fits(last)) return last;
        if (last.ActiveState === "failed") throw new Error(`Cannot see ${this.unit} ${what}: it has failed`);
      });
    } catch (cause) {
      const journal = (await this.host.messages(this.unit)).slice(-20).join("\n");
      const text = `${(cause as Error).message}; its state: ${
        JSON.stringify(last)
      }; its journal:\n${journal}`;
      throw new Error(text, { cause });
    }
  }

  /** As `until`, for the line that `systemctl status` shows. */
  async untilStatus(pattern: RegExp, timeoutMs?: number): Promise<UnitState> {
    return await this.until(`of status ${pattern}`, ({ StatusText }) => pattern.test(StatusText), timeoutMs);
  }

  async records(): Promise<LogRecord[]> {
    return await this.host.records(this.unit);
  }

  /** The first record that fits, as soon as it is there. */
  async untilRecord(
    what: string,
    fits: (record: LogRecord) => boolean,
    timeoutMs = WAIT_MS,
  ): Promise<LogRecord> {
    return await poll(timeoutMs, `the record of ${what}`, async () => (await this.records()).find(fits));
  }

  /** The container's lines so far, both streams. */
  async lines(): Promise<string[]> {
    return (await this.records()).filter(({ source }) => source.startsWith("docker_logs."))
      .map(({ message }) => message);
  }

  /** The container of exactly this name. */
  async container(): Promise<Container | undefined> {
    return await inspectContainer(this.host, this.name);
  }

  /** Makes a file in the container's /data. */
  async touch(name: string, content = ""): Promise<void> {
    await this.host.write(`${this.data}/${name}`, content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.shell(CLEAN_UP, this.unit, this.name, this.configPath, this.data);
  }
}

const CLEAN_UP = `systemctl stop "$1" || true
systemctl reset-failed "$1" || true
docker rm --force --volumes "$2" >/dev/null 2>&1 || true
rm -rf "$3" "$4" "/etc/systemd/system/$1.d"
`;

/** Runs until it is asked to stop, and stops at once. */
export const IDLE = "trap 'exit 0' TERM; sleep 100000 & wait";

/** What the host's engine says of a container; undefined when there is none of exactly this name. */
export async function inspectContainer(host: Host, name: string): Promise<Container | undefined> {
  const format = "{{.Id}} {{.State.Running}} {{.State.StartedAt}}";
  const { code, stdout, stderr } = await host.attempt(
    "docker",
    "container",
    "inspect",
    "--format",
    format,
    name,
  );
  if (code !== 0) {
    if (/No such container/.test(stderr)) return undefined;
    throw new Error(`Cannot inspect the container "${name}": ${stderr}`);
  }
  const [id, running, startedAt] = stdout.trim().split(" ") as [string, string, string];
  return { id, running: running === "true", startedAt };
}
