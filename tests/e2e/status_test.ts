/** `status`, `doctor` and `completions` on whole hosts, by systemd's own account. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";

const PROGRAM = "/usr/local/bin/service_runner";

testOnHosts("status shows what is up and what is down", async (host) => {
  await using up = await ServiceUnit.create(host, { script: `echo one; ${IDLE}` });
  await using down = await ServiceUnit.create(host, { script: "exit 3" }, {
    dropIn: "[Service]\nRestart=no",
  });
  await up.start();
  await down.begin("start").result;
  const rows = async () => {
    const { services } = JSON.parse(await host.run(PROGRAM, "status", "--json", up.name, down.name));
    return services;
  };
  let [first, second] = await rows();
  // A container that ends at once may have been up for a moment.
  while (second.state !== "failed") [first, second] = await rows();
  deepEqual([first.state, first.container, first.restarts], ["active", "running", 0]);
  ok(Math.abs(Date.now() - Date.parse(first.since)) < 120_000, first.since);
  ok(Math.abs(Date.now() - Date.parse(second.since)) < 120_000, second.since);
  deepEqual([second.container, second.exit_status, second.result], ["none", 3, "exit-code"]);

  const table = await host.run(PROGRAM, "status");
  match(table, new RegExp(`^${up.name} +active +running `, "m"));
  match(table, new RegExp(`^${down.name} +failed \\(3\\) +- `, "m"));
  const names = (await host.run(PROGRAM, "completions", "--", "status", "")).split("\n");
  ok(names.includes(up.name), names.join(" "));
});

testOnHosts("status shows a service that fails again and again as such, and says how", async (host) => {
  const dropIn = "[Service]\nRestartSec=100ms\nRestartSteps=0";
  await using loop = await ServiceUnit.create(host, { script: "exit 3" }, { dropIn });
  await loop.begin("start").result;
  await loop.until("its fourth start", ({ NRestarts }) => Number(NRestarts) >= 3);
  const told = await host.run(PROGRAM, "status", loop.name);
  match(
    told,
    new RegExp(
      `^${loop.name} +keeps failing .* Failed: The container has ended by itself: exit code 3$`,
      "m",
    ),
  );
});

testOnHosts(
  "status of a service that there is not is an error; one that was stopped is shown",
  async (host) => {
    const { code, stderr } = await host.attempt(PROGRAM, "status", "nosuch");
    equal(code, 64);
    match(stderr, /There is no service "nosuch": there is no config \/srv\/config\/nosuch\.yaml/);
    await using stopped = await ServiceUnit.create(host, { script: IDLE });
    await stopped.start();
    await stopped.stop();
    match(await host.run(PROGRAM, "status"), new RegExp(`^${stopped.name} +inactive +- `, "m"));
  },
);

testOnHosts("doctor finds the shipped unit in order", async (host) => {
  const { code, stdout } = await host.attempt(PROGRAM, "doctor", "--json");
  const { findings } = JSON.parse(stdout) as {
    findings: { about: string; verdict: string; message: string }[];
  };
  const of = (about: string) => findings.find((finding) => finding.about === about);
  for (const about of ["engine", "unit file", "program", "journal rate limit", "socket permission"]) {
    equal(of(about)?.verdict, "ok", JSON.stringify(of(about)));
  }
  equal(code, findings.some(({ verdict }) => verdict === "problem") ? 1 : 0);
});
