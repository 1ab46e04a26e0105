/** The way of every service: start, active, status, stop, nothing left. */
import { deepEqual, equal, match } from "node:assert/strict";
import { testOnHosts } from "./support/both_hosts.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";

testOnHosts("a service starts, runs and stops", async (host) => {
  await using service = await ServiceUnit.create(host, { script: `echo up; echo trouble >&2; ${IDLE}` });
  await service.start();
  equal(await host.systemctl("is-active", service.unit), "active\n");
  match(await host.systemctl("status", service.unit), /Status: "Running since \d\d:\d\d, /);
  equal((await service.container())?.running, true);
  await service.untilRecord("the container's stderr", ({ message }) => message === "trouble");

  await service.stop();
  const { ActiveState, Result } = await service.state();
  deepEqual({ ActiveState, Result }, { ActiveState: "inactive", Result: "success" });
  equal(await service.container(), undefined);
  deepEqual((await service.lines()).sort(), ["trouble", "up"]);
});
