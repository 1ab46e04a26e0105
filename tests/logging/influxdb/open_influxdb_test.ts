/** What of a service's life reaches the database, by a server that keeps what it is sent. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { denoHost } from "../../../src/host/deno_host.ts";
import { openInfluxdb } from "../../../src/logging/influxdb/open_influxdb.ts";
import type { LogEntry } from "../../../src/logging/log_record.ts";
import { RisingClock } from "../../../src/logging/rising_clock.ts";
import { tempDir } from "../../support/temp_dir.ts";

const TEXT = new TextEncoder().encode("hello");
const AT = { seconds: 7, nanos: 0 };

/** Opens InfluxDB for a service "web" on the host "h". */
async function openAt(location: string, stateFolder: string) {
  const logged: LogEntry[] = [];
  const influxdb = await openInfluxdb!({
    target: { location, token: "t", org: "o", bucket: "b" },
    spoolLimitBytes: 1024 * 1024,
    stateFolder,
    service: "web",
    host: { ...denoHost(), hostname: () => "h" },
    logger: { log: (entry) => logged.push(entry) },
    clock: new RisingClock(() => 1000),
  });
  return { ...influxdb, logged };
}

Deno.test("openInfluxdb() writes lines, records of ours but none about InfluxDB, checks and states", async () => {
  await using dir = await tempDir();
  const points: string[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    points.push(...(await request.text()).trimEnd().split("\n"));
    return new Response(null, { status: 204 });
  });
  const { sink, metrics, close, logged } = await openAt(`http://127.0.0.1:${server.addr.port}`, dir.path);
  metrics.containerUp({ restarts: 2 });
  sink.lines({})("stderr", "warn", TEXT, 1, 3, AT);
  sink.lines({ task: "web.2", node: "node-b" })("stdout", "info", TEXT, 0, 5, AT);
  sink.entry({ severity: "info", source: "service", message: "up" }, AT);
  sink.entry({ severity: "warn", source: "influxdb", message: "never sent" }, AT);
  metrics.check({ check: "c", kind: "check_tcp", ok: true, durationMs: 1, status: undefined, restarts: 0 });
  metrics.containerDown({ exitCode: 7 });
  const update = { request: null, from: "sha256:1", to: "sha256:2", "seen_at": null, at: "", why: "no good" };
  metrics.update({ ...update, state: "taken_back" });
  await close();
  deepEqual(points, [
    "container,host=h,service=web log_bytes=0i,log_lines=0i,restarts=2i,up=1i 1000000001",
    'docker_logs.stderr,host=h,service=web,severity=warn,stream=stderr message="el" 7000000000',
    'docker_logs.stdout,host=h,node=node-b,service=web,severity=info,stream=stdout,task=web.2 message="hello" 7000000000',
    'service,host=h,service=web,severity=info message="up" 7000000000',
    "check,check=c,host=h,kind=check_tcp,service=web duration_ms=1,ok=T,restarts=0i 1000000002",
    "container,host=h,service=web exit_code=7i,log_bytes=7i,log_lines=2i,restarts=2i,up=0i 1000000003",
    'update,host=h,service=web,state=taken_back from="sha256:1",to="sha256:2",why="no good" 1000000004',
  ]);
  deepEqual(logged, []);
});

Deno.test("openInfluxdb() leaves what it can not send to the next run", async () => {
  await using dir = await tempDir();
  const points: string[] = [];
  let status = 401;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const text = await request.text();
    if (status === 204) points.push(...text.trimEnd().split("\n"));
    return new Response(null, { status });
  });
  const location = `http://127.0.0.1:${server.addr.port}`;
  const first = await openAt(location, dir.path);
  first.metrics.containerUp({ restarts: 0 });
  await first.close();
  equal(first.logged.length, 1);
  ok(first.logged[0]?.message.includes("refuses records"));
  status = 204;
  const second = await openAt(location, dir.path);
  await second.close();
  // The service that was up is down at the end of the program.
  deepEqual(points.map((point) => /,up=(\di) /.exec(point)?.[1]), ["1i", "0i"]);
});
