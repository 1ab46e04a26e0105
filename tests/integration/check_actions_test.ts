/** What follows from a failing check: the container is restarted under an active unit, or the run ends as failed. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { EngineProxy } from "../support/engine_proxy.ts";
import { poll, within } from "../support/event_log.ts";
import { ServiceBed } from "../support/service_bed.ts";
import type { LogRecord, ServiceProcess } from "../support/service_process.ts";

/** `$n` counts the starts of this container, from 0; the count is kept in its own files. */
const COUNTED = "n=$(cat /tmp/n 2>/dev/null || echo 0); echo $((n+1)) > /tmp/n";
/** Serves /ok from the second start on, and says what it does. */
const SERVE =
  `${COUNTED}; trap 'echo bye $n; exit 0' TERM; mkdir -p /www; [ $n = 0 ] || echo fine > /www/ok; ` +
  "echo start $n; httpd -f -p 80 -h /www & wait";
const BROKEN = `trap 'echo bye; exit 0' TERM; echo start; httpd -f -p 80 -h /tmp & wait`;

type Fields = Readonly<Record<string, string>>;
const isReady = ({ READY }: Fields) => READY === "1";
const isRestarting = ({ STATUS }: Fields) => /^Restarting the container: /.test(STATUS ?? "");

/** A monitor with one HTTP check of the container, each second. */
function monitored(check: Record<string, unknown>) {
  return {
    monitor: {
      "check_container_present": false,
      "public_network_name": "bridge",
      "check_http": [{ path: "/ok", frequency: 1, ...check }],
    },
  };
}

const RESTART = { "on_failure": "restart", "restart_interval": "0s" };

async function stop(bed: ServiceBed, service: ServiceProcess): Promise<void> {
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  deepEqual(await bed.engine.ownedBy(bed.name), []);
}

function linesOf({ records }: { readonly records: readonly LogRecord[] }): string[] {
  return records.filter(({ source }) => source === "docker_logs.stdout").map(({ message }) => message);
}

Deno.test("a paused container is no failing one: its checks wait, and nothing is done to it", async () => {
  await using bed = await ServiceBed.create("paused");
  const script = "mkdir /www; echo fine > /www/ok; trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait";
  const check = { ...RESTART, timeout: "1s" };
  const service = await bed.run({ ...bed.script(script), ...monitored(check) });
  await bed.notify.next(({ STATUS }) => /1 check passes$/.test(STATUS ?? ""));
  const container = bed.engine.docker.getContainer(bed.name);
  const before = await container.inspect();
  await container.pause();
  await bed.notify.next(({ STATUS }) => /^Paused since \d\d:\d\d, its checks wait$/.test(STATUS ?? ""));
  // Long enough for several runs, each with its timeout.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await container.unpause();
  await service.nextRecord(({ message }) => message === "The container goes on after a pause");
  await bed.notify.next(({ STATUS }) => /^Running since .*, 1 check passes$/.test(STATUS ?? ""));
  equal((await container.inspect()).State.StartedAt, before.State.StartedAt);
  service.signal("SIGTERM");
  const { code, records } = await service.exit();
  equal(code, 0);
  deepEqual(records.filter(({ source }) => source === "monitoring"), []);
});

Deno.test("on_failure: restart restarts the container until the check passes; the unit stays active", async () => {
  await using bed = await ServiceBed.create("act");
  const service = await bed.run({ ...bed.script(SERVE), ...monitored(RESTART) });
  await bed.ready();
  const before = await bed.engine.inspect(bed.name);
  const restarting = await bed.notify.next(isRestarting);
  match(restarting.fields.STATUS ?? "", /: http \/ok failing \(status 404, expected 200\), restart 1 of 5; /);
  const after = await bed.notify.next(({ STATUS }) => /^Running since .*restarted/.test(STATUS ?? ""));
  match(after.fields.STATUS ?? "", /^Running since \d\d:\d\d, 1 check yet to run, restarted once$/);
  const told = await service.nextRecord(({ message }) => message.includes("passes again"));
  match(told.message, /^Check "http \/ok" passes again, after \d+(\.\d)? s and 1 restart$/);
  equal(told.data.restarts, 1);
  const now = await bed.engine.inspect(bed.name);
  equal(now?.Id, before?.Id);
  notEqual(now?.State.StartedAt, before?.State.StartedAt);
  await bed.notify.next(({ STATUS }) =>
    /^Running since .*, 1 check passes, restarted once$/.test(STATUS ?? "")
  );
  const never = ({ STOPPING, RELOADING }: Fields) => STOPPING !== undefined || RELOADING !== undefined;
  deepEqual(bed.notify.messages.filter(({ fields }) => never(fields)), []);
  await stop(bed, service);
  deepEqual(linesOf(service), ["start 0", "bye 0", "start 1", "bye 1"]);
  const about = service.records.filter(({ source }) => source === "monitoring");
  deepEqual(about.map(({ severity }) => severity), ["error", "warn", "notice"]);
  match(about[1]?.message ?? "", /^Restarting the container: http \/ok failing .*, restart 1 of 5$/);
});

