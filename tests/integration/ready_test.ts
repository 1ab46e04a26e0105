/** `ready.when`: READY=1 comes when the service is ready, and not before; else the start fails. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ServiceBed } from "../support/service_bed.ts";

/** Serves pages from the moment that `/go/ready` is there. */
const SERVE_LATER = "trap 'exit 0' TERM; echo up; while [ ! -e /go/ready ]; do sleep 0.05; done; " +
  "httpd -f -p 80 -h /go & wait";
const IDLE = "trap 'exit 0' TERM; echo up; sleep 600 & wait";

const isReady = (fields: Readonly<Record<string, string>>) => fields.READY === "1";

Deno.test("ready.when checks: READY=1 comes with the first pass of all checks that are marked", async () => {
  await using bed = await ServiceBed.create("ready");
  await bed.dir.write("go/index.html", "hello\n");
  const service = await bed.run({
    ...bed.script(SERVE_LATER),
    container_create_args: ["-v", "./go:/go"],
    ready: { when: "checks" },
    monitor: {
      public_network_name: "bridge",
      check_http: [{ path: "/index.html", ready: true, frequency: 600 }, { path: "/never", frequency: 600 }],
    },
  });
  const waiting = await bed.notify.next(({ STATUS }) =>
    /^Waiting for checks: .* \d+ s left$/.test(STATUS ?? "")
  );
  match(
    waiting.fields.STATUS ?? "",
    /^Waiting for checks: http \/index.html no answer from .*, (300|299) s left$/,
  );
  equal(bed.notify.messages.some(({ fields }) => isReady(fields)), false);
  await bed.dir.write("go/ready", "");
  await bed.notify.next(isReady);
  service.signal("SIGTERM");
  const { code, records } = await service.exit();
  equal(code, 0);
  equal(
    records.some(({ source }) => source === "monitoring"),
    false,
    "a check that is waited for is no failure",
  );
});

