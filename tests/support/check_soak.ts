/**
 * Two hundred checks a second of one service for a while, and what is left of them.
 * In: an engine with the base image, a duration. Out: what the program had open before and after, and its memory.
 */
import { ServiceBed } from "./service_bed.ts";
import type { ServiceProcess } from "./service_process.ts";
import { childrenOf, cpuMs, openFiles, privateKib, processesWith, zombiesOf } from "./processes.ts";

/** What there is while no check of the soak is under way. */
export interface Remains {
  readonly sockets: number;
  readonly pipes: number;
  readonly files: number;
  readonly children: number;
  readonly zombies: number;
  /** Commands that any check has started, on the host and in the container. */
  readonly commands: number;
  readonly execs: number;
  readonly privateKib: number;
}

export interface SoakResult {
  readonly before: Remains;
  readonly after: Remains;
  /** Private memory while the checks run, sampled now and then. */
  readonly memoryKib: readonly number[];
  readonly httpRequestsPerSecond: number;
  readonly cpuMsPerSecond: number;
  /** What was told of the checks that failed, but those that are meant to. */
  readonly complaints: readonly string[];
}

export interface SoakOptions {
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly sampleSeconds: number;
}

/** V8 then gives back what nobody holds, instead of keeping it for later: what is left is what is held. */
const V8_FLAGS = "--max-semi-space-size=1,--optimize-for-size";
const UP = "trap 'exit 0' TERM; httpd -p 80 -h /bin; sleep 86400 & wait";
/** The checks that are meant to fail. */
const HANGING = ["http hangs", "shell hangs", "internal hangs"];

export async function soak({ warmUpSeconds, seconds, sampleSeconds }: SoakOptions): Promise<SoakResult> {
  await using bed = await ServiceBed.create("soak");
  await using site = new SoakSite();
  const mark = `soak-${crypto.randomUUID()}`;
  const config = (monitor: Record<string, unknown>) => ({ name: bed.name, ...bed.script(UP), monitor });
  const idle = config({ check_container_present: true });
  const busy = config(monitorOf(site.port, mark));
  const service = await bed.run(idle, { env: { DENO_V8_FLAGS: V8_FLAGS } });
  await bed.ready();
  const reload = async (wanted: Record<string, unknown>) => {
    await bed.dir.write("service.yaml", JSON.stringify(wanted));
    service.signal("SIGHUP");
    await service.nextRecord(({ message }) => message === "Reloaded: the container stays");
  };
  const rest = async () => {
    await reload(idle);
    await site.closeConnections();
    return await leastRemains(() => remains(service, bed, mark));
  };
  await reload(busy);
  await sleep(warmUpSeconds);
  const before = await rest();
  await reload(busy);
  const first = site.requests;
  const firstCpuMs = cpuMs(service.pid);
  const memoryKib: number[] = [];
  for (let passed = 0; passed < seconds; passed += sampleSeconds) {
    await sleep(Math.min(sampleSeconds, seconds - passed));
    memoryKib.push(privateKib(service.pid));
  }
  const httpRequestsPerSecond = (site.requests - first) / seconds;
  const cpuMsPerSecond = (cpuMs(service.pid) - firstCpuMs) / seconds;
  const after = await rest();
  const failures = service.records.filter(({ data }) => data.state === "failing");
  for (const name of HANGING) {
    if (!failures.some(({ data }) => data.check === name)) {
      throw new Error(`Cannot soak: "${name}" has not failed`);
    }
  }
  const complaints = failures.filter(({ data }) => !HANGING.includes(String(data.check)))
    .map(({ timestamp, message, data }) => `${timestamp} ${message} ${JSON.stringify(data)}`);
  return { before, after, memoryKib, httpRequestsPerSecond, cpuMsPerSecond, complaints };
}

/** Connections to the engine that wait for the next request; their number is bounded, but not always the same. */
const IDLE_CONNECTIONS = 4;

/** What of all that the checks had open is still there, e.g. `3 pipes`. */
export function leftOver({ before, after }: SoakResult): string[] {
  const left: string[] = [];
  for (const key of ["sockets", "pipes", "files", "children", "zombies", "commands", "execs"] as const) {
    const more = after[key] - before[key];
    if (more > (key === "sockets" ? IDLE_CONNECTIONS : 0)) left.push(`${more} ${key}`);
  }
  return left;
}

