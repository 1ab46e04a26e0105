/** What a running service says of itself, as `service_runner status` shows it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { runFolder } from "../support/run_folder.ts";
import { ServiceBed } from "../support/service_bed.ts";
import { standInSystemctl } from "../support/stand_in_systemctl.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;

Deno.test("status shows container, checks with their latency, and lines of a running service", async () => {
  await using bed = await ServiceBed.create("status");
  await using folder = await runFolder(["web"]);
  const service = await bed.run({
    ...bed.script("echo one; echo two; exec sleep 600"),
    container_create_args: ["--init", "--stop-timeout", "1"],
    monitor: { check_http: [{ path: "/", host: "127.0.0.1", port: 1, frequency: 1, name: "nobody" }] },
  }, { env: { RUNTIME_DIRECTORY: `${folder.path}/web` } });
  await bed.ready();
  await service.nextRecord(({ source, severity }) => source === "monitoring" && severity === "error");
  const file = `${folder.path}/web/status.json`;
  equal((await Deno.stat(file)).mode! & 0o777, 0o640);

  await standInSystemctl(bed.dir, [{
    name: bed.name,
    mainPid: service.pid,
    runtimeDirectory: `${folder.name}/web`,
  }]);
  let row;
  // Results are written a second after the last ones.
  do {
    await new Promise((resolve) => setTimeout(resolve, 200));
    [row] = await status(bed);
  } while (!row.checks.some(({ name }: { name: string }) => name === "nobody"));
  deepEqual([row.state, row.container, row.lines], ["active", "running", 2]);
  match(row.status, /^Running since /);
  const check = row.checks.find(({ name }: { name: string }) => name === "nobody");
  equal(check.ok, false);
  ok(check.history.at(-1) < 0);

  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  equal(JSON.parse(await Deno.readTextFile(file)).phase, "stopping");
});

async function status(bed: ServiceBed) {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, "status", "--json"],
    env: { PATH: `${bed.dir.path}/bin:${Deno.env.get("PATH")}` },
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).services;
}
