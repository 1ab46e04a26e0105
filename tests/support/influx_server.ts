/**
 * A real InfluxDB, Debian's 1.6, and in front of it a forwarder that speaks API v2, which that version does not know:
 * it renames path and parameters, asks for the token, and misbehaves when a test wants it to.
 */
import type { Certificate } from "./certificate.ts";
import { ensurePrograms, requireProgram } from "./debian_packages.ts";
import { poll } from "./event_log.ts";
import { type TempDir, tempDir } from "./temp_dir.ts";

export const TOKEN = "secret-token-of-the-tests";
/** The server's URL has a path, as behind a reverse proxy. */
const PREFIX = "/influx";
const START_TIMEOUT_MS = 30_000;

/** A write as the forwarder got it. */
export interface ReceivedWrite {
  readonly atMs: number;
  readonly bytes: number;
  readonly isGzip: boolean;
  readonly lines: readonly string[];
}

/** Answers instead of the database, which `pass` asks; undefined stands for what it answers. */
export type Fault = (
  write: ReceivedWrite,
  pass: () => Promise<Response>,
) => Response | undefined | Promise<Response | undefined>;

export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Runs until disposed: `await using influx = await InfluxServer.start()`. */
export class InfluxServer implements AsyncDisposable {
  readonly writes: ReceivedWrite[] = [];
  fault: Fault = () => undefined;
  #daemon: { child: Deno.ChildProcess; url: string } | undefined;
  #forwarder: Deno.HttpServer<Deno.NetAddr> | undefined;
  #port = 0;

  private constructor(readonly dir: TempDir, readonly certificate?: Certificate) {}

  /** `certificate`: for https. */
  static async start(certificate?: Certificate): Promise<InfluxServer> {
    await ensurePrograms([{ program: "influxd", package: "influxdb" }]);
    const server = new InfluxServer(await tempDir("service_runner-influxdb-"), certificate);
    await server.start();
    return server;
  }

  /** What goes into the machine-wide config. */
  get location(): string {
    return `http${this.certificate === undefined ? "" : "s"}://127.0.0.1:${this.#port}${PREFIX}/`;
  }

  async start(): Promise<void> {
    this.#daemon = await startDaemon(this.dir);
    this.#forwarder = Deno.serve(
      { hostname: "127.0.0.1", port: this.#port, onListen: () => {}, ...this.certificate },
      (request) => this.#answer(request),
    );
    this.#port = this.#forwarder.addr.port;
  }

  /** Nobody listens any more. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const { child } = this.#daemon ?? {};
    child?.kill(signal);
    await child?.status;
    this.#daemon = undefined;
    await this.#forwarder?.shutdown();
    this.#forwarder = undefined;
  }

  /** InfluxQL. Rows of all series, with their tags where it groups by them; `time` in nanoseconds, as text. */
  async query(bucket: string, statement: string): Promise<Row[]> {
    const query = new URLSearchParams({ db: bucket, q: statement, epoch: "ns" });
    const response = await fetch(`${this.#daemon?.url}/query?${query}`);
    // A double has not enough digits for nanoseconds.
    const text = (await response.text()).replace(/\[(\d{19}),/g, '["$1",');
    const [result] = JSON.parse(text).results;
    if (result.error !== undefined) throw new Error(`Cannot query "${statement}": ${result.error}`);
    return (result.series ?? []).flatMap((series: Series) =>
      series.values.map((values) => ({
        ...series.tags,
        ...Object.fromEntries(series.columns.map((column, index) => [column, values[index] ?? null])),
      }))
    );
  }

  async count(bucket: string, measurement: string): Promise<number> {
    const [row] = await this.query(bucket, `SELECT count(message) FROM "${measurement}"`);
    return Number(row?.count ?? 0);
  }

  async createBucket(name: string): Promise<void> {
    const q = new URLSearchParams({ q: `CREATE DATABASE "${name}"` });
    await (await fetch(`${this.#daemon?.url}/query?${q}`, { method: "POST" })).text();
  }

  /** Past the forwarder. */
  async write(bucket: string, line: string): Promise<void> {
    const query = new URLSearchParams({ db: bucket, precision: "n" });
    const response = await fetch(`${this.#daemon?.url}/write?${query}`, { method: "POST", body: line });
    if (!response.ok) throw new Error(`Cannot write "${line}": ${await response.text()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.dir[Symbol.asyncDispose]();
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    if (url.pathname !== `${PREFIX}/api/v2/write` || request.method !== "POST") {
      return new Response("no such place", { status: 404 });
    }
    if (request.headers.get("Authorization") !== `Token ${TOKEN}`) {
      const echo = request.headers.get("Authorization");
      return Response.json({ code: "unauthorized", message: `unauthorized: ${echo}` }, { status: 401 });
    }
    const isGzip = request.headers.get("Content-Encoding") === "gzip";
    const lines = (await textOf(body, isGzip)).split("\n").slice(0, -1);
    const write = { atMs: performance.now(), bytes: body.length, isGzip, lines };
    this.writes.push(write);
    const pass = () => this.#forward(url.searchParams, body, isGzip);
    return await this.fault(write, pass) ?? await pass();
  }

  async #forward(params: URLSearchParams, body: Uint8Array<ArrayBuffer>, isGzip: boolean): Promise<Response> {
    const query = new URLSearchParams({ db: params.get("bucket") ?? "", precision: "n" });
    if (params.get("precision") !== "ns" || !params.has("org")) return new Response("", { status: 400 });
    try {
      return await fetch(`${this.#daemon?.url}/write?${query}`, {
        method: "POST",
        body,
        headers: isGzip ? { "Content-Encoding": "gzip" } : {},
      });
    } catch {
      return new Response("the database is gone", { status: 502 });
    }
  }
}

interface Series {
  readonly tags?: Row;
  readonly columns: readonly string[];
  readonly values: readonly Row[string][][];
}

async function textOf(body: Uint8Array<ArrayBuffer>, isGzip: boolean): Promise<string> {
  const stream = new Blob([body]).stream();
  return await new Response(isGzip ? stream.pipeThrough(new DecompressionStream("gzip")) : stream).text();
}

async function startDaemon(dir: TempDir): Promise<{ child: Deno.ChildProcess; url: string }> {
  const config = await dir.write("influxdb.conf", daemonConfig(dir.path));
  // "exec": the shell's process becomes the daemon. A log of its own for each start.
  const log = `${dir.path}/log-${crypto.randomUUID()}`;
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", 'exec "$0" -config "$1" >"$2" 2>&1', await requireProgram("influxd"), config, log],
    stdin: "null",
    // Ctrl-C is for the test run to handle, which then ends this.
    detached: true,
  }).spawn();
  const address = await poll(START_TIMEOUT_MS, "the start of InfluxDB", async () => {
    const text = await Deno.readTextFile(log).catch(() => "");
    return /Listening on HTTP.*addr=(127\.0\.0\.1:\d+)/.exec(text)?.[1];
  });
  return { child, url: `http://${address}` };
}

/** Port 0: the kernel chooses, the log tells. */
function daemonConfig(folder: string): string {
  return `reporting-enabled = false
bind-address = "127.0.0.1:0"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:0"
  log-enabled = false
[logging]
  format = "logfmt"
`;
}
