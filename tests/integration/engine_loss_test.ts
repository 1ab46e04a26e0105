/** The engine goes away under a running service, as in a restart of dockerd with live-restore. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { EngineProxy } from "../support/engine_proxy.ts";
import { ServiceBed } from "../support/service_bed.ts";

/** The way to the engine, which can be cut and laid again. */
function wayToEngine({ dir, engine }: ServiceBed): EngineProxy {
  return new EngineProxy({
    dir: dir.path,
    engineSocket: engine.socketPath,
    request: /never/,
    hold: "request",
  });
}

const COUNTING =
  "trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo out $i; echo err $i >&2; sleep 0.01; done";

Deno.test("the container lives on: no line is lost or doubled, the unit stays active, and the stop is orderly", async () => {
  await using bed = await ServiceBed.create("lost-engine");
  let way = wayToEngine(bed);
  const service = await bed.run(bed.script(COUNTING), { engineSocket: way.socketPath });
  await bed.ready();
  const { Id } = await bed.engine.inspect(bed.name) ?? {};
  for (let round = 1; round <= 5; round++) {
    await service.nextRecord(({ message }) => /^out \d+$/.test(message));
    await way[Symbol.asyncDispose]();
    await service.nextRecord(({ message }) => message.includes("waiting up to"));
    way = wayToEngine(bed);
    await service.nextRecord(({ message }) => message.includes("has lived on"));
  }
  await service.nextRecord(({ message }) => /^out \d+$/.test(message));
  service.signal("SIGTERM");
  const { code, records } = await service.exit();
  await way[Symbol.asyncDispose]();
  equal(code, 0);
  equal(await bed.engine.inspect(Id ?? ""), undefined);
  for (const stream of ["out", "err"]) {
    const numbers = records.map(({ message }) => new RegExp(`^${stream} (\\d+)$`).exec(message)?.[1])
      .filter((number) => number !== undefined).map(Number);
    ok(numbers.length > 50, `${numbers.length} lines`);
    deepEqual(numbers, numbers.map((_, index) => index + 1), stream);
  }
  equal(bed.notify.messages.filter(({ fields }) => fields.STOPPING === "1").length, 1);
});

Deno.test("the container is killed while the engine is away: its exit code, and nothing is left", async () => {
  await using bed = await ServiceBed.create("lost-engine");
  const way = wayToEngine(bed);
  const service = await bed.run(bed.script("exec sleep 600"), { engineSocket: way.socketPath });
  await bed.ready();
  await way[Symbol.asyncDispose]();
  await service.nextRecord(({ message }) => message.includes("waiting up to"));
  await bed.engine.docker.getContainer(bed.name).kill();
  await using _again = wayToEngine(bed);
  const { code, records } = await service.exit();
  equal(code, 137);
  ok(records.some(({ data }) => data.exit_code === 137));
  equal(await bed.engine.inspect(bed.name), undefined);
});

Deno.test("a stop while the engine is away: 69, and the next start replaces what could not be removed", async () => {
  await using bed = await ServiceBed.create("lost-engine");
  const way = wayToEngine(bed);
  const lost = await bed.run(bed.script("exec sleep 600"), { engineSocket: way.socketPath });
  await bed.ready();
  await way[Symbol.asyncDispose]();
  await lost.nextRecord(({ message }) => message.includes("waiting up to"));
  lost.signal("SIGTERM");
  equal((await lost.exit()).code, 69);
  const leftover = await bed.engine.inspect(bed.name);
  ok(leftover?.State.Running);
  const service = await bed.run(bed.script("echo up; exit 0"));
  equal((await service.exit()).code, 0);
  equal(await bed.engine.inspect(leftover.Id), undefined);
});

Deno.test("the engine shuts down and stops the container, which exits with 0: 69, so that systemd starts it anew", async () => {
  await using bed = await ServiceBed.create("lost-engine");
  const way = wayToEngine(bed);
  const service = await bed.run(bed.script("trap 'exit 0' TERM; sleep 600 & wait"), {
    engineSocket: way.socketPath,
  });
  await bed.ready();
  // As an engine does it: the container first, the socket a moment later.
  await bed.engine.docker.getContainer(bed.name).stop();
  await bed.notify.next(({ STATUS }) => STATUS?.includes("stopped from outside") ?? false);
  await way[Symbol.asyncDispose]();
  equal((await service.exit()).code, 69);
});

Deno.test("a reload whose container never becomes ready, the engine cut off meanwhile: the old one serves", async () => {
  await using bed = await ServiceBed.create("lost-engine");
  let way = wayToEngine(bed);
  const serving = bed.script("trap 'exit 0' TERM; echo up; sleep 600 & wait");
  const service = await bed.run(serving, { engineSocket: way.socketPath });
  await bed.ready();
  const { Id } = await bed.engine.inspect(bed.name) ?? {};
  const never = {
    ...serving,
    "container_create_args": ["--health-cmd", "false", "--health-interval", "1s"],
    ready: { when: "healthy", timeout: "4s" },
  };
  await bed.dir.write("service.yaml", JSON.stringify({ name: bed.name, ...never }));
  service.signal("SIGHUP");
  await bed.notify.next(({ STATUS = "" }) => STATUS.startsWith("Waiting for the engine's health check"));
  await way[Symbol.asyncDispose]();
  await service.nextRecord(({ message }) => message.includes("waiting up to"));
  way = wayToEngine(bed);
  await service.nextRecord(({ message }) => message.includes("has lived on"));
  const { fields } = await bed.notify.next(({ READY }) => READY === "1");
  ok(
    fields.STATUS?.includes(
      "reload refused: Cannot start the service: the container is not ready within 4 s",
    ),
  );
  const container = await bed.engine.inspect(bed.name);
  equal(container?.Id, Id);
  equal(container?.State.Running, true);
  equal(await bed.engine.inspect(`${bed.name}.replaced`), undefined);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  equal(await bed.engine.inspect(Id ?? ""), undefined);
  await way[Symbol.asyncDispose]();
});
