/** The way of every service: start, active, status, stop, nothing left. With each flavour of the program. */
import { deepEqual, equal, match } from "node:assert/strict";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { compiledProgram } from "./support/compiled_program.ts";
import { EXCHANGE, type Host } from "./support/host.ts";
import { IDLE, ServiceUnit, type ServiceUnitOptions } from "./support/service_unit.ts";

const SCRIPT = `echo up; echo trouble >&2; ${IDLE}`;

testOnHosts("a service starts, runs and stops", (host) => startRunStop(host));

testOnHosts("a service starts, runs and stops with the program that is without InfluxDB", async (host) => {
  await Deno.mkdir(`${host.exchange}/no_influx`);
  // By its usual name, by which the journal is searched.
  await Deno.copyFile(await compiledProgram(["--no-influx"]), `${host.exchange}/no_influx/service_runner`);
  const program = `${EXCHANGE}/no_influx/service_runner`;
  await host.run("chmod", "-R", "a+rx", `${EXCHANGE}/no_influx`);
  match(await host.run(program, "--version"), /, without InfluxDB\)\n$/);
  const dropIn = `[Service]\nExecStart=\nExecStart=${program} /srv/config/%i.yaml`;
  await startRunStop(host, { dropIn });
});

async function startRunStop(host: Host, options: ServiceUnitOptions = {}): Promise<void> {
  await using service = await ServiceUnit.create(host, { script: SCRIPT }, options);
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
}
