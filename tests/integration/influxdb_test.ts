/** Records and measurements reach a real InfluxDB: each once, whatever happens to it or to the program. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { checkLine } from "../../src/logging/influxdb/points.ts";
import { decodeFrames } from "../../src/logging/influxdb/spool_frames.ts";
import { poll } from "../support/event_log.ts";
import { InfluxServer, type ReceivedWrite, type Row, TOKEN } from "../support/influx_server.ts";
import { selfSigned } from "../support/certificate.ts";
import { tempDir } from "../support/temp_dir.ts";
import { type RunOptions, ServiceBed } from "../support/service_bed.ts";
import type { LogRecord, ServiceProcess } from "../support/service_process.ts";

const STDOUT = "docker_logs.stdout";

/** A service whose records go to a bucket of its own. */
async function influxBed(influx: InfluxServer, settings: Record<string, string> = {}) {
  const bed = await ServiceBed.create("influx");
  await influx.createBucket(bed.name);
  influx.writes.length = 0;
  influx.fault = () => undefined;
  const influxdb = { location: influx.location, token: TOKEN, bucket: bed.name, ...settings };
  const config = await bed.dir.write("runner.yaml", JSON.stringify({ influxdb }, null, 2));
  const state = `${bed.dir.path}/state`;
  const env = { "service_runner_global_config": config, STATE_DIRECTORY: state };
  const run = (script: string, options: RunOptions = {}): Promise<ServiceProcess> =>
    // Not every script hears SIGTERM.
    bed.run({ ...bed.script(script), container_create_args: ["--stop-signal", "KILL"] }, { env, ...options });
  return { bed, state, env, run, [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose]() };
}

function messages(records: readonly LogRecord[], source = STDOUT): string[] {
  return records.filter((record) => record.source === source).map(({ message }) => message);
}

function influxRecords(records: readonly LogRecord[]): string[] {
  return messages(records, "influxdb");
}

function nanoseconds({ timestamp }: LogRecord): string {
  return String(Date.parse(timestamp.slice(0, 19) + "Z") / 1000) + timestamp.slice(20, 29);
}

function byTime(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => String(a.time) < String(b.time) ? -1 : 1);
}

Deno.test("records reach InfluxDB by https; a certificate that is not trusted is told, and they wait", async () => {
  await using dir = await tempDir();
  const certificate = await selfSigned(dir.path, { names: "IP:127.0.0.1", days: 2 });
  const file = await dir.write("ca.pem", certificate.cert);
  await using influx = await InfluxServer.start(certificate);
  await using bench = await influxBed(influx);
  const { bed, env } = bench;
  const wary = await bench.run("seq 1 100; exec sleep 600");
  const waiting = await wary.nextRecord(({ source }) => source === "influxdb");
  match(waiting.message, /they wait: .*certificate/);
  wary.signal("SIGTERM");
  await wary.exit();
  equal(await influx.count(bed.name, STDOUT), 0);
  const trusting = await bench.run("seq 101 200", { env: { ...env, DENO_CERT: file } });
  equal((await trusting.exit()).code, 0);
  equal(await influx.count(bed.name, STDOUT), 200);
});

