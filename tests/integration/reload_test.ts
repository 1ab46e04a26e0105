/** SIGHUP: the config again; what is bad changes nothing, what is new proves itself before the old goes. */
import { equal, match, notEqual, ok } from "node:assert/strict";
import { ServiceBed } from "../support/service_bed.ts";
import type { ServiceProcess } from "../support/service_process.ts";

const IDLE = "trap 'exit 0' TERM; echo up; sleep 600 & wait";

const isReady = (fields: Readonly<Record<string, string>>) => fields.READY === "1";

/** Starts a service, waits until it is ready, and yields its container's id. */
async function start(
  bed: ServiceBed,
  config: Record<string, unknown>,
): Promise<{ service: ServiceProcess; id: string }> {
  const service = await bed.run(config);
  await bed.ready();
  return { service, id: (await bed.engine.inspect(bed.name))?.Id ?? "" };
}

/** Writes the config anew, sends SIGHUP, and yields the messages from RELOADING=1 to READY=1. */
async function reload(bed: ServiceBed, service: ServiceProcess, config: Record<string, unknown> | string) {
  const text = typeof config === "string" ? config : JSON.stringify({ name: bed.name, ...config });
  await bed.dir.write("service.yaml", text);
  service.signal("SIGHUP");
  const begun = await bed.notify.next(({ RELOADING }) => RELOADING === "1");
  match(begun.fields.MONOTONIC_USEC ?? "", /^\d+$/);
  const ended = await bed.notify.next(isReady);
  return { status: ended.fields.STATUS ?? "", id: (await bed.engine.inspect(bed.name))?.Id ?? "" };
}

async function stop(bed: ServiceBed, service: ServiceProcess): Promise<void> {
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  for (const name of [bed.name, `${bed.name}.replaced`]) {
    equal(await bed.engine.inspect(name), undefined, name);
  }
}

Deno.test("a reload that changes the monitoring only keeps the container, and uses the new checks", async () => {
  await using bed = await ServiceBed.create("reload");
  const { service, id } = await start(bed, bed.script(IDLE));
  const monitor = { "check_http": [{ path: "/new", port: 1, frequency: 1 }] };
  const reloaded = await reload(bed, service, { ...bed.script(IDLE), monitor });
  equal(reloaded.id, id);
  await service.nextRecord(({ message }) => message.startsWith('Check "http /new" fails'));
  await stop(bed, service);
});

Deno.test("a reload with a new plan replaces the container", async () => {
  await using bed = await ServiceBed.create("reload");
  const { service, id } = await start(bed, bed.script(IDLE));
  const reloaded = await reload(bed, service, {
    ...bed.script(IDLE),
    container_create_args: ["-l", "new=yes"],
  });
  notEqual(reloaded.id, id);
  equal((await bed.engine.inspect(bed.name))?.Config.Labels.new, "yes");
  equal(await bed.engine.inspect(id), undefined);
  await stop(bed, service);
});

Deno.test("a reload with a bad config is refused with its place; the container is untouched", async () => {
  await using bed = await ServiceBed.create("reload");
  const { service, id } = await start(bed, bed.script(IDLE));
  const reloaded = await reload(bed, service, `name: ${bed.name}\nimge: nginx\n`);
  equal(reloaded.id, id);
  match(reloaded.status, /^Running since .*; reload refused: .*service.yaml:2:1/);
  await service.nextRecord(({ severity, message }) =>
    severity === "error" && message.includes('"imge" is not known')
  );
  const again = await reload(bed, service, bed.script(IDLE));
  equal(again.status.includes("refused"), false);
  await stop(bed, service);
});

Deno.test("a reload with an image that is not there is refused; the container is untouched", async () => {
  await using bed = await ServiceBed.create("reload");
  const { service, id } = await start(bed, bed.script(IDLE));
  const reloaded = await reload(bed, service, { ...bed.script(IDLE), image: "service_runner-test/absent" });
  equal(reloaded.id, id);
  match(reloaded.status, /reload refused: .*absent/);
  await stop(bed, service);
});

Deno.test("a new container that can not be created, started or kept alive: the old one serves again", async (t) => {
  const bad: [name: string, config: (bed: ServiceBed) => Record<string, unknown>][] = [
    [
      "not created",
      (bed) => ({ ...bed.script(IDLE), container_create_args: ["--network", "no-such-network"] }),
    ],
    [
      "not started",
      (bed) => ({ ...bed.script(IDLE), container_create_args: ["--entrypoint", "/no/such/command"] }),
    ],
    ["not ready", (bed) => ({ ...bed.script("echo no; exit 4"), ready: { when: "healthy" } })],
  ];
  for (const [name, config] of bad) {
    await t.step(name, async () => {
      await using bed = await ServiceBed.create("reload");
      const { service, id } = await start(bed, bed.script(IDLE));
      const reloaded = await reload(bed, service, config(bed));
      equal(reloaded.id, id);
      match(reloaded.status, /reload refused/);
      equal((await bed.engine.inspect(id))?.State.Running, true);
      await stop(bed, service);
    });
  }
});

Deno.test("a new container that can not be connected to its second network gives the name back", async () => {
  await using bed = await ServiceBed.create("reload");
  const network = await bed.engine.docker.createNetwork({ Name: `${bed.name}-net` });
  await using _ = { [Symbol.asyncDispose]: async () => void await network.remove() };
  const { service, id } = await start(bed, bed.script(IDLE));
  // Engines before API 1.44 are asked for it when the container has been created.
  const networks = ["--network", `${bed.name}-net`, "--network", "no-such-network"];
  const reloaded = await reload(bed, service, { ...bed.script(IDLE), container_create_args: networks });
  equal(reloaded.id, id);
  match(reloaded.status, /reload refused: .*no-such-network/);
  equal((await bed.engine.inspect(id))?.State.Running, true);
  await stop(bed, service);
});

Deno.test("SIGTERM in the middle of a reload leaves no container", async () => {
  await using bed = await ServiceBed.create("reload");
  const { service } = await start(bed, bed.script(IDLE));
  const monitor = { "check_http": [{ path: "/", port: 1 }] };
  await bed.dir.write(
    "service.yaml",
    JSON.stringify({
      name: bed.name,
      ...bed.script(`echo new; ${IDLE}`),
      ready: { when: "checks" },
      monitor,
    }),
  );
  service.signal("SIGHUP");
  await service.nextRecord(({ message }) => message === "new");
  await stop(bed, service);
});

async function openSockets({ pid }: ServiceProcess): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    // One that is closed in this moment is none.
    const target = await Deno.readLink(`/proc/${pid}/fd/${name}`).catch(() => "");
    if (target.startsWith("socket:")) count++;
  }
  return count;
}

Deno.test("reloads, those that are refused too, leave no connection to the engine behind", async () => {
  await using bed = await ServiceBed.create("reload");
  const plan = (number: number) => ({
    ...bed.script(IDLE),
    container_create_args: ["-l", `number=${number}`],
  });
  const { service } = await start(bed, plan(0));
  await reload(bed, service, plan(1));
  const before = await openSockets(service);
  for (let round = 0; round < 4; round++) {
    await reload(bed, service, plan(round % 2));
    await reload(bed, service, { ...bed.script("exit 3"), container_create_args: ["-l", "failing=yes"] });
  }
  const left = await openSockets(service) - before;
  // Two are kept for the next requests; a connection left behind by each reload would be eight.
  ok(left <= 2, `${left} more sockets are open`);
  await stop(bed, service);
});
