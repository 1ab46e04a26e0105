/** Lines in numbers, live and from the engine's log: none missing, none doubled, in the order of their stream. */
import { logOptions } from "../logging/lines.ts";
import { deepEqual, equal, ok } from "node:assert/strict";
import { DockerEngine } from "../../src/engine/docker_engine.ts";
import { unixTransport } from "../../src/engine/http/unix_transport.ts";
import { JsonLines } from "../../src/logging/json_lines.ts";
import { OutputQueue } from "../../src/logging/output_queue.ts";
import { preciseNowMs } from "../../src/logging/rising_clock.ts";
import { openLog } from "../../src/supervisor/log/catch_up.ts";
import { LogPump } from "../../src/supervisor/log/log_pump.ts";
import { CuttingProxy } from "../support/cutting_proxy.ts";
import { EngineProxy } from "../support/engine_proxy.ts";
import { poll } from "../support/event_log.ts";
import { ServiceBed } from "../support/service_bed.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;
const NEVER = new AbortController().signal;
const SOURCES = ["stdout", "stderr"] as const;

/** Takes records as bytes, and checks that the numbers of each stream are 1, 2, 3 …; keeps the other records. */
class Audit {
  readonly counts = { stdout: 0, stderr: 0 };
  readonly others: string[] = [];
  readonly #decoder = new TextDecoder();
  #rest = "";

  take(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#check(line);
  }

  #check(line: string): void {
    const [, source, message = ""] =
      /"source":"docker_logs\.(stdout|stderr)","message":"([^"]*)"/.exec(line) ?? [];
    if (source === undefined) return void this.others.push(line);
    const number = ++this.counts[source as "stdout" | "stderr"];
    if (parseInt(message) !== number) {
      throw new Error(`Line ${number} of ${source} is "${message.slice(0, 80)}"`);
    }
  }
}

/** `count` lines of some 70 bytes on each stream. */
function numbers(count: number): string {
  const lines = `yes ${"x".repeat(60)} | head -n ${count} | awk '{ print NR, $0 }'`;
  return `(${lines}) & (${lines}) >&2; wait`;
}

function wayTo({ dir, engine }: ServiceBed): EngineProxy {
  return new EngineProxy({
    dir: dir.path,
    engineSocket: engine.socketPath,
    request: /never/,
    hold: "request",
  });
}

/** Runs the program to its end; `onAudit` sees how far it is with each read. */
async function runAudited(
  bed: ServiceBed,
  config: Record<string, unknown>,
  { socketPath, onAudit = () => {} }: { socketPath: string; onAudit?: (audit: Audit) => void },
): Promise<{ audit: Audit; code: number }> {
  const file = await bed.dir.write("service.yaml", JSON.stringify({ name: bed.name, ...config }));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, file],
    env: { DOCKER_HOST: `unix://${socketPath}` },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const audit = new Audit();
  for await (const chunk of child.stdout) {
    audit.take(chunk);
    onAudit(audit);
  }
  return { audit, code: (await child.status).code };
}

Deno.test("1,000,000 lines live, half of them on each stream", async () => {
  await using bed = await ServiceBed.create("million");
  const { audit, code } = await runAudited(bed, bed.script(numbers(500_000)), bed.engine);
  equal(code, 0);
  deepEqual(audit.counts, { stdout: 500_000, stderr: 500_000 });
});

Deno.test("400,000 lines, most of them from the engine's log: the engine is lost right at the beginning", async () => {
  await using bed = await ServiceBed.create("million");
  let way = wayTo(bed);
  let cut: Promise<void> | undefined;
  const config = bed.script(`${numbers(200_000)}; exec sleep 5`);
  const { audit, code } = await runAudited(bed, config, {
    socketPath: way.socketPath,
    onAudit({ counts, others }) {
      // Lines come before the engine has said that the container is started, and without that there is none.
      const isStarted = others.some((record) => record.includes("The service is ready"));
      if (counts.stdout === 0 || !isStarted) return;
      cut ??= way[Symbol.asyncDispose]().then(() => void (way = wayTo(bed)));
    },
  });
  await cut;
  await way[Symbol.asyncDispose]();
  equal(code, 0);
  ok(audit.others.some((record) => record.includes("has lived on")));
  deepEqual(audit.counts, { stdout: 200_000, stderr: 200_000 });
});

/** Bursts of lines, so that what an outage of a moment adds is less than the log holds. */
const BURSTS = "trap 'exit 0' TERM; i=0; while :; do for n in 1 2 3 4 5 6 7 8 9 10; do i=$((i+1)); " +
  'echo "$i xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"; echo "$i yyyyyyyyyyyyyyyyyyyyyyyyyy" >&2; done; ' +
  "sleep 0.05; done";