Deno.test("records reach InfluxDB", async (t) => {
  await using influx = await InfluxServer.start();

  await t.step("200,000 lines of one service, many in the same millisecond", async () => {
    await using bench = await influxBed(influx);
    const { bed } = bench;
    const manyLines = "seq 1 200000 | sed 's/.*/line & says \"hé\" \\\\ to, all=of {you}/'";
    const service = await bench.run(`${manyLines}; exec sleep 600`);
    // A busy database need not have taken them all by the end of a program that ends with the last line.
    await poll(60_000, "the last line in InfluxDB", async () => {
      return await influx.count(bed.name, STDOUT) === 200_000 || undefined;
    });
    service.signal("SIGTERM");
    const { code, records } = await service.exit();
    equal(code, 0);
    deepEqual(influxRecords(records), []);
    const rows = byTime(await influx.query(bed.name, `SELECT * FROM "${STDOUT}"`));
    equal(rows.length, 200_000);
    const lines = records.filter(({ source }) => source === STDOUT);
    equal(rows.findIndex(({ message }, index) => message !== lines[index]?.message), -1);
    equal(rows.findIndex(({ time }, index) => time !== nanoseconds(lines[index] as LogRecord)), -1);
    const { message: _m, time: _t, ...tags } = rows[0] as Row;
    deepEqual(tags, { service: bed.name, host: Deno.hostname(), severity: "info", stream: "stdout" });
    ok(influx.writes.every(({ lines }) => lines.length <= 5000));
    ok(influx.writes.some(({ isGzip }) => isGzip));
  });

  await t.step("what the program says, with its data, and the state of the container", async () => {
    await using bench = await influxBed(influx);
    const { bed } = bench;
    const service = await bench.run(`echo out; echo err >&2; printf 'a\\001\\t"b"'; echo; exit 7`);
    const { records } = await service.exit();
    for (const source of ["service", "docker_logs.stderr", STDOUT]) {
      const rows = byTime(await influx.query(bed.name, `SELECT message FROM "${source}"`));
      deepEqual(rows.map(({ message }) => message), messages(records, source));
    }
    const [end] = await influx.query(
      bed.name,
      `SELECT exit_code, meaning, oom_killed FROM service WHERE exit_code = 7`,
    );
    equal(end?.meaning, "exit code 7");
    equal(end?.oom_killed, false);
    const states = byTime(await influx.query(bed.name, "SELECT * FROM container"));
    equal(states.at(-1)?.up, 0);
    equal(states.at(-1)?.exit_code, 7);
    ok(states.some(({ up }) => up === 1));
  });

  await t.step("each panel of the dashboard shows something", async () => {
    await using bench = await influxBed(influx);
    const { bed } = bench;
    const service = await bench.run("echo out; echo err >&2; sleep 1; exit 1");
    await service.exit();
    const origin = { service: bed.name, host: "h" };
    const at = { seconds: Math.floor(Date.now() / 1000), nanos: 0 };
    const report = {
      check: "http /",
      kind: "check_http",
      ok: false,
      durationMs: 5,
      status: 500,
      restarts: 0,
    };
    await influx.write(bed.name, checkLine(report, origin, at));
    const main = `${import.meta.dirname}/../../main.ts`;
    const command = new Deno.Command(Deno.execPath(), { args: ["run", "--allow-all", main, "dashboard"] });
    const dashboard = JSON.parse(new TextDecoder().decode((await command.output()).stdout));
    const queries: string[] = dashboard.panels.flatMap(({ targets }: { targets: { query: string }[] }) =>
      targets.map(({ query }) => query)
    );
    ok(queries.length >= 6);
    for (const query of [...queries, dashboard.templating.list[1].query]) {
      const statement = query.replaceAll("$service", bed.name).replaceAll("$timeFilter", "time > now() - 1h")
        .replaceAll("$__interval", "1s");
      ok((await influx.query(bed.name, statement)).length > 0, statement);
    }
  });

  await t.step("lines beyond 48 KiB, which are several records", async () => {
    await using bench = await influxBed(influx);
    const { bed } = bench;
    const service = await bench.run("seq 1 30000 | tr '\\n' '\"'; echo");
    const { records } = await service.exit();
    const rows = byTime(await influx.query(bed.name, `SELECT * FROM "${STDOUT}"`));
    deepEqual(rows.map(({ message }) => message), messages(records));
    deepEqual(rows.map(({ part }) => part), rows.map((_, index) => index + 1));
    deepEqual(rows.map(({ parts }) => parts), rows.map(() => rows.length));
  });

  await t.step("the database stopped under load, started, killed in mid-batch, started again", async () => {
    await using bench = await influxBed(influx);
    const { bed } = bench;
    // 100 lines at a time, each 50 ms or so, until the file "end" is there.
    const script = "i=0; while [ ! -e /end ]; do seq $i $((i+99)); i=$((i+100)); usleep 50000; done";
    const service = await bench.run(script);
    await bed.ready();
    await poll(20_000, "first points", async () => await influx.count(bed.name, STDOUT) > 0 || undefined);
    await influx.stop();
    const stoppedAtMs = performance.now();
    await service.nextRecord(({ source, message }) => source === "influxdb" && /they wait/.test(message));
    const before = messages(service.records).length;
    await poll(
      120_000,
      "a minute of many lines",
      () => {
        const isOver = performance.now() - stoppedAtMs > 60_000;
        return Promise.resolve(isOver && messages(service.records).length > before + 20_000 || undefined);
      },
    );
    await influx.start();
    await service.nextRecord(({ message }) => /takes records again/.test(message), 30_000);
    const killed = Promise.withResolvers<void>();
    influx.fault = () => {
      killed.resolve();
      influx.fault = () => undefined;
      return undefined;
    };
    await killed.promise;
    await influx.stop("SIGKILL");
    await influx.start();
    await bed.engine.docker.getContainer(bed.name).exec({ Cmd: ["touch", "/end"] }).then((exec) =>
      exec.start({})
    );
    const { code, records } = await service.exit();
    equal(code, 0);
    await drained(bench);
    const rows = byTime(await influx.query(bed.name, `SELECT message FROM "${STDOUT}"`));
    deepEqual(rows.map(({ message }) => message), messages(records));
    // Each time that it is away once, and that it is back once; nothing is lost. The last may come too late.
    const said = influxRecords(records).map((text) =>
      /they wait|takes records again/.exec(text)?.[0] ?? text
    );
    ok(said.length >= 2, said.join("\n"));
    const expected = ["they wait", "takes records again", "they wait", "takes records again"];
    deepEqual(said, expected.slice(0, said.length));
    equal(await influx.count(bed.name, "influxdb"), 0);
  });

  await t.step(
    "answers of all kinds: 503, 429, 413, 200, one that is not true, none",
    async () => {
      await using bench = await influxBed(influx);
      const { bed } = bench;
      const refusals: { write: ReceivedWrite; status: number }[] = [];
      const answers: ((pass: () => Promise<Response>) => Response | Promise<Response>)[] = [
        () => new Response("busy", { status: 503 }),
        () => new Response("slow down", { status: 429, headers: { "Retry-After": "2" } }),
        () => new Response("too large", { status: 413 }),
        // Stored, though the answer says otherwise: it is sent again, and is the same points.
        (pass) => pass().then(() => new Response("oops", { status: 500 })),
        (pass) => pass().then(() => new Response("{}", { status: 200 })),
        () =>
          new Promise((resolve) => setTimeout(() => resolve(new Response("late", { status: 500 })), 11_000)),
      ];
      influx.fault = async (write, pass) => {
        const answer = await answers.shift()?.(pass);
        if (answer !== undefined) refusals.push({ write, status: answer.status });
        return answer;
      };
      const service = await bench.run("seq 1 20000; exec sleep 600");
      await bed.ready();
      await poll(
        60_000,
        "all lines",
        async () => await influx.count(bed.name, STDOUT) === 20_000 || undefined,
      );
      equal(answers.length, 0);
      const pushedBack = refusals.find(({ status }) => status === 429)?.write.atMs ?? 0;
      const next = influx.writes.find(({ atMs }) => atMs > pushedBack)?.atMs ?? 0;
      ok(next - pushedBack >= 2000, `the next write came after ${next - pushedBack} ms`);
      service.signal("SIGTERM");
      const { code, records } = await service.exit();
      equal(code, 0);
      const rows = byTime(await influx.query(bed.name, `SELECT message FROM "${STDOUT}"`));
      deepEqual(rows.map(({ message }) => message), messages(records));
    },
  );

  await t.step("400 for lines that are no good: cut once, given up and counted", async () => {
    await using bench = await influxBed(influx);
    const { bed } = bench;
    influx.fault = ({ lines }) =>
      lines.some((line) => line.includes("poison"))
        ? Response.json({ code: "invalid", message: "unable to parse" }, { status: 400 })
        : undefined;
    const service = await bench.run("seq 1 1000; echo poison; seq 1002 2000; exec sleep 600");
    await bed.ready();
    const lost = await service.nextRecord(({ source }) => source === "influxdb");
    match(lost.message, /lost to InfluxDB.*unable to parse/);
    const stored = () => influx.count(bed.name, STDOUT);
    const dropped = lost.data.dropped as number;
    ok(dropped > 0 && dropped < 1100, `${dropped} are lost`);
    await poll(20_000, "the other half", async () => await stored() >= 2000 - dropped || undefined);
  });

  await t.step("a wrong token: one loud record without it, and the service runs on", async () => {
    await using bench = await influxBed(influx, { token: "wrong-token" });
    const { bed } = bench;
    const service = await bench.run("while :; do echo tick; sleep 0.3; done");
    await bed.ready();
    const refused = await service.nextRecord(({ source }) => source === "influxdb");
    equal(refused.severity, "error");
    match(refused.message, /refuses records.*401.*token/);
    const ticks = messages(service.records).length;
    await poll(
      20_000,
      "ticks",
      () => Promise.resolve(messages(service.records).length > ticks + 5 || undefined),
    );
    service.signal("SIGTERM");
    const { code, stdout, stderr, records } = await service.exit();
    equal(code, 0);
    equal(influxRecords(records).length, 1);
    ok(!(stdout + stderr).includes("wrong-token"));
    const spooled = await spooledLines(bench.state);
    equal(spooled.filter((line) => line.startsWith(STDOUT)).length, messages(records).length);
  });

  await t.step("the program killed while the database is away: what was spooled arrives", async () => {
    await using bench = await influxBed(influx);
    const { bed } = bench;
    await influx.stop();
    const service = await bench.run("seq 1 100000; exec sleep 600");
    await bed.ready();
    await poll(
      30_000,
      "all lines",
      () => Promise.resolve(messages(service.records).length === 100_000 || undefined),
    );
    await poll(20_000, "a spool", async () => (await spooledLines(bench.state)).length > 50_000 || undefined);
    service.signal("SIGKILL");
    await service.exit().catch(() => {});
    const spooled = (await spooledLines(bench.state)).filter((line) => line.startsWith(STDOUT));
    await influx.start();
    const second = await bench.run("echo from the second run");
    equal((await second.exit()).code, 0);
    await drained(bench);
    const rows = byTime(await influx.query(bed.name, `SELECT message FROM "${STDOUT}"`));
    const expected = [...spooled.map((line) => /message="(.*)" \d+$/.exec(line)?.[1]), "from the second run"];
    const arrived = rows.map(({ message }) => message);
    // A database that is going down may have taken the first batch, which then is not spooled.
    const taken = arrived.splice(0, Math.max(0, arrived.length - expected.length));
    deepEqual(taken, taken.map((_, index) => String(index + 1)));
    deepEqual(arrived, expected);
  });

  await t.step("bounds: of memory, and of the spool, where the oldest are dropped and counted", async () => {
    await using bench = await influxBed(influx, { spool_limit: "1m" });
    const { bed, env } = bench;
    await influx.stop();
    // 200 MB, none of which can be sent.
    const script = `seq 1 100000 | sed 's/$/ ${"x".repeat(2000)}/'`;
    const file = await bed.dir.write(
      "service.yaml",
      JSON.stringify({ name: bed.name, ...bed.script(script) }),
    );
    const out = `${bed.dir.path}/out`;
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", 'exec "$0" run --allow-all main.ts "$1" >"$2"', Deno.execPath(), file, out],
      cwd: `${import.meta.dirname}/../..`,
      env: { ...env, DOCKER_HOST: `unix://${bed.engine.socketPath}` },
    }).spawn();
    let peakMiB = 0;
    const watching = setInterval(async () => {
      const status = await Deno.readTextFile(`/proc/${child.pid}/status`).catch(() => "");
      peakMiB = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? peakMiB * 1024) / 1024;
    }, 50);
    const { success } = await child.status.finally(() => clearInterval(watching));
    ok(success);
    ok(peakMiB > 0 && peakMiB < 230, `at most ${peakMiB} MiB were in memory`);
    const sizes = await Promise.all(
      (await Array.fromAsync(Deno.readDir(`${bench.state}/influxdb`)))
        .map(({ name }) => Deno.stat(`${bench.state}/influxdb/${name}`)),
    );
    const sizeBytes = sizes.reduce((sum, { size }) => sum + size, 0);
    ok(sizeBytes <= 1024 * 1024 && sizeBytes > 500_000, `the spool has ${sizeBytes} bytes`);
    const kept = await spooledLines(bench.state);
    ok(kept.some((line) => line.includes('message="100000 ')));
    const lines = (await Deno.readTextFile(out)).split("\n").slice(0, -1);
    const own = lines.filter((line) => line.includes('"source":"influxdb"'));
    // Beside the records there is the container's state, every now and then.
    const records = lines.length - own.length - kept.length;
    const dropped = Number(JSON.parse(own.at(-1) ?? "").data.dropped);
    ok(dropped >= records && dropped < records + 30, `${dropped} of ${records} are counted`);
    await influx.start();
  });
});

/** Runs a service that does nothing until the spool of the one before is empty. */
async function drained({ run, state }: Awaited<ReturnType<typeof influxBed>>): Promise<void> {
  if ((await spooledLines(state)).length === 0) return;
  const service = await run("exec sleep 600");
  await poll(30_000, "an empty spool", async () => (await spooledLines(state)).length === 0 || undefined);
  service.signal("SIGTERM");
  await service.exit();
}

/** All lines that wait on disk, oldest first. */
async function spooledLines(state: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(`${state}/influxdb`)) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const lines: string[] = [];
  for (const name of names.sort()) {
    const file = await Deno.readFile(`${state}/influxdb/${name}`).catch(() => new Uint8Array());
    for (const { bytes } of decodeFrames(file).batches) {
      lines.push(...new TextDecoder().decode(bytes).split("\n").slice(0, -1));
    }
  }
  return lines;
}
