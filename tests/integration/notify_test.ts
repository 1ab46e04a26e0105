/** What systemd is told, and when; and that the program runs without systemd too. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { NotifySocket } from "../support/notify_socket.ts";
import { ServiceBed } from "../support/service_bed.ts";
import { withoutMachineWarnings } from "../support/test_engine.ts";

const UP = "trap 'exit 0' TERM; echo up; sleep 600 & wait";

Deno.test("READY=1 comes once and after the container runs, STOPPING=1 once and last", async () => {
  await using bed = await ServiceBed.create("notify");
  const service = await bed.run(bed.script(UP));
  await bed.ready();
  const container = await bed.engine.inspect(bed.name);
  equal(container?.State.Running, true);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  const messages = bed.notify.messages.map(({ fields }) => fields);
  equal(messages.filter(({ READY }) => READY === "1").length, 1);
  equal(messages.filter(({ STOPPING }) => STOPPING === "1").length, 1);
  const ready = messages.findIndex(({ READY }) => READY === "1");
  const stopping = messages.findIndex(({ STOPPING }) => STOPPING === "1");
  ok(ready < stopping);
  ok(messages.every(({ STATUS }) => STATUS === undefined || STATUS !== ""), "every STATUS says something");
  ok(messages.some(({ STATUS }) => STATUS !== undefined), "there is a STATUS");
});

Deno.test("an abstract notify socket works as one with a path does", async () => {
  await using bed = await ServiceBed.create("notify");
  await using notify = new NotifySocket();
  const service = await bed.run(bed.script(UP), { notify });
  await notify.next(({ READY }) => READY === "1");
  service.signal("SIGTERM");
  await notify.next(({ STOPPING }) => STOPPING === "1");
  equal((await service.exit()).code, 0);
});

Deno.test("no notify socket: one warning, and it runs", async () => {
  await using bed = await ServiceBed.create("by-hand");
  const service = await bed.run(bed.script(UP), { byHand: true });
  await service.nextRecord(({ message }) => message === "up");
  service.signal("SIGTERM");
  const { code, records } = await service.exit();
  equal(code, 0);
  const warnings = (await withoutMachineWarnings(records)).filter(({ severity }) => severity === "warn");
  deepEqual(warnings.map(({ source }) => source), ["notify"]);
  equal(await bed.engine.inspect(bed.name), undefined);
});

Deno.test("SIGINT ends it as SIGTERM does", async () => {
  await using bed = await ServiceBed.create("by-hand");
  const service = await bed.run(bed.script(UP));
  await bed.ready();
  service.signal("SIGINT");
  equal((await service.exit()).code, 0);
  equal(await bed.engine.inspect(bed.name), undefined);
});