for (const driver of ["json-file", "local"]) {
  Deno.test(`a log of the driver ${driver} that has been rotated: the place is found, again and again`, async () => {
    await using bed = await ServiceBed.create("rotated");
    const limits = ["max-size=100k", "max-file=3"].flatMap((option) => ["--log-opt", option]);
    const config = { ...bed.script(BURSTS), "container_create_args": ["--log-driver", driver, ...limits] };
    let way = wayTo(bed);
    const service = await bed.run(config, { engineSocket: way.socketPath });
    await bed.ready();
    await poll(40_000, "the loss of the log's beginning", async () => {
      const log = await bed.engine.docker.getContainer(bed.name).logs({ stdout: true, stderr: true });
      // Behind the first frame's header.
      return log.length < 1000 || /^1 /.test(log.subarray(8, 10).toString()) ? undefined : true;
    });
    for (let round = 1; round <= 3; round++) {
      await way[Symbol.asyncDispose]();
      await service.nextRecord(({ message }) => message.includes("waiting up to"));
      way = wayTo(bed);
      await service.nextRecord(({ message }) => message.includes("has lived on"));
      await service.nextRecord(({ source }) => source === "docker_logs.stdout");
    }
    service.signal("SIGTERM");
    const { code, records } = await service.exit();
    await way[Symbol.asyncDispose]();
    equal(code, 0);
    for (const stream of SOURCES) {
      const lines = records.filter(({ source }) => source === `docker_logs.${stream}`);
      ok(lines.length > 1000);
      equal(lines.findIndex(({ message }, index) => parseInt(message) !== index + 1), -1, stream);
    }
    deepEqual(records.filter(({ message }) => message.includes("may be missing")), []);
  });
}

Deno.test("a log that somebody truncates while the engine is away: lines that are lost or come again are said to", async () => {
  await using bed = await ServiceBed.create("truncated");
  const config = { ...bed.script(BURSTS), "container_create_args": ["--log-driver", "json-file"] };
  let way = wayTo(bed);
  const service = await bed.run(config, { engineSocket: way.socketPath });
  await bed.ready();
  await service.nextRecord(({ message }) => message.startsWith("100 "));
  await way[Symbol.asyncDispose]();
  const away = await service.nextRecord(({ message }) => message.includes("waiting up to"));
  const container = bed.engine.docker.getContainer(bed.name);
  const since = Math.ceil(Date.parse(away.timestamp) / 1000);
  await poll(
    20_000,
    "lines that are in the log only",
    async () => (await container.logs({ stdout: true, stderr: true, since })).length > 1000 || undefined,
  );
  await Deno.truncate((await container.inspect()).LogPath);
  way = wayTo(bed);
  await service.nextRecord(({ message }) => message.includes("has lived on"));
  await service.nextRecord(({ source }) => source === "docker_logs.stdout");
  service.signal("SIGTERM");
  const { code, records } = await service.exit();
  await way[Symbol.asyncDispose]();
  equal(code, 0);
  for (const stream of SOURCES) {
    const numbers = records.filter(({ source }) => source === `docker_logs.${stream}`)
      .map(({ message }) => parseInt(message));
    const isWhole = numbers.every((number, index) => number === index + 1);
    equal(isWhole, false, "lines are lost with the log");
    equal(numbers.findIndex((number, index) => number <= (numbers[index - 1] ?? 0)), -1, "none comes twice");
  }
  equal(
    records.filter(({ message }) => message.startsWith("Lines may be missing or come twice here")).length,
    1,
  );
});

Deno.test("the driver none: after a cut the lines go on, and one record says that some may be missing", async () => {
  await using bed = await ServiceBed.create("no-log");
  const config = { ...bed.script(BURSTS), "container_create_args": ["--log-driver", "none"] };
  let way = wayTo(bed);
  const service = await bed.run(config, { engineSocket: way.socketPath });
  await bed.ready();
  await service.nextRecord(({ source }) => source === "docker_logs.stdout");
  await way[Symbol.asyncDispose]();
  await service.nextRecord(({ message }) => message.includes("waiting up to"));
  way = wayTo(bed);
  await service.nextRecord(({ message }) => message.includes("has lived on"));
  await service.nextRecord(({ source }) => source === "docker_logs.stdout");
  service.signal("SIGTERM");
  const { code, records } = await service.exit();
  await way[Symbol.asyncDispose]();
  equal(code, 0);
  equal(records.filter(({ message }) => message.startsWith("Lines may be missing here")).length, 1);
  const numbers = records.filter(({ source }) => source === "docker_logs.stdout").map(({ message }) =>
    parseInt(message)
  );
  equal(
    numbers.findIndex((number, index) => number <= (numbers[index - 1] ?? 0)),
    -1,
    "in order, none doubled",
  );
});

