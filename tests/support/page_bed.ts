/**
 * A real `service_runner page`, and the services of the machine that it shows: all of them are played, and none needs an
 * engine or systemd.
 *
 *     await using bed = await PageBed.start({ services: [up("web"), down("shop")], config: { page: { logs: true } } });
 *     await fetch(`${bed.url}/service/web`);
 *     await bed.play(failing("web"), up("new"));
 *
 * In: what the services do, see `played_service.ts`. Out: the page at `url`, what the program said, its end.
 */
import { EventLog } from "./event_log.ts";
import { inheritedEnvironment } from "./own_environment.ts";
import { type PlayedService, statusOf } from "./played_service.ts";
import { type StandInJournal, standInJournalctl } from "./stand_in_journalctl.ts";
import { changeUnits, standInSystemctl, type StandInUnit } from "./stand_in_systemctl.ts";
import { runFolder, type SystemFolder } from "./system_folders.ts";
import { type TempDir, tempDir } from "./temp_dir.ts";

export interface PageBedOptions {
  readonly services: readonly PlayedService[];
  /** The machine-wide config, e.g. `{ page: { logs: true } }`. */
  readonly config?: unknown;
  /** What the journal has so far, for all services alike. */
  readonly journal?: StandInJournal;
  /** A port of 0 is a free one. */
  readonly listen?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The command line of the program, to which the arguments are added; by default the source's. */
  readonly program?: readonly [string, ...string[]];
}

const MAIN = `${import.meta.dirname}/../../main.ts`;
const SOURCE = [Deno.execPath(), "run", "--allow-all", MAIN] as const;
const KILL_AFTER_MS = 15_000;

export class PageBed implements AsyncDisposable {
  /** e.g. `http://127.0.0.1:40123`, once it has started. */
  url = "";
  /** What journalctl was asked so far, a line for each run. */
  asked: () => Promise<readonly string[]> = () => Promise.resolve([]);
  readonly #services = new Map<string, PlayedService>();
  #stderr = new EventLog<string>("line on stderr");
  #child: Deno.ChildProcess | undefined;

  private constructor(
    readonly options: PageBedOptions,
    readonly dir: TempDir,
    /** Where the services have their folders; `${bed.run.path}/NAME/status.json` is what the page reads. */
    readonly run: SystemFolder,
  ) {}

  static async start(options: PageBedOptions): Promise<PageBed> {
    await using stack = new AsyncDisposableStack();
    const bed = new PageBed(options, stack.use(await tempDir()), stack.use(await runFolder([])));
    await standInSystemctl(bed.dir, []);
    await bed.dir.write("bin/followed", "");
    bed.asked = await standInJournalctl(bed.dir, options.journal ?? { entries: [] });
    await bed.dir.write("machine.yaml", JSON.stringify(options.config ?? {}));
    await bed.play(...options.services);
    await bed.startPage();
    stack.move();
    return bed;
  }

  get pid(): number {
    return this.#child!.pid;
  }

  /** What the page's process has said since it started. */
  get stderr(): string {
    return this.#stderr.items.join("\n");
  }

  /** These come, or are from now on as given; the others stay as they are. */
  async play(...services: readonly PlayedService[]): Promise<void> {
    for (const service of services) this.#services.set(service.name, service);
    await changeUnits(this.dir, [...this.#services.values()].map((service) => this.#unitOf(service)));
    for (const service of services) await this.#writeStatus(service);
  }

  /** The units are gone, files and all. */
  async remove(...names: readonly string[]): Promise<void> {
    for (const name of names) this.#services.delete(name);
    await this.play();
    for (const name of names) {
      await Deno.remove(`${this.dir.path}/bin/shown/service_runner@${name}.service`);
      await Deno.remove(`${this.run.path}/${name}`, { recursive: true });
    }
  }

  /** The journal gets these entries, for those that follow it. */
  async log(...entries: readonly string[]): Promise<void> {
    const text = entries.map((entry) => `${entry}\n`).join("");
    await Deno.writeTextFile(`${this.dir.path}/bin/followed`, text, { append: true });
  }

  /** After `stopPage`: at the same address as before. */
  async startPage(): Promise<void> {
    const { listen = "127.0.0.1:0", env, program: [command, ...args] = SOURCE } = this.options;
    const child = new Deno.Command(command, {
      args: [...args, "page", "--listen", this.url.replace("http://", "") || listen],
      clearEnv: true,
      env: {
        ...inheritedEnvironment(),
        PATH: `${this.dir.path}/bin:${Deno.env.get("PATH")}`,
        "service_runner_global_config": `${this.dir.path}/machine.yaml`,
        ...env,
      },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#child = child;
    this.#stderr = readLines(child.stderr);
    const line = await this.#stderr.next((line) => line.startsWith("Serving at "));
    this.url = /http:\S+(?=\/$)/.exec(line)?.[0] ?? "";
  }

  /** Yields its exit code. */
  async stopPage(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    const child = this.#child;
    if (child === undefined) return 0;
    this.#child = undefined;
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
    const { code } = await child.status;
    clearTimeout(timer);
    // Its output has been read to the end then.
    await this.#stderr.next(() => false).catch(() => {});
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopPage();
    await this.run[Symbol.asyncDispose]();
    await this.dir[Symbol.asyncDispose]();
  }

  #unitOf({ name, unit }: PlayedService): StandInUnit {
    const runtimeDirectory = `${this.run.name}/${name}`;
    return { mainPid: Deno.pid, sinceSeconds: 7200, runtimeDirectory, ...unit, name };
  }

  async #writeStatus({ name, unit, file = {} }: PlayedService): Promise<void> {
    const folder = `${this.run.path}/${name}`;
    await Deno.mkdir(folder, { recursive: true });
    if (file === null) return await Deno.remove(`${folder}/status.json`).catch(() => {});
    const pid = unit?.mainPid ?? Deno.pid;
    const text = typeof file === "string" ? file : `${JSON.stringify(statusOf(name, pid, file))}\n`;
    await Deno.writeTextFile(`${folder}/new`, text);
    await Deno.rename(`${folder}/new`, `${folder}/status.json`);
  }
}

/** Its lines; waits end with the stream. */
function readLines(stream: ReadableStream<Uint8Array>): EventLog<string> {
  const lines = new EventLog<string>("line on stderr");
  const read = async () => {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      for (const line of parts) lines.push(line);
    }
    lines.fail(new Error(`The page's process has ended: ${lines.items.join("\n")}${rest}`));
  };
  void read();
  return lines;
}