/** 200 checks with a frequency of one tick: each kind, passing and hanging. */
function monitorOf(port: number, mark: string): Record<string, unknown> {
  const list = (count: number, check: (index: number) => Record<string, unknown>) =>
    Array.from({ length: count }, (_, index) => ({ frequency: 1, ...check(index) }));
  const site = { host: "127.0.0.1", port };
  const hang = `: ${mark}; sleep 30 & while :; do sleep 1; done`;
  return {
    public_network_name: "bridge",
    check_http: [
      ...list(50, (index) => ({ ...site, path: `/${index}`, headers: { "X-Soak": ["1"] } })),
      ...list(50, () => ({ ...site, path: "/json", expected: { json: { ok: true }, body_contains: "ok" } })),
      ...list(
        20,
        () => ({ ...site, path: "/", headers: { Host: ["soak.example"] }, follow_redirects: true }),
      ),
      ...list(19, () => ({ path: "/sh", expected: { status: "2xx" } })),
      ...list(1, () => ({ ...site, name: "http hangs", path: "/hang", timeout: "700ms" })),
    ],
    check_tcp: [...list(20, () => site), ...list(20, () => ({ port: 80 }))],
    check_shell_command: [
      ...list(10, () => ({ shell_command: `: ${mark}; cat`, stdin_string: "x", expected: { stdout: "x" } })),
      ...list(1, () => ({ name: "shell hangs", shell_command: hang, timeout: "700ms" })),
    ],
    check_exe: list(6, () => ({ exe: "/bin/echo", arguments: [mark], expected: { stdout: `${mark}\n` } })),
    check_internal_command: [
      // An exec costs the engine some 100 ms of a processor, and much more time where that is busy.
      ...list(2, () => ({
        shell_command: `: ${mark}; cat`,
        stdin_string: "x",
        expected: { stdout: "x" },
        timeout: "30s",
      })),
      ...list(1, () => ({ name: "internal hangs", shell_command: hang, timeout: "700ms", frequency: 3 })),
    ],
  };
}

/** A client notices a moment later that its connections have been closed; what hangs has to be ended in the container. */
async function leastRemains(measure: () => Promise<Remains>): Promise<Remains> {
  let least = await measure();
  const isEnding = () => least.commands + least.execs > 0;
  for (let again = 0; again < 10 || (again < 75 && isEnding()); again++) {
    await sleep(0.2);
    const now = await measure();
    if (now.sockets <= least.sockets) least = now;
  }
  return least;
}

async function remains(service: ServiceProcess, bed: ServiceBed, mark: string): Promise<Remains> {
  const { socket = 0, pipe = 0, file = 0 } = openFiles(service.pid);
  const container = await bed.engine.inspect(bed.name);
  return {
    sockets: socket,
    pipes: pipe,
    files: file,
    children: childrenOf(service.pid).length,
    zombies: zombiesOf(service.pid).length,
    commands: processesWith(mark).length,
    // The types do not know that there may be none.
    execs: (container?.ExecIDs as unknown[] | null)?.length ?? 0,
    privateKib: privateKib(service.pid),
  };
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** A web server whose connections can be closed, so that no client keeps them for later. */
class SoakSite implements AsyncDisposable {
  requests = 0;
  readonly port: number;
  #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = this.#listen(0);
    this.port = this.#server.addr.port;
  }

  async closeConnections(): Promise<void> {
    await this.#server.shutdown();
    this.#server = this.#listen(this.port);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }

  #listen(port: number): Deno.HttpServer<Deno.NetAddr> {
    return Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, (request) => this.#answer(request));
  }

  #answer(request: Request): Response | Promise<Response> {
    this.requests++;
    const { pathname } = new URL(request.url);
    if (pathname === "/json") return Response.json({ ok: true });
    if (pathname === "/") return new Response(null, { status: 302, headers: { Location: "/next" } });
    if (pathname !== "/hang") return new Response("fine");
    const { promise, resolve } = Promise.withResolvers<Response>();
    request.signal.addEventListener("abort", () => resolve(new Response("too late")));
    return promise;
  }
}
