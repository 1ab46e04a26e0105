/**
 * The whole program in this process, on a machine that is made of a fake engine, a few files and a record of what
 * systemd is told: for the order of things in a service's life, whatever goes wrong in it.
 */
import type { FileRead, Host, HttpResponse, SignalName } from "../../src/host/host.ts";
import { runService } from "../../src/run.ts";
import { FakeEngine } from "./fake_engine.ts";

const CONFIG = "/etc/service_runner/web.yaml";
const FOLDERS = ["/", "/root", "/run"];
const PATIENCE_MS = 10_000;

/** Calls that look and change nothing: they are told by name in the timeline only where a test asks for them. */
const LOOKS = /^(?:negotiate|inspect)/;

export interface BedOptions {
  /** The lines of the service's config but for name and image. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** When the image is pulled; never unless given. */
  readonly pull?: string;
  /** What an earlier process has left. */
  readonly files?: ReadonlyMap<string, string>;
  /** What stands in /proc. */
  readonly readProc?: (path: string) => string | undefined;
  /** Parts of the machine that behave otherwise. */
  readonly host?: Partial<Host>;
}

/** `await using bed = new SupervisorBed({ config })`: runs until it ends by itself, or to its SIGTERM at the end. */
export class SupervisorBed implements AsyncDisposable {
  /** What was asked of the engine and told to systemd, in order: `start 1`, `READY=1 STATUS=…`. */
  readonly timeline: string[] = [];
  readonly engine = new FakeEngine((call) => {
    if (!LOOKS.test(call)) this.#note(call);
  });
  readonly records: Record<string, unknown>[] = [];
  readonly exitCode: Promise<number>;
  readonly files: Map<string, string>;
  /** The lines of the service's config but for name and image. */
  config = "";
  /** What an HTTP check gets. */
  httpStatus = 200;
  /** Something in the program fails, and nobody catches it. */
  defect: (error: unknown) => void = () => {};
  readonly #handlers = new Map<SignalName, () => void>();
  readonly #waiting = new Set<() => void>();
  readonly #pull: string;
  #isOver = false;
  #output = "";

  constructor(
    { config = "", env = {}, host = {}, pull = "never", files, readProc = () => undefined }: BedOptions = {},
  ) {
    this.files = new Map(files);
    this.#pull = pull;
    this.configure(config);
    const all = { NOTIFY_SOCKET: "/run/systemd/notify", ...env } as Record<string, string>;
    this.exitCode = runService(CONFIG, {
      host: unlessGiven({ ...this.#host(), env: (name) => all[name], ...host }),
      pid: 4711,
      onDefect: (handler) => this.defect = handler,
      stopping: new AbortController(),
      greeted: { engine: this.engine },
      sendDatagram: (_, payload) => {
        this.#note(new TextDecoder().decode(payload).replaceAll("\n", " "));
        return { kind: "sent" };
      },
      monotonicUsec: () => 1n,
      readProc,
      trimHeap: () => {},
      stdoutLink: undefined,
      stdoutIsWritable: () => true,
    }).finally(() => {
      this.#isOver = true;
      this.#wake();
    });
  }

  /** Another config from now on; `signal("SIGHUP")` has it read. */
  configure(config: string): void {
    this.config = config;
    this.files.set(CONFIG, `name: web\nimage: fake\npull: ${this.#pull}\n${config}`);
  }

  signal(name: SignalName): void {
    this.#handlers.get(name)?.();
  }

  /** Resolves as soon as the timeline has, behind `from`, an entry that fits; yields the position behind it. */
  async until(wanted: RegExp, from = 0): Promise<number> {
    let at = -1;
    await this.untilTrue(() => {
      at = this.timeline.findIndex((entry, index) => index >= from && wanted.test(entry));
      return at !== -1;
    }, `an entry like ${wanted} behind ${from}`);
    return at + 1;
  }

  /** Resolves as soon as this holds, looked at after each entry and each record. @throws Error with what there is instead */
  async untilTrue(holds: () => boolean, what: string): Promise<void> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    while (!holds()) {
      if (late.aborted || this.#isOver) {
        throw new Error(
          `Waited for ${what}; there is:\n${this.timeline.join("\n")}\n${this.messages.join("\n")}`,
        );
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          late.removeEventListener("abort", wake);
          // What follows at once is looked at as well.
          setTimeout(resolve, 0);
        };
        this.#waiting.add(wake);
        late.addEventListener("abort", wake);
      });
    }
  }

  /** `severity message` of each record of the program itself. */
  get messages(): string[] {
    return this.records.map(({ severity, message }) => `${severity} ${message}`);
  }

  /** The timeline from there on, without what only keeps systemd patient. */
  storyFrom(position: number): string[] {
    return this.timeline.slice(position)
      .filter((entry) => !/^(?:EXTEND_TIMEOUT_USEC|WATCHDOG)=\d+$/.test(entry));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.engine.comeBack();
    this.signal("SIGTERM");
    await this.exitCode;
  }

  #note(entry: string): void {
    this.timeline.push(entry);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #host(): Partial<Host> {
    const read = (path: string): FileRead => {
      if (FOLDERS.includes(path)) return { kind: "error", reason: "Is a directory (os error 21)" };
      const text = this.files.get(path);
      return text === undefined
        ? { kind: "missing" }
        : { kind: "content", bytes: new TextEncoder().encode(text) };
    };
    const takeOutput = (bytes: Uint8Array) => {
      const lines = (this.#output + new TextDecoder().decode(bytes)).split("\n");
      this.#output = lines.pop() ?? "";
      this.records.push(...lines.map((line) => JSON.parse(line)));
      this.#wake();
    };
    return {
      architecture: "amd64",
      executable: undefined,
      hostname: () => "host",
      cwd: () => "/",
      readFile: (path) => Promise.resolve(read(path)),
      replaceFile: (path, text) => void this.files.set(path, text),
      removeFile: (path) => Promise.resolve(void this.files.delete(path)),
      openRecord: (path) => ({
        write: (text, at = 0) => {
          const old = (this.files.get(path) ?? "").padEnd(at);
          this.files.set(path, old.slice(0, at) + text + old.slice(at + text.length));
        },
      }),
      onSignal: (signal, handler) => void this.#handlers.set(signal, handler),
      writeStdout: (bytes) => Promise.resolve(takeOutput(bytes)),
      writeStdoutSync: takeOutput,
      writeStderr: () => {},
      httpRequest: (): Promise<HttpResponse> =>
        Promise.resolve({
          httpStatus: this.httpStatus,
          headers: new Headers(),
          body: null,
          certificateExpiresAt: undefined,
        }),
    };
  }
}

/** What is not given throws when it is used. */
function unlessGiven(host: Partial<Host>): Host {
  return new Proxy(host, {
    get: (given, name) => {
      if (name in given) return given[name as keyof Host];
      throw new Error(`The machine of this test has no ${String(name)}`);
    },
  }) as Host;
}
