/** What a running service says of itself, as `service_runner status` shows it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { ServiceRow } from "../../src/commands/status/service_row.ts";
import { runFolder } from "../support/system_folders.ts";
import { ServiceBed } from "../support/service_bed.ts";
import { standInSystemctl } from "../support/stand_in_systemctl.ts";

/** Where nobody listens. */
const NOBODY = { path: "/", host: "127.0.0.1", port: 1, frequency: 1 };
const MAIN = `${import.meta.dirname}/../../main.ts`;

Deno.test("status shows container, checks with their latency, and lines of a running service", async () => {
  await using bed = await ServiceBed.create("status");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  await using folder = await runFolder(["web"]);
  const service = await bed.run({
    ...bed.script("echo one; echo two; exec sleep 600"),
    container_create_args: ["--init", "--stop-timeout", "1"],
    monitor: {
      check_http: [
        { ...NOBODY, name: "nobody" },
        { ...NOBODY, name: "patient", failure_threshold: 1000 },
      ],
      check_tcp: [{ host: "127.0.0.1", port, frequency: 1, name: "somebody" }],
    },
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
  let row: ServiceRow | undefined;
  const find = (wanted: string) => row?.checks.find(({ name }) => name === wanted);
  // Results are written a second after the last ones.
  do {
    await new Promise((resolve) => setTimeout(resolve, 200));
    [row] = await status(bed);
  } while (["nobody", "patient", "somebody"].some((name) => (find(name)?.history.length ?? 0) < 2));
  deepEqual([row?.state, row?.container, row?.lines], ["active", "running", 2]);
  deepEqual(row?.counters, { log_lines: 2, log_bytes: 6, restarts: 0, alerts_failed: 0 });
  ok((find("nobody")?.runs ?? 0) >= 2);
  equal(find("nobody")?.failures, find("nobody")?.runs);
  equal(find("somebody")?.failures, 0);
  match(row?.status ?? "", /^Running since /);
  equal(find("nobody")?.ok, false);
  ok(find("nobody")?.history.every((ms) => ms < 0));
  // It has failed, but does not count as failing yet: as in the status line.
  equal(find("patient")?.ok, true);
  ok(find("patient")?.history.every((ms) => ms < 0));
  equal(find("somebody")?.ok, true);
  ok(find("somebody")?.history.every((ms) => ms > 0));

  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  equal(JSON.parse(await Deno.readTextFile(file)).phase, "stopping");
});

async function status(bed: ServiceBed): Promise<ServiceRow[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, "status", "--json"],
    env: { PATH: `${bed.dir.path}/bin:${Deno.env.get("PATH")}` },
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).services;
}