for (const [name, flags] of [["", []], [" with a terminal", ["--tty"]]] as const) {
  Deno.test(`the log is complete across restarts${name}: each line once, in order, to the last one`, async () => {
    await using bed = await ServiceBed.create("act");
    const burst = (name: string) => `seq 1 3000 | sed "s/^/${name} $n /"`;
    const script = `${COUNTED}; trap '${burst("end")}; printf "no newline $n"; exit 0' TERM; ` +
      `${burst("begin")}; [ $n -lt 2 ] || echo up; httpd -f -p 80 -h /tmp & wait`;
    const service = await bed.run({
      ...bed.script(script),
      "container_create_args": flags,
      ...monitored(RESTART),
    });
    await service.nextRecord(({ message }) => message === "up");
    await stop(bed, service);
    const numbered = (name: string) => Array.from({ length: 3000 }, (_, index) => `${name} ${index + 1}`);
    const life = (n: number) => [
      ...numbered(`begin ${n}`),
      ...n < 2 ? [] : ["up"],
      ...numbered(`end ${n}`),
      `no newline ${n}`,
    ];
    deepEqual(linesOf(service), [0, 1, 2].flatMap(life));
  });
}

Deno.test("restart_limit: restarts that do not help end the run, and the record and the status say why", async () => {
  await using bed = await ServiceBed.create("act");
  const service = await bed.run({ ...bed.script(BROKEN), ...monitored({ ...RESTART, restart_limit: 6 }) });
  const openFiles: number[] = [];
  for (let count = 1; count <= 6; count++) {
    await bed.notify.next(({ STATUS }) => STATUS?.includes(`restart ${count} of 6; starting`) ?? false);
    openFiles.push((await Array.fromAsync(Deno.readDir(`/proc/${service.pid}/fd`))).length);
  }
  const { code, records } = await service.exit();
  equal(code, 75);
  deepEqual(linesOf({ records }), Array(7).fill(["start", "bye"]).flat());
  ok(openFiles[5]! <= openFiles[2]! + 1, `open files at each restart: ${openFiles}`);
  const last = bed.notify.messages.at(-1)?.fields;
  match(
    last?.STATUS ?? "",
    /^Failed: check "http \/ok" still fails after 6 restarts of the container: status 404/,
  );
  const postMortem = records.find(({ message }) => message.startsWith("The service has failed: "));
  equal(postMortem?.severity, "error");
  equal(postMortem?.data.check_restarts, 6);
  deepEqual(postMortem?.data.failing_checks, ["http /ok"]);
  deepEqual((postMortem?.data.last_lines as string[]).slice(-2), ["start", "bye"]);
  deepEqual(await bed.engine.ownedBy(bed.name), []);
});

Deno.test("on_failure: fail ends the run as failed, the container stopped in its own time", async () => {
  await using bed = await ServiceBed.create("act");
  const service = await bed.run({
    ...bed.script(BROKEN),
    ...monitored({ on_failure: "fail", failure_threshold: 2 }),
  });
  await bed.ready();
  const { code, records } = await service.exit();
  equal(code, 75);
  deepEqual(linesOf({ records }), ["start", "bye"]);
  match(
    bed.notify.messages.at(-1)?.fields.STATUS ?? "",
    /^Failed: check "http \/ok" fails: status 404, expected 200/,
  );
  const complaint = records.find(({ source }) => source === "monitoring");
  match(complaint?.message ?? "", /fails 2 times in a row: status 404/);
  deepEqual(await bed.engine.ownedBy(bed.name), []);
});

