/** `systemctl stop` at any time: inactive, a success, nothing left, soon. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { HostRegistry } from "./support/host_registry.ts";
import { INNER_IMAGES } from "./support/inner_images.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";

/** For a host on which other tests' services run, on two cores. */
const SOON_MS = 6_000;

testOnHosts("a stop during the pull", async (host) => {
  await using registry = await HostRegistry.open(host, { bytesPerSecond: 20_000 });
  const image = await registry.pushNewImage();
  await using service = await ServiceUnit.create(host, { script: IDLE, image, pull: "always" });
  const starting = service.begin("start");
  await service.untilStatus(/^Pulling /);
  await assertStops(service, SOON_MS);
  await starting.result;
});

testOnHosts("a stop while the health is waited for", async (host) => {
  await using service = await ServiceUnit.create(host, {
    script: IDLE,
    image: INNER_IMAGES.health,
    ready: { when: "healthy" },
  });
  const starting = service.begin("start");
  await service.untilStatus(/^Waiting /);
  await assertStops(service, SOON_MS);
  await starting.result;
});

testOnHosts("a stop in steady state, whatever the container's exit code", async (host) => {
  await using service = await ServiceUnit.create(host, {
    script: "trap 'exit 5' TERM; sleep 100000 & wait",
  });
  await service.start();
  await assertStops(service, SOON_MS);
});

testOnHosts("a container that ignores SIGTERM is killed after its stop timeout", async (host) => {
  await using service = await ServiceUnit.create(host, {
    script: "trap '' TERM; echo deaf; while :; do sleep 1; done",
    "container_create_args": ["--stop-timeout", "2"],
  });
  await service.start();
  await service.untilRecord("the container's start", ({ message }) => message === "deaf");
  const tookMs = await assertStops(service, 2_000 + SOON_MS);
  ok(tookMs >= 2_000, `it had only ${tookMs} ms to stop by itself`);
});

/** Stops the unit; yields how long that took. */
async function assertStops(service: ServiceUnit, limitMs: number): Promise<number> {
  const { code, stderr, tookMs } = await service.begin("stop").result;
  equal(code, 0, stderr);
  ok(tookMs < limitMs, `took ${tookMs} ms`);
  const { ActiveState, Result } = await service.state();
  deepEqual({ ActiveState, Result }, { ActiveState: "inactive", Result: "success" });
  equal(await service.container(), undefined);
  return tookMs;
}
