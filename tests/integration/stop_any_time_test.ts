/** SIGTERM at any moment: exit 0, and no container stays. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { EngineProxy, type EngineProxyOptions } from "../support/engine_proxy.ts";
import { within } from "../support/event_log.ts";
import { RegistryGate } from "../support/registry_gate.ts";
import { ServiceBed } from "../support/service_bed.ts";
import type { ServiceProcess } from "../support/service_process.ts";

const UP = "trap 'exit 0' TERM; echo up; sleep 600 & wait";
const UNWILLING = "trap '' TERM INT; echo up; while :; do sleep 1; done";

Deno.test("SIGTERM during the pull, from a registry that never answers", async () => {
  await using bed = await ServiceBed.create("stop");
  await using registry = new RegistryGate();
  const service = await bed.run({ image: `${registry.address}/web` });
  await service.whileRunning(registry.arrived);
  service.signal("SIGTERM");
  await assertEndsCleanly(bed, service);
});

const MOMENTS: readonly (Pick<EngineProxyOptions, "request" | "hold"> & { readonly name: string })[] = [
  {
    name: "before the engine hears of the create",
    request: /^POST .*\/containers\/create$/,
    hold: "request",
  },
  { name: "before the answer to create arrives", request: /^POST .*\/containers\/create$/, hold: "answer" },
  { name: "between create and start", request: /^POST .*\/start$/, hold: "request" },
  { name: "before the answer to start arrives", request: /^POST .*\/start$/, hold: "answer" },
];

for (const { name, request, hold } of MOMENTS) {
  Deno.test(`SIGTERM ${name}`, async () => {
    await using bed = await ServiceBed.create("stop");
    const { engine, dir } = bed;
    await using proxy = new EngineProxy({ dir: dir.path, engineSocket: engine.socketPath, request, hold });
    const service = await bed.run(bed.script(UP), { engineSocket: proxy.socketPath });
    await service.whileRunning(proxy.held);
    service.signal("SIGTERM");
    await bed.notify.next(({ STOPPING }) => STOPPING === "1");
    await within(20_000, "the engine's answer", proxy.release());
    await assertEndsCleanly(bed, service);
  });
}

Deno.test("SIGTERM while the container is running: it gets its own stop signal and ends", async () => {
  await using bed = await ServiceBed.create("stop");
  const script = "trap 'echo got USR1; exit 0' USR1; echo up; sleep 600 & wait";
  const service = await bed.run({
    ...bed.script(script),
    container_create_args: ["--stop-signal", "SIGUSR1"],
  });
  await service.nextRecord(({ message }) => message === "up");
  service.signal("SIGTERM");
  await assertEndsCleanly(bed, service);
  ok(service.records.some(({ message }) => message === "got USR1"));
});

Deno.test("a second SIGTERM, and a SIGINT, while a container that ignores SIGTERM is being stopped", async () => {
  await using bed = await ServiceBed.create("stop");
  const service = await bed.run({ ...bed.script(UNWILLING), container_create_args: ["--stop-timeout", "1"] });
  await service.nextRecord(({ message }) => message === "up");
  service.signal("SIGTERM");
  await bed.notify.next(({ STOPPING }) => STOPPING === "1");
  service.signal("SIGTERM");
  service.signal("SIGINT");
  await assertEndsCleanly(bed, service);
});

Deno.test("SIGTERM as soon as the process is there, in every phase of its start", async (t) => {
  // Each round is a little later than the one before, from before the config is read to after READY=1.
  for (let delayMs = 20; delayMs <= 400; delayMs += 20) {
    await t.step(`${delayMs} ms after the start`, async () => {
      await using bed = await ServiceBed.create("stop");
      const service = await bed.run(bed.script(UP));
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      service.signal("SIGTERM");
      const { code, signal } = await service.exit();
      // Before the program's first line runs, the kernel's default applies: that is systemd's clean end as well.
      ok(code === 0 || signal === "SIGTERM", `exit code ${code}`);
      deepEqual(await bed.engine.ownedBy(bed.name), []);
    });
  }
});

async function assertEndsCleanly(bed: ServiceBed, service: ServiceProcess): Promise<void> {
  const { code, signal } = await service.exit();
  equal(signal, null);
  equal(code, 0);
  equal(await bed.engine.inspect(bed.name), undefined);
  deepEqual(await bed.engine.ownedBy(bed.name), []);
}