function auditedPump(terminal: boolean) {
  const audit = new Audit();
  const output = new OutputQueue((bytes) => Promise.resolve(audit.take(bytes)), (error) => {
    throw error;
  });
  const logger = new JsonLines({ service: "cut", output, nowMs: preciseNowMs(), journal: false });
  const records = logger.containerLines(logOptions());
  return { audit, logger, pump: new LogPump({ terminal, records, clock: logger.clock, output, logger }) };
}

for (const terminal of [false, true]) {
  Deno.test(`a container ${terminal ? "with a TTY " : ""}that writes and ends while its log is read slowly: all lines come`, async () => {
    await using bed = await ServiceBed.create("slow");
    using transport = unixTransport(bed.engine.socketPath);
    const engine = new DockerEngine(bed.engine.socketPath, transport.send);
    const { audit, logger, pump } = auditedPump(terminal);
    const container = await bed.engine.docker.createContainer({
      name: bed.name,
      Image: TEST_IMAGES.base,
      // More than the kernel holds, then more.
      Cmd: ["sh", "-c", "trap 'seq 40001 50000; exit' TERM; seq 1 40000; while :; do sleep 0.1; done"],
      Tty: terminal,
    });
    await container.start();
    const lastOf = async () => (await container.logs({ stdout: true, stderr: true, tail: 1 })).toString();
    await poll(20_000, "the first lines", async () => (await lastOf()).includes("40000") || undefined);
    // Once the engine has begun to send, nothing is read of it until the container has ended.
    const readLog: DockerEngine["readLog"] = async (id, options, signal) => {
      const stream = await engine.readLog(id, options, signal);
      if (!options.follow) return stream;
      const reader = stream.getReader();
      const first = (await reader.read()).value?.slice();
      await container.kill({ signal: "SIGTERM" });
      await container.wait();
      reader.releaseLock();
      return ReadableStream.from((async function* () {
        if (first !== undefined) yield first;
        yield* stream;
      })());
    };
    const slow = { ...engine, readLog } as DockerEngine;
    await (await openLog(container.id, pump, { engine: slow, logger, signal: NEVER })).logged;
    await pump.finish();
    deepEqual(audit.counts, { stdout: 50_000, stderr: 0 });
    deepEqual(audit.others, []);
  });

  Deno.test(`100,000 lines ${terminal ? "of a TTY" : "on two streams"}, the connection cut again and again`, async () => {
    await using bed = await ServiceBed.create("cut");
    // Often in the head of the answer, or in its first lines. The first twelve together are shorter than the log (3 MB at
    // least), so that it has not been read before; then later with time, as each answer begins at the last stamp that was
    // read. Answers that are too short to be cut do not count.
    let asked = 0;
    const cutAfter = (line: string) =>
      /\/(attach|logs)/.test(line)
        ? Math.floor(Math.random() ** 3 * (proxy.cuts < 12 ? 250_000 : 400_000 * ++asked))
        : undefined;
    await using proxy: CuttingProxy = await CuttingProxy.start({
      engineSocket: bed.engine.socketPath,
      cutAfter,
    });
    using transport = unixTransport(proxy.socketPath);
    const engine = new DockerEngine(proxy.socketPath, transport.send);
    const { audit, logger, pump } = auditedPump(terminal);
    const script = terminal ? "seq 1 100000" : numbers(50_000);
    const container = await bed.engine.docker.createContainer({
      name: bed.name,
      Image: TEST_IMAGES.base,
      Cmd: ["sh", "-c", script],
      Tty: terminal,
    });
    const live = await engine.attachContainer(container.id, NEVER).catch(() => undefined);
    await container.start();
    // Whether it was cut can not be told: its end is that of the connection.
    if (live !== undefined) await pump.pumpLive(live, () => Promise.resolve(true)).catch(() => {});
    let isOver = false;
    while (!isOver) {
      isOver = await openLog(container.id, pump, { engine, logger, signal: NEVER })
        .then(({ logged }) => logged).then(() => true, () => false);
    }
    await pump.finish();
    ok(proxy.cuts > 10, `${proxy.cuts} cuts`);
    deepEqual(audit.counts, terminal ? { stdout: 100_000, stderr: 0 } : { stdout: 50_000, stderr: 50_000 });
    deepEqual(audit.others, []);
  });
}
