/** A service's life on a machine that has faults of its own: files, checks and a watchdog that do not go along. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { FileRead, HttpResponse } from "../../src/host/host.ts";
import { SupervisorBed } from "../support/supervisor_bed.ts";

const DENIED = "Permission denied (os error 13)";
const FULL = "No space left on device (os error 28)";
const RUNTIME = { RUNTIME_DIRECTORY: "/run/service_runner/web" };

function answer(httpStatus: number): HttpResponse {
  return { httpStatus, headers: new Headers(), body: null, certificateExpiresAt: undefined };
}

Deno.test("--cidfile where nothing may be written: a start fails with the path, a reload keeps the old container", async () => {
  const replaceFile = (path: string) => {
    throw new Error(`${DENIED}: open '${path}'`);
  };
  const config = "container_create_args: [--cidfile, /root/web.cid]";
  await using failing = new SupervisorBed({ config, host: { replaceFile } });
  equal(await failing.exitCode, 70);
  const fatal = failing.records.find(({ severity }) => severity === "fatal");
  match(
    String(fatal?.message),
    /^Cannot write the container's id to "\/root\/web\.cid" \(--cidfile\): Permission denied/,
  );
  equal(fatal?.exception, null, "an expected error needs no backtrace");

  await using bed = new SupervisorBed({ host: { replaceFile } });
  const from = await bed.until(/READY=1/);
  bed.configure(config);
  bed.signal("SIGHUP");
  await bed.until(/READY=1 .*reload refused: Cannot write the container's id/, from);
  deepEqual(
    [...bed.engine.containers.values()].map(({ id, name, state, starts }) => [id, name, state, starts]),
    [
      ["1", "web", "running", 1],
    ],
  );
});

Deno.test("the file of --cidfile goes with its container, also one that a reload has brought", async () => {
  await using bed = new SupervisorBed();
  const from = await bed.until(/READY=1/);
  bed.configure("container_create_args: [--cidfile, /run/web.cid]");
  bed.signal("SIGHUP");
  await bed.until(/READY=1/, from);
  equal(bed.files.get("/run/web.cid"), "2");
  bed.signal("SIGTERM");
  equal(await bed.exitCode, 0);
  ok(!bed.files.has("/run/web.cid"));
});

Deno.test("systemd's watchdog is pinged while a restarted container proves itself and the engine is away", async () => {
  const config = `ready: {when: healthy}
monitor: {check_http: [{path: /, frequency: 1, on_failure: restart, restart_interval: 0s}]}`;
  await using bed = new SupervisorBed({ config, env: { WATCHDOG_USEC: "40000" } });
  await bed.until(/READY=1/);
  bed.engine.healthAfterStart = "starting";
  bed.httpStatus = 500;
  const restarted = await bed.until(/^start 1$/, await bed.until(/STATUS=Restarting/));
  bed.httpStatus = 200;
  const fivePings = async (from: number) => {
    let at = from;
    for (let ping = 0; ping < 5; ping++) at = await bed.until(/WATCHDOG=1/, at);
  };
  await fivePings(restarted);
  bed.engine.cutOff();
  await fivePings(await bed.until(/waiting for the engine:/i, restarted));
  bed.engine.comeBack();
  await bed.untilTrue(
    () => bed.messages.some((message) => /has lived on/.test(message)),
    "the engine's return",
  );
  await fivePings(bed.timeline.length);
  bed.engine.containers.get("1")!.health = "healthy";
  await bed.until(/READY=1/, restarted);
});

Deno.test("an error that nobody has caught is one record, and an orderly end", async () => {
  await using bed = new SupervisorBed();
  const ready = await bed.until(/READY=1/);
  bed.defect(new Error("surprise"));
  bed.defect(new Error("what follows from it"));
  equal(await bed.exitCode, 70);
  const fatal = bed.records.filter(({ severity }) => severity === "fatal");
  const message = "The service ends, by a fault of service_runner: surprise";
  deepEqual(fatal.map((record) => record.message), [message]);
  match(String((fatal[0]?.exception as { backtrace: string[] }).backtrace[0]), /odd_machine_test/);
  deepEqual(bed.storyFrom(ready), [
    `STOPPING=1 STATUS=${message}`,
    "STATUS=Stopping the container",
    "stop 1",
    "remove 1",
    `STATUS=${message}`,
  ]);
  deepEqual([...bed.engine.containers], []);
});

Deno.test("a reload whose config can not be read to its end heeds a SIGTERM", async () => {
  let isStuck = false;
  const reading = Promise.withResolvers<void>();
  const bytes = new TextEncoder().encode("name: web\nimage: fake\npull: never");
  const readFile = (path: string): Promise<FileRead> => {
    if (!path.endsWith("/web.yaml")) return Promise.resolve({ kind: "missing" });
    if (!isStuck) return Promise.resolve({ kind: "content", bytes });
    reading.resolve();
    return new Promise(() => {});
  };
  await using bed = new SupervisorBed({ host: { readFile } });
  await bed.until(/READY=1/);
  isStuck = true;
  bed.signal("SIGHUP");
  await reading.promise;
  bed.signal("SIGTERM");
  equal(await bed.exitCode, 0);
  deepEqual([...bed.engine.containers], []);
});

Deno.test("a full /run: said once, and a SIGTERM is heeded all the same", async () => {
  let isFull = false;
  const replaceFile = () => {
    if (isFull) throw new Error(FULL);
  };
  await using bed = new SupervisorBed({ env: RUNTIME, host: { replaceFile } });
  await bed.until(/READY=1/);
  isFull = true;
  bed.signal("SIGTERM");
  equal(await bed.exitCode, 0);
  ok(bed.timeline.includes("STOPPING=1 STATUS=Stopping"));
  deepEqual(bed.messages.filter((message) => message.includes(FULL)), [
    'warn Cannot write "/run/service_runner/web/status.json", what "service_runner status" and a later start know ' +
    `is old: ${FULL}`,
  ]);
});

Deno.test("a /run in which no file can be made: a service that may be adopted starts and stops", async () => {
  const full = () => {
    throw new Error(FULL);
  };
  const host = { openRecord: full, replaceFile: full };
  await using bed = new SupervisorBed({ config: "adopt: true", env: RUNTIME, host });
  await bed.until(/READY=1/);
  bed.engine.say("1", "a line");
  await bed.untilTrue(() => bed.records.some(({ message }) => message === "a line"), "the line");
  bed.signal("SIGTERM");
  equal(await bed.exitCode, 0);
  equal(bed.messages.filter((message) => message.includes(FULL)).length, 1);
});

Deno.test("a full /run: a service that is to hear of its container's readiness fails, with the folder's path", async () => {
  const makePrivateFolder = () => Promise.reject(new Error(FULL));
  await using bed = new SupervisorBed({
    config: "ready: {when: notify}",
    env: RUNTIME,
    host: { makePrivateFolder },
  });
  equal(await bed.exitCode, 70);
  deepEqual(bed.messages, [
    `fatal Cannot listen in "/run/service_runner/web" to what the container says (ready.when: notify): ${FULL}`,
  ]);
});

Deno.test("not ready in time: what was last seen is told, though a check is under way just then", async () => {
  let runs = 0;
  const httpRequest = ({ signal }: { readonly signal: AbortSignal }) =>
    ++runs === 1 ? Promise.resolve(answer(503)) : new Promise<HttpResponse>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  await using bed = new SupervisorBed({
    config:
      "ready: {when: checks, timeout: 600ms}\nmonitor: {check_container_present: false, check_http: [{path: /}]}",
    host: { httpRequest },
  });
  equal(await bed.exitCode, 70);
  const fatal = bed.messages.find((message) => message.startsWith("fatal"));
  match(fatal ?? "", /not ready within 0\.6 s; waited for checks: http \/ status 503, expected 200$/);
});

Deno.test("a container that says itself when it is ready, and how it does", async () => {
  let send = (_message: Uint8Array) => {};
  const host = {
    makePrivateFolder: () => Promise.resolve(),
    makeSharedFolder: () => Promise.resolve(),
    listenDatagrams: (_path: string, onMessage: (message: Uint8Array) => void) => {
      send = onMessage;
      return Promise.resolve({ close() {} });
    },
  };
  await using bed = new SupervisorBed({ config: "ready: {when: notify}", env: RUNTIME, host });
  await bed.until(/STATUS=Waiting for READY=1 from the container/);
  send(new TextEncoder().encode("READY=1\nSTATUS=42 users"));
  await bed.until(/READY=1 STATUS=Running since .*, "42 users"/);
  const status = JSON.parse(bed.files.get("/run/service_runner/web/status.json") ?? "");
  deepEqual([status.phase, status.container.id], ["ready", "1"]);
});

Deno.test("a process that outlives the container and goes on writing does not hold up the news of its end", async () => {
  await using bed = new SupervisorBed();
  await bed.until(/READY=1/);
  bed.engine.exit("1", 3, { keepsOutput: true });
  let lines = 0;
  const writing = setInterval(() => bed.engine.say("1", `line ${++lines}`), 1000);
  try {
    equal(await bed.exitCode, 3);
  } finally {
    clearInterval(writing);
  }
  ok(lines >= 20 && lines <= 35, `${lines} seconds`);
  ok(bed.messages.includes("warn The container's log did not end with the container"));
  ok(bed.messages.includes("info line 20"), "what came in time is told");
});

Deno.test("a check that heeds nothing holds up neither a stop, nor a reload, nor the news of the container's end", async () => {
  const begun = Promise.withResolvers<void>();
  const hang = () => {
    begun.resolve();
    return new Promise<HttpResponse>(() => {});
  };
  const config =
    "monitor: {check_container_present: false, check_http: [{path: /, frequency: 1, timeout: 1h}]}";
  const act = async (happens: (bed: SupervisorBed) => unknown): Promise<number> => {
    await using bed = new SupervisorBed({ config, host: { httpRequest: hang } });
    const from = await bed.until(/READY=1/);
    await begun.promise;
    bed.signal("SIGHUP");
    await bed.until(/READY=1/, from);
    happens(bed);
    return await bed.exitCode;
  };
  equal(await act((bed) => bed.signal("SIGTERM")), 0);
  equal(await act((bed) => bed.engine.exit("1", 3)), 3);
});