Deno.test("SIGTERM while a failing check ends the run: what is asked for is what counts", async () => {
  await using bed = await ServiceBed.create("act");
  const slow = BROKEN.replace("echo bye", "echo asked; sleep 2; echo bye");
  const service = await bed.run({ ...bed.script(slow), ...monitored({ "on_failure": "fail" }) });
  await service.nextRecord(({ message }) => message === "asked");
  await stop(bed, service);
  deepEqual(linesOf(service), ["start", "asked", "bye"]);
});

Deno.test("after a restart the service becomes ready again as ready.when wants it, and fails if it does not", async () => {
  await using bed = await ServiceBed.create("act");
  // The page is there in the first life only, and goes when it is told to.
  const script =
    `${COUNTED}; trap 'exit 0' TERM; mkdir -p /www; [ $n != 0 ] || echo fine > /www/ok; httpd -f -p 80 -h /www & ` +
    "while [ ! -e /go/on ]; do sleep 0.05; done; rm -f /www/ok; wait";
  await bed.dir.write("go/readme", "");
  const service = await bed.run({
    ...bed.script(script),
    container_create_args: ["-v", "./go:/go"],
    ready: { when: "checks", timeout: "2s" },
    ...monitored(RESTART),
  });
  await bed.ready();
  await bed.dir.write("go/on", "");
  const waiting = await bed.notify.next(({ STATUS }) => /waiting for checks/.test(STATUS ?? ""));
  match(
    waiting.fields.STATUS ?? "",
    /^Restarting the container: .*, restart 1 of 5; waiting for checks: http \/ok (status 404|no answer)/,
  );
  const { code, records } = await service.exit();
  equal(code, 70);
  const failures = records.filter(({ source, severity }) => source === "monitoring" && severity === "error");
  equal(failures.length, 1, "while it comes up again nothing is counted as failing");
  match(
    bed.notify.messages.at(-1)?.fields.STATUS ?? "",
    /^Failed: .*not ready within 2 s; waited for checks/,
  );
  deepEqual(await bed.engine.ownedBy(bed.name), []);
});

const MOMENTS = [
  { name: "before the engine hears of the stop", request: /^POST .*\/stop$/, skip: 0, hold: "request" },
  { name: "before the answer to stop arrives", request: /^POST .*\/stop$/, skip: 0, hold: "answer" },
  { name: "between stop and start", request: /^POST .*\/wait$/, skip: 1, hold: "request" },
  { name: "before the engine hears of the start", request: /^POST .*\/start$/, skip: 1, hold: "request" },
  { name: "before the answer to start arrives", request: /^POST .*\/start$/, skip: 1, hold: "answer" },
] as const;

for (const { name, ...held } of MOMENTS) {
  Deno.test(`SIGTERM during a restart, ${name}`, async () => {
    await using bed = await ServiceBed.create("act");
    const { engine, dir } = bed;
    await using proxy = new EngineProxy({ dir: dir.path, engineSocket: engine.socketPath, ...held });
    const config = {
      ...bed.script(BROKEN),
      // A shell that is asked to stop before it has set its trap does not hear it.
      "container_create_args": ["--stop-timeout", "1"],
      ...monitored(RESTART),
    };
    const service = await bed.run(config, { engineSocket: proxy.socketPath });
    await service.whileRunning(proxy.held);
    service.signal("SIGTERM");
    await bed.notify.next(({ STOPPING }) => STOPPING === "1");
    await within(20_000, "the engine's answer", proxy.release());
    const { code, signal } = await service.exit();
    deepEqual([code, signal], [0, null]);
    deepEqual(await engine.ownedBy(bed.name), []);
  });
}

Deno.test("SIGHUP during a restart: the reload follows the restart", async () => {
  await using bed = await ServiceBed.create("act");
  const { engine, dir } = bed;
  const held = { request: /^POST .*\/start$/, skip: 1, hold: "request" } as const;
  await using proxy = new EngineProxy({ dir: dir.path, engineSocket: engine.socketPath, ...held });
  const service = await bed.run({ ...bed.script(SERVE), ...monitored(RESTART) }, {
    engineSocket: proxy.socketPath,
  });
  await service.whileRunning(proxy.held);
  const renewed = { ...bed.script(SERVE), ...monitored({ name: "renamed" }) };
  await dir.write("service.yaml", JSON.stringify({ name: bed.name, ...renewed }));
  service.signal("SIGHUP");
  await within(20_000, "the engine's answer", proxy.release());
  await bed.notify.next(({ RELOADING }) => RELOADING === "1");
  const ready = await bed.notify.next(isReady);
  match(ready.fields.STATUS ?? "", /^Running since .*, restarted once$/);
  await bed.notify.next(({ STATUS }) => /, 1 check passes, restarted once$/.test(STATUS ?? ""));
  deepEqual(linesOf(service), ["start 0", "bye 0", "start 1"]);
  await stop(bed, service);
});

