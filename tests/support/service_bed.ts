/** What a test of one service on the real engine needs, cleaned up whatever happens. */
import type { EngineApi } from "./engine_api.ts";
import { NotifySocket } from "./notify_socket.ts";
import { runService, type ServiceOptions, type ServiceProcess } from "./service_process.ts";
import { type TempDir, tempDir } from "./temp_dir.ts";
import { TEST_IMAGES, testEngine } from "./test_engine.ts";

export interface RunOptions extends Partial<ServiceOptions> {
  /** Without a notify socket, as from a terminal. */
  readonly byHand?: boolean;
}

/** One service with a name of its own: `await using bed = await ServiceBed.create("web")`. */
export class ServiceBed implements AsyncDisposable {
  readonly #processes: ServiceProcess[] = [];
  readonly notify: NotifySocket;

  private constructor(
    readonly name: string,
    readonly dir: TempDir,
    readonly engine: EngineApi,
  ) {
    this.notify = new NotifySocket({ dir: dir.path });
  }

  /** The service's name begins with `prefix`; `literalName` is for what has to have one certain name. */
  static async create(prefix: string, options: { readonly literalName?: boolean } = {}): Promise<ServiceBed> {
    const name = options.literalName ? prefix : `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
    const engine = testEngine();
    const present = await engine.inspect(name);
    if (present !== undefined) throw new Error(`Cannot test: the engine already has a container "${name}"`);
    return new ServiceBed(name, await tempDir(), engine);
  }

  /** The config of a service that runs a shell script in the base image. */
  script(script: string): Record<string, unknown> {
    return { image: TEST_IMAGES.base, pull: "never", service_args: ["sh", "-c", script] };
  }

  /** Runs the program on a config given as YAML text or as an object, which gets this service's name. */
  async run(config: string | Record<string, unknown>, options: RunOptions = {}): Promise<ServiceProcess> {
    const text = typeof config === "string"
      ? config
      : JSON.stringify({ name: this.name, ...config }, null, 2);
    const file = await this.dir.write("service.yaml", text);
    const { byHand, ...rest } = options;
    const process = runService({
      args: [file],
      engineSocket: this.engine.socketPath,
      ...(byHand ? {} : { notify: this.notify }),
      ...rest,
    });
    this.#processes.push(process);
    return process;
  }

  /** Settles when systemd would call the unit active. */
  async ready(timeoutMs?: number): Promise<void> {
    const ready = this.notify.next(({ READY }) => READY === "1", timeoutMs);
    await this.#processes.at(-1)?.whileRunning(ready);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) await process[Symbol.asyncDispose]();
    await this.engine.removeContainer(this.name);
    await this.notify[Symbol.asyncDispose]();
    await this.dir[Symbol.asyncDispose]();
  }
}