Deno.test("ready.when healthy: READY=1 comes when the engine's health check says so", async () => {
  await using bed = await ServiceBed.create("ready");
  await bed.dir.write("go/readme", "");
  const service = await bed.run({
    ...bed.script(IDLE),
    container_create_args: ["-v", "./go:/go", "--health-cmd", "test -e /go/ready", "--health-interval=200ms"],
    ready: { when: "healthy" },
  });
  await bed.notify.next(({ STATUS }) => /^Waiting for the engine's health check: /.test(STATUS ?? ""));
  equal(bed.notify.messages.some(({ fields }) => isReady(fields)), false);
  await bed.dir.write("go/ready", "");
  await bed.notify.next(isReady);
  equal((await bed.engine.inspect(bed.name))?.State.Health?.Status, "healthy");
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});

Deno.test("ready.when healthy without a health check fails at once, and says why", async () => {
  await using bed = await ServiceBed.create("ready");
  const service = await bed.run({ ...bed.script(IDLE), ready: { when: "healthy" } });
  const { code, stdout } = await service.exit();
  equal(code, 70);
  match(stdout, /neither the image nor a flag sets a HEALTHCHECK/);
  equal(await bed.engine.inspect(bed.name), undefined);
});

Deno.test("ready.when notify: the container says itself that it is ready, and how it is", async () => {
  await using bed = await ServiceBed.create("ready");
  const service = await bed.run(
    { ...bed.script(`test -S "$NOTIFY_SOCKET" && ${IDLE}`), ready: { when: "notify" } },
    { env: { RUNTIME_DIRECTORY: bed.dir.path } },
  );
  await service.nextRecord(({ message }) => message === "up");
  await bed.notify.next(({ STATUS }) => /^Waiting for READY=1 from the container/.test(STATUS ?? ""));
  const binds = (await bed.engine.inspect(bed.name))?.HostConfig.Binds;
  const [folder = ""] = binds?.[0]?.split(":") ?? [];
  await using stack = new AsyncDisposableStack();
  const socket = stack.adopt(
    Deno.listenDatagram({ transport: "unixpacket", path: `${bed.dir.path}/container.sock` }),
    (open) => open.close(),
  );
  const say = (text: string) =>
    socket.send(new TextEncoder().encode(text), {
      transport: "unixpacket",
      path: `${folder}/notify.sock`,
    });
  await say("STATUS=Warming up\nMAINPID=1");
  await bed.notify.next(({ STATUS }) => /Warming up/.test(STATUS ?? ""));
  await say("READY=1\nSTATUS=Serving");
  await bed.notify.next(isReady);
  await say("STATUS=Serving 7 users");
  await bed.notify.next(({ STATUS }) => /^Running since .*"Serving 7 users"$/.test(STATUS ?? ""));
  equal(bed.notify.messages.some(({ fields }) => fields.MAINPID !== undefined), false);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});

Deno.test("ready.when notify: a container that means no good has no hold on the socket, nor on its own ending", async () => {
  await using bed = await ServiceBed.create("ready");
  const tries = [
    ["touch x", "file"],
    ["rm notify.sock", "removed"],
    ["ln -s /etc/passwd y", "link"],
    ["mv notify.sock z", "moved"],
    ["chmod 0700 .", "mode"],
    ["chown 1:1 .", "owner"],
    ["mount -o remount,rw /run/notify", "remounted"],
  ];
  const attack = tries.map(([act, word]) => `${act} 2>/dev/null && echo done: ${word}`).join("; ");
  const service = await bed.run(
    { ...bed.script(`cd /run/notify && ls; ${attack}; exit 3`), ready: { when: "notify" } },
    { env: { RUNTIME_DIRECTORY: bed.dir.path } },
  );
  const { code, records } = await service.exit();
  equal(code, 3);
  const said = records.filter(({ source }) => source === "docker_logs.stdout").map(({ message }) => message);
  deepEqual(said, ["notify.sock"]);
  const left = (await Array.fromAsync(Deno.readDir(bed.dir.path))).map(({ name }) => name);
  deepEqual(left.filter((name) => name.startsWith("n-")), []);
});

Deno.test("not ready in time: 70, with what was last seen, and the container is gone", async () => {
  await using bed = await ServiceBed.create("ready");
  const service = await bed.run({
    ...bed.script(IDLE),
    ready: { when: "checks", timeout: "1500ms" },
    monitor: { public_network_name: "bridge", check_http: [{ path: "/health" }] },
  });
  const { code, records } = await service.exit();
  equal(code, 70);
  const fatal = records.find(({ severity }) => severity === "fatal");
  match(fatal?.message ?? "", /not ready within 1.5 s; waited for checks: http \/health no answer from/);
  deepEqual((fatal?.data.last_lines as string[]).map((line) => line.replace(/^\S+ /, "")).at(0), "up");
  equal(await bed.engine.inspect(bed.name), undefined);
  equal(bed.notify.messages.some(({ fields }) => isReady(fields)), false);
});

Deno.test("a container that ends before it is ready: its own exit code, and no READY=1", async () => {
  await using bed = await ServiceBed.create("ready");
  const service = await bed.run({
    ...bed.script("echo sorry; exit 9"),
    ready: { when: "checks" },
    monitor: { check_http: [{ path: "/" }] },
  });
  const { code, records } = await service.exit();
  equal(code, 9);
  const postMortem = records.find(({ data }) => data.exit_code === 9);
  equal(postMortem?.severity, "error");
  ok((postMortem?.data.last_lines as string[]).includes("sorry"));
  equal(bed.notify.messages.some(({ fields }) => isReady(fields)), false);
});

Deno.test("SIGTERM while it waits to become ready: an orderly stop, 0", async () => {
  await using bed = await ServiceBed.create("ready");
  const service = await bed.run({
    ...bed.script("trap 'echo bye; exit 0' TERM; echo up; sleep 600 & wait"),
    ready: { when: "checks" },
    monitor: { check_http: [{ path: "/", port: 1 }] },
  });
  await bed.notify.next(({ STATUS }) => /^Waiting for checks/.test(STATUS ?? ""));
  service.signal("SIGTERM");
  const { code, records } = await service.exit();
  equal(code, 0);
  ok(records.some(({ message }) => message === "bye"));
  equal(await bed.engine.inspect(bed.name), undefined);
});
