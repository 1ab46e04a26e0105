/** A real Prometheus, Debian's, that collects from one address; and promtool, which has read more metrics than we. */
import { ensurePrograms, requireProgram } from "./debian_packages.ts";
import { poll } from "./event_log.ts";
import { type TempDir, tempDir } from "./temp_dir.ts";

const PACKAGE = "prometheus";
const START_TIMEOUT_MS = 30_000;

export interface ScrapeOptions {
  /** Where the metrics are, e.g. `http://127.0.0.1:9100/metrics`. */
  readonly target: string;
  readonly bearer?: string;
  readonly login?: { readonly username: string; readonly password: string };
  /** e.g. `1s`, which it is without; an answer may take as long. */
  readonly scrapeInterval?: string;
}

/** Of a series; what has no labels, such as a number, has none here. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Target {
  readonly health: "up" | "down";
  readonly lastError: string;
}

/**
 * What is wrong with metrics in the text format, a line each: by `promtool check metrics`, and series that come twice,
 * of which neither that nor the server says a word.
 */
export async function checkMetrics(text: string): Promise<string[]> {
  await ensurePrograms([{ program: "promtool", package: PACKAGE }]);
  await using dir = await tempDir("service_runner-promtool-");
  const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: [
      "-c",
      'exec "$0" check metrics <"$1"',
      await requireProgram("promtool"),
      await dir.write("m", text),
    ],
  }).output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  const complaints = output.split("\n").filter((line) => line !== "");
  if (code !== 0 && complaints.length === 0) complaints.push(`promtool ends with ${code}`);
  return [...complaints, ...doubled(text)];
}

/** What is wrong with a file of Prometheus' own, by promtool; empty if nothing is. */
export async function checkFile(what: "config" | "rules", text: string): Promise<string> {
  await ensurePrograms([{ program: "promtool", package: PACKAGE }]);
  await using dir = await tempDir("service_runner-promtool-");
  const { code, stdout, stderr } = await new Deno.Command(await requireProgram("promtool"), {
    args: ["check", what, await dir.write("file.yml", text)],
  }).output();
  return code === 0 ? "" : [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
}

function doubled(text: string): string[] {
  const series = text.split("\n").flatMap((line) => /^[^#{\s]+(?:\{.*\})?/.exec(line)?.[0] ?? []);
  const twice = series.filter((name, index) => series.indexOf(name) !== index);
  return twice.map((name) => `${name} comes twice`);
}

/** Resolves when the target has been asked for the first time, whatever it has answered: after some five seconds. */
export async function startPrometheus(options: ScrapeOptions): Promise<Prometheus> {
  await ensurePrograms([{ program: "prometheus", package: PACKAGE }]);
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("service_runner-prometheus-"));
  const { url } = stack.use(await startDaemon(dir, configOf(options)));
  const prometheus = new Prometheus(url, stack.move());
  try {
    await prometheus.until("up");
    return prometheus;
  } catch (error) {
    await prometheus[Symbol.asyncDispose]();
    throw error;
  }
}

/** Runs until disposed: `await using prometheus = await startPrometheus({ target })`. */
export class Prometheus implements AsyncDisposable {
  constructor(readonly url: string, private readonly owned: AsyncDisposableStack) {}

  /** What a query in PromQL yields now. */
  async query(promql: string): Promise<Sample[]> {
    const response = await fetch(`${this.url}/api/v1/query?${new URLSearchParams({ query: promql })}`);
    const { data, error } = await response.json();
    if (error !== undefined) throw new Error(`Cannot query "${promql}": ${error}`);
    const { resultType, result } = data;
    if (resultType === "scalar") return [{ labels: {}, value: numberOf(result[1]) }];
    return result.map(({ metric, value }: { metric: Sample["labels"]; value: [number, string] }) => (
      { labels: metric, value: numberOf(value[1]) }
    ));
  }

  /** Resolves as soon as the query yields something, to that: `until("up == 1")`. @throws When that takes too long. */
  async until(promql: string, timeoutMs = START_TIMEOUT_MS): Promise<Sample[]> {
    return await poll(timeoutMs, promql, async () => {
      const samples = await this.query(promql);
      return samples.length > 0 ? samples : undefined;
    });
  }

  /** How asking the target went the last time. */
  async target(): Promise<Target> {
    const response = await fetch(`${this.url}/api/v1/targets`);
    return (await response.json()).data.activeTargets[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.owned.disposeAsync();
  }
}

interface Daemon extends AsyncDisposable {
  readonly url: string;
}

async function startDaemon(dir: TempDir, config: string): Promise<Daemon> {
  const file = await dir.write("prometheus.yml", config);
  const log = `${dir.path}/log`;
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${dir.path}/data`];
  // The kernel chooses the port, the log tells.
  args.push("--web.listen-address=127.0.0.1:0");
  const child = new Deno.Command("/bin/sh", {
    // "exec": the shell's process becomes the daemon.
    args: [
      "-c",
      'log=$1; shift; exec "$0" "$@" >"$log" 2>&1',
      await requireProgram("prometheus"),
      log,
      ...args,
    ],
    stdin: "null",
  }).spawn();
  let ended = false;
  const end = child.status.then(() => ended = true);
  const stop = async () => {
    if (!ended) child.kill("SIGTERM");
    await end;
  };
  try {
    const address = await poll(START_TIMEOUT_MS, "the start of Prometheus", async () => {
      const text = await Deno.readTextFile(log).catch(() => "");
      if (ended) throw new Error(`Cannot start Prometheus:\n${text.slice(-2000)}`);
      if (!text.includes("Server is ready")) return undefined;
      return /msg="Listening on".* address=(127\.0\.0\.1:\d+)/.exec(text)?.[1];
    });
    return { url: `http://${address}`, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** JSON is YAML, too. */
function configOf({ target, bearer, login, scrapeInterval = "1s" }: ScrapeOptions): string {
  const { protocol, host, pathname } = new URL(target);
  return JSON.stringify({
    global: { "scrape_interval": scrapeInterval },
    "scrape_configs": [{
      "job_name": "test",
      scheme: protocol.slice(0, -1),
      "metrics_path": pathname,
      "static_configs": [{ targets: [host] }],
      ...bearer === undefined ? {} : { authorization: { credentials: bearer } },
      ...login === undefined ? {} : { "basic_auth": login },
    }],
  });
}

/** JavaScript has another word for what is infinite. */
function numberOf(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}
