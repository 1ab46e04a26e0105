/** A container of the same name: ours is replaced, somebody else's is left alone. */
import { equal, match, notEqual } from "node:assert/strict";
import { OWNER_LABEL } from "../support/engine_api.ts";
import { pushImage } from "../support/registry.ts";
import { RegistryGate } from "../support/registry_gate.ts";
import { ServiceBed } from "../support/service_bed.ts";
import { TEST_IMAGES, testRegistry } from "../support/test_engine.ts";

const UP = "trap 'exit 0' TERM; echo up; sleep 600 & wait";

Deno.test("a leftover container of this service is replaced, running or not", async (t) => {
  for (const state of ["running", "exited", "created"] as const) {
    await t.step(state, async () => {
      await using bed = await ServiceBed.create("web");
      const leftover = await startOther(bed, { name: bed.name, owner: bed.name, state });
      const service = await bed.run(bed.script(UP));
      await bed.ready();
      notEqual((await bed.engine.inspect(bed.name))?.Id, leftover);
      equal(await bed.engine.inspect(leftover), undefined);
      service.signal("SIGTERM");
      equal((await service.exit()).code, 0);
    });
  }
});

Deno.test("the leftover of a program that was killed is replaced", async () => {
  await using bed = await ServiceBed.create("web");
  const killed = await bed.run(bed.script(UP));
  await bed.ready();
  killed.signal("SIGKILL");
  await killed.exit();
  const leftover = await bed.engine.inspect(bed.name);
  equal(leftover?.State.Running, true);
  const service = await bed.run(bed.script(UP));
  await bed.ready();
  notEqual((await bed.engine.inspect(bed.name))?.Id, leftover?.Id);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});

Deno.test("containers whose names only resemble the service's are untouched", async () => {
  await using bed = await ServiceBed.create("web");
  const names = [`${bed.name}-2`, `my-${bed.name}`];
  await using others = new AsyncDisposableStack();
  for (const name of names) {
    others.defer(() => bed.engine.removeContainer(name));
    await startOther(bed, { name, owner: name, state: "running" });
  }
  const service = await bed.run(bed.script(UP));
  await bed.ready();
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  for (const name of names) equal((await bed.engine.inspect(name))?.State.Running, true, name);
});

Deno.test("somebody else's container of the same name: refused with 70, and untouched", async (t) => {
  for (const owner of [undefined, "another-service"]) {
    await t.step(owner === undefined ? "without our label" : "with another service's label", async () => {
      await using bed = await ServiceBed.create("web");
      const theirs = await startOther(bed, { name: bed.name, owner, state: "running" });
      const service = await bed.run(bed.script(UP));
      const { code, stdout, stderr } = await service.exit();
      equal(code, 70);
      match(stdout + stderr, new RegExp(bed.name));
      const container = await bed.engine.inspect(bed.name);
      equal(container?.Id, theirs);
      equal(container?.State.Running, true);
    });
  }
});

Deno.test("somebody else's container of an image that was made of ours: refused with 70, and untouched", async () => {
  await using bed = await ServiceBed.create("web");
  const first = await bed.run(bed.script(UP));
  await bed.ready();
  const { docker } = bed.engine;
  const committed = await docker.getContainer(bed.name).commit({ repo: bed.name, tag: "copy" });
  first.signal("SIGTERM");
  equal((await first.exit()).code, 0);
  try {
    const theirs = await bed.engine.startContainer({ name: bed.name, Image: committed.Id });
    equal((await bed.engine.inspect(theirs))?.Config.Labels[OWNER_LABEL], bed.name, "with our label");
    const { code, records } = await (await bed.run(bed.script(UP))).exit();
    equal(code, 70);
    match(records.at(-1)?.message ?? "", /service_runner has not created/);
    equal((await bed.engine.inspect(bed.name))?.Id, theirs);
  } finally {
    await bed.engine.removeContainer(bed.name);
    await bed.engine.removeImage(committed.Id);
  }
});

Deno.test("of two processes with one name the first keeps its container, until it is gone", async () => {
  await using bed = await ServiceBed.create("web");
  const first = await bed.run(bed.script(UP));
  await bed.ready();
  const container = await bed.engine.inspect(bed.name);
  const second = await (await bed.run({ ...bed.script(UP), container_create_args: ["--env", "A=1"] })).exit();
  equal(second.code, 70);
  match(
    second.records.at(-1)?.message ?? "",
    new RegExp(
      `"${bed.name}": .*process ${first.pid}\\)? runs a service of this name; give this one another$`,
    ),
  );
  const after = await bed.engine.inspect(bed.name);
  equal(after?.Id, container?.Id);
  equal(after?.State.Running, true);
  first.signal("SIGKILL");
  await first.exit();
  const third = await bed.run(bed.script(UP));
  await third.nextRecord(({ message }) => message === "The service is ready");
  third.signal("SIGTERM");
  equal((await third.exit()).code, 0);
});

Deno.test("the old container serves on while the new image is pulled", async () => {
  await using bed = await ServiceBed.create("web");
  await using gate = new RegistryGate();
  const registry = testRegistry();
  await pushImage(bed.engine, { source: TEST_IMAGES.web, registry, name: "slow-web:1" });
  const leftover = await startOther(bed, { name: bed.name, owner: bed.name, state: "running" });
  const image = `${gate.address}/slow-web:1`;
  const service = await bed.run({ image });
  await service.whileRunning(gate.arrived);
  equal((await bed.engine.inspect(leftover))?.State.Running, true);
  gate.open(registry);
  await bed.ready();
  equal(await bed.engine.inspect(leftover), undefined);
  equal((await bed.engine.inspect(bed.name))?.Config.Image, image);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  await bed.engine.removeImage(image);
});

Deno.test("a pull that fails, or is given up, leaves no container behind: a unit that has ended has none", async (t) => {
  await t.step("the registry does not have the image", async () => {
    await using bed = await ServiceBed.create("web");
    await startOther(bed, { name: bed.name, owner: bed.name, state: "running" });
    const service = await bed.run({ image: `${testRegistry()}/there-is-no-such-image:1` });
    equal((await service.exit()).code, 70);
    equal(await bed.engine.inspect(bed.name), undefined);
  });
  await t.step("SIGTERM", async () => {
    await using bed = await ServiceBed.create("web");
    await using gate = new RegistryGate();
    await startOther(bed, { name: bed.name, owner: bed.name, state: "running" });
    const service = await bed.run({ image: `${gate.address}/web` });
    await service.whileRunning(gate.arrived);
    service.signal("SIGTERM");
    equal((await service.exit()).code, 0);
    equal(await bed.engine.inspect(bed.name), undefined);
  });
});

interface Other {
  readonly name: string;
  /** The service that the container's label names. */
  readonly owner: string | undefined;
  readonly state: "created" | "running" | "exited";
}

/** A container that was there before the program; yields its id. */
async function startOther(bed: ServiceBed, { name, owner, state }: Other): Promise<string> {
  const { docker } = bed.engine;
  const container = await docker.createContainer({
    name,
    Image: TEST_IMAGES.base,
    Cmd: ["sh", "-c", state === "exited" ? "exit 1" : UP],
    Labels: owner === undefined ? {} : { [OWNER_LABEL]: owner },
  });
  if (state !== "created") await container.start();
  if (state === "exited") await container.wait();
  return container.id;
}
