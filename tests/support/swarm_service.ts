/** A Swarm service of the program on a real cluster: its config, the process that supervises it, its tasks as the swarm has them. */
import type Docker from "dockerode";
import { poll } from "./event_log.ts";
import { NotifySocket } from "./notify_socket.ts";
import { type LogRecord, runService, type ServiceProcess } from "./service_process.ts";
import type { SwarmNode } from "./swarm_node.ts";
import { type TempDir, tempDir } from "./temp_dir.ts";
import { TEST_IMAGES } from "./test_engine.ts";

const WAIT_MS = 60_000;

export interface SwarmTask {
  readonly ID: string;
  readonly Slot?: number;
  readonly NodeID?: string;
  readonly DesiredState: string;
  readonly Status: {
    readonly State: string;
    readonly ContainerStatus?: { readonly ContainerID?: string };
  };
}

export interface SwarmServiceOptions {
  /** Instead of a name of its own. */
  readonly name?: string;
  /** The manager that it is supervised from. */
  readonly on: SwarmNode;
  readonly script: string;
  /** The section `swarm`. */
  readonly swarm?: Readonly<Record<string, unknown>>;
  /** Other keys. */
  readonly keys?: Readonly<Record<string, unknown>>;
}

export class SwarmService implements AsyncDisposable {
  readonly #processes: ServiceProcess[] = [];

  private constructor(
    readonly name: string,
    readonly options: SwarmServiceOptions,
    readonly dir: TempDir,
    readonly notify: NotifySocket,
  ) {}

  /** Writes the config; starts nothing. */
  static async create(options: SwarmServiceOptions): Promise<SwarmService> {
    const dir = await tempDir();
    const name = options.name ?? `swarm-${crypto.randomUUID().slice(0, 8)}`;
    const service = new SwarmService(name, options, dir, new NotifySocket({ dir: dir.path }));
    await service.configure(options);
    return service;
  }

  /** Another config from now on. */
  async configure(
    { script, swarm = {}, keys = {} }: Omit<SwarmServiceOptions, "on" | "name">,
  ): Promise<void> {
    // A short monitoring time, so that tests need not wait long.
    const section = { replicas: 2, ...swarm, update: { monitor: "1s", ...swarm.update as object } };
    const config = {
      name: this.name,
      image: TEST_IMAGES.base,
      pull: "missing",
      "service_args": ["sh", "-c", script],
      swarm: section,
      ...keys,
    };
    await this.dir.write("service.yaml", JSON.stringify(config, null, 2));
  }

  /** Runs the program, again if it has ended. `by`: the manager whose engine it asks. */
  run(by = this.options.on): ServiceProcess {
    const process = runService({
      args: [`${this.dir.path}/service.yaml`],
      engineSocket: by.socketPath,
      notify: this.notify,
      env: { RUNTIME_DIRECTORY: this.dir.path, STATE_DIRECTORY: this.dir.path },
    });
    this.#processes.push(process);
    return process;
  }

  /** Resolves with the status that comes with READY=1. */
  async ready(timeoutMs = WAIT_MS): Promise<string> {
    const ready = this.notify.next(({ READY }) => READY === "1", timeoutMs);
    const message = await this.#processes.at(-1)?.whileRunning(ready, timeoutMs);
    return message?.fields.STATUS ?? "";
  }

  /** Resolves with the next STATUS= that fits. */
  async status(wanted: RegExp, timeoutMs = WAIT_MS): Promise<string> {
    try {
      const { fields } = await this.notify.next(({ STATUS = "" }) => wanted.test(STATUS), timeoutMs);
      return fields.STATUS ?? "";
    } catch (cause) {
      const records = this.#processes.at(-1)?.records.map(({ severity, message }) =>
        `${severity} ${message}`
      ) ?? [];
      throw new Error(`No status like ${wanted}; the log says:\n${records.slice(-20).join("\n")}`, { cause });
    }
  }

  /** The records of the program itself. */
  get records(): readonly LogRecord[] {
    return this.#processes.flatMap(({ records }) => records);
  }

  /** What the swarm has of this name. */
  async inspect(by = this.options.on): Promise<Docker.Service | undefined> {
    const services = await by.api.docker.listServices({ filters: { name: [this.name] } });
    // The filter takes the beginning of a name, too.
    return services.find(({ Spec }) => Spec?.Name === this.name) as Docker.Service | undefined;
  }

  /** Those that are wanted to run. */
  async tasks(by = this.options.on): Promise<SwarmTask[]> {
    const all: SwarmTask[] = await by.api.docker.listTasks({ filters: { service: [this.name] } });
    return all.filter(({ DesiredState, Status }) => DesiredState === "running" && Status.State === "running");
  }

  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    await poll(WAIT_MS, what, async () => await holds() || undefined);
  }

  /** Ends the processes, and the service, which one that was killed leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) await process[Symbol.asyncDispose]();
    // Of a name that was given, the other one is to be rid of it.
    const { on: { api: { docker } }, name } = this.options;
    if (name === undefined) await docker.getService(this.name).remove().catch(() => {});
    await this.notify[Symbol.asyncDispose]();
    await this.dir[Symbol.asyncDispose]();
  }
}