Deno.test("a container that was restarted is adopted after kill -9, no line twice", async () => {
  await using bed = await ServiceBed.create("act");
  const env = { RUNTIME_DIRECTORY: bed.dir.path };
  const config = { ...bed.script(SERVE), adopt: true, ...monitored(RESTART) };
  const killed = await bed.run(config, { env });
  await killed.nextRecord(({ message }) => message.includes("passes again"));
  await poll(10_000, "the note of three lines", async () => {
    const noted = await Deno.readTextFile(`${bed.dir.path}/log_position`);
    return / 3 0\s*$/.test(noted) ? true : undefined;
  });
  killed.signal("SIGKILL");
  deepEqual(linesOf(await killed.exit()), ["start 0", "bye 0", "start 1"]);
  const service = await bed.run(config, { env });
  await service.nextRecord(({ message }) => message === "The running container is adopted");
  await stop(bed, service);
  deepEqual(linesOf(service), ["bye 1"]);
});

Deno.test("the watchdog is fed while a container takes its time to be restarted", async () => {
  await using bed = await ServiceBed.create("act");
  const slow = SERVE.replace("echo bye $n", "sleep 1; echo bye $n");
  const env = { WATCHDOG_USEC: "200000" };
  await bed.run({ ...bed.script(slow), ...monitored(RESTART) }, { env });
  await bed.notify.next(isRestarting);
  const from = bed.notify.messages.length;
  await bed.notify.next(({ STATUS }) => /^Running since .*restarted once$/.test(STATUS ?? ""));
  const pings = bed.notify.messages.slice(from).filter(({ fields }) => fields.WATCHDOG === "1");
  ok(pings.length >= 8, `${pings.length} pings in more than a second`);
});

Deno.test("start_after: neither the monitor nor ready.when runs the check before", async () => {
  await using bed = await ServiceBed.create("act");
  const asked: number[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked.push(Date.now());
    return new Response("fine");
  });
  const check = { host: "127.0.0.1", port: server.addr.port, "start_after": "2s" };
  const service = await bed.run({
    ...bed.script(BROKEN),
    ready: { when: "checks" },
    ...monitored(check),
  });
  await bed.ready();
  const startedAt = Date.parse((await bed.engine.inspect(bed.name))?.State.StartedAt ?? "");
  ok((asked[0] ?? 0) - startedAt >= 1900, `${(asked[0] ?? 0) - startedAt} ms after the start`);
  await stop(bed, service);
});

Deno.test("1,000 checks in one service: each runs each second, and STATUS stays short", async () => {
  await using bed = await ServiceBed.create("act");
  const counts = new Map<string, number>();
  let answer = () => new Response("fine");
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    counts.set(url, (counts.get(url) ?? 0) + 1);
    return answer();
  });
  const common = { host: "127.0.0.1", port: server.addr.port, frequency: 1 };
  const checks = Array.from({ length: 1000 }, (_, index) => ({ ...common, path: `/${index}` }));
  const service = await bed.run({ ...bed.script(BROKEN), monitor: { check_http: checks } });
  await bed.notify.next(({ STATUS }) => /, 100[01] checks pass/.test(STATUS ?? ""), 30_000);
  answer = () => new Response("broken", { status: 500 });
  const isAll = ({ STATUS }: Fields) => /, 1000 of 1001 checks failing: http \/\d+/.test(STATUS ?? "");
  const { fields: { STATUS } } = await bed.notify.next(isAll, 30_000);
  ok((STATUS ?? "").length < 120, STATUS);
  answer = () => new Response("fine");
  await bed.notify.next(({ STATUS }) => /, 1001 checks pass/.test(STATUS ?? ""), 30_000);
  equal(counts.size, 1000);
  ok(bed.notify.messages.length < 100, `${bed.notify.messages.length} messages to systemd`);
  await stop(bed, service);
});
