// deno-lint-ignore-file camelcase -- the keys are those of the printed JSON
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { NO_PAINT } from "../../src/commands/command_context.ts";
import type { ServiceRow } from "../../src/commands/status/service_row.ts";
import { age, renderTable } from "../../src/commands/status/table.ts";
import { unitName } from "../../src/commands/status/units.ts";
import { runFolder } from "../support/run_folder.ts";
import { statusFile } from "../support/status_file.ts";
import { standInSystemctl, type StandInUnit } from "../support/stand_in_systemctl.ts";
import { tempDir } from "../support/temp_dir.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;
const NOW = Date.parse("2026-01-02T12:00:00Z");

const UP: ServiceRow = {
  name: "crystal-docs",
  unit: "service_runner@crystal-docs.service",
  state: "active",
  sub: "running",
  container: "running",
  container_id: "0123456789ab",
  image: "registry.example/team/crystal-docs:1.2.3",
  since: "2026-01-02T11:57:30Z",
  restarts: 0,
  result: "success",
  exit_status: 0,
  status: "Running since 11:57, 2 checks pass",
  last_failure: null,
  unreadable: null,
  config_sha256: null,
  checks: [
    { name: "container present", kind: "check_container_present", ok: true, history: [1] },
    { name: "http /", kind: "check_http", ok: true, history: [10, 20, 80] },
  ],
  lines: 100,
  lines_per_minute: 12,
};
const FAILING: ServiceRow = {
  ...UP,
  name: "shop",
  checks: [{ name: "http /", kind: "check_http", ok: false, history: [10, -1500] }],
};
const DOWN: ServiceRow = {
  ...UP,
  name: "old",
  state: "failed",
  result: "exit-code",
  exit_status: 3,
  container: "none",
  image: null,
  checks: [],
  lines_per_minute: null,
  status: "",
  restarts: 4,
};

function table(rows: readonly ServiceRow[], columns?: number): string[] {
  return renderTable(rows, { columns, nowMs: NOW, paint: NO_PAINT });
}

Deno.test("the table shows unit, container, checks, latency, history, log and image of each service", () => {
  const [titles = "", up = "", failing = "", down = ""] = table([UP, FAILING, DOWN]);
  match(
    titles,
    /^SERVICE +UNIT +CONTAINER +SINCE +RESTARTS +CHECKS +LATENCY +HISTORY +LINES\/MIN +IMAGE +STATUS$/,
  );
  match(up, /^crystal-docs +active +running +2m30s +0 +2 pass +80ms +▂▃█ +12 +registry\.\S+ +Running since/);
  match(failing, /^shop +active +running +\S+ +0 +1 of 1 fail +1\.5s +▁× /);
  match(down, /^old +failed \(3\) +- +\S+ +4 +- +- +- +- +- +-$/);
});

const STORY = "Failed: The container has ended by itself: its command was not found (exit code 127)";

Deno.test("the table is never wider than the terminal, and keeps what matters most", () => {
  const looping = { ...UP, name: "loop", restarts: 7, since: "2026-01-02T11:59:50Z", last_failure: STORY };
  const rows = [UP, FAILING, DOWN, looping];
  for (const columns of [20, 40, 60, 80, 100, 120, 160, 200, 300]) {
    for (const line of table(rows, columns)) {
      ok([...line].length <= columns, `${[...line].length} of ${columns}: ${line}`);
    }
  }
  match(table([UP], 80)[0] ?? "", /^SERVICE +UNIT .*SINCE +RESTARTS +CHECKS +LATENCY/);
  match(table([UP], 200)[0] ?? "", /IMAGE +STATUS$/);
});

Deno.test("at 80 columns no reason is lost: it stands below the row of the service", () => {
  const failed = { ...DOWN, status: STORY };
  const paused = {
    ...UP,
    name: "paused",
    container: "paused",
    status: "Paused since 11:58, its checks wait",
  };
  const lines = table([UP, failed, paused], 80);
  const below = lines.filter((line) => line.startsWith("    "));
  deepEqual(below, [
    "    Failed: The container has ended by itself: its command was not found (exit",
    "    code 127)",
    "    Paused since 11:58, its checks wait",
  ]);
  equal(lines.indexOf(below[0]!), 3, "right below its service");
});

Deno.test("a service that restarts again and again is shown as such, with its last failure", () => {
  const loop = { ...UP, restarts: 7, since: "2026-01-02T11:59:50Z", last_failure: STORY };
  const [, row = "", reason = ""] = table([loop], 120);
  match(row, /^crystal-docs +keeps failing +/);
  equal(reason, `    ${STORY}`);
  const steady = table([{ ...loop, since: "2026-01-01T12:00:00Z" }], 120);
  match(steady[1] ?? "", /^crystal-docs +active +/);
  equal(steady.length, 2, "that is long ago");
});

Deno.test("what a container says of itself reaches the terminal as text only", () => {
  const status = 'Running since 11:57, "\x1b]0;owned\x07\x9b2J\nfailed"';
  const [, row = "", ...others] = table([{ ...UP, status, image: "a\x1b[31m/b" }]);
  deepEqual(others, []);
  match(row, /a \[31m\/b .*" \]0;owned 2J failed"$/);
});

Deno.test("age() is short", () => {
  const ages = [5, 65, 3_700, 90_000, 2_000_000].map((s) => age(new Date(NOW - s * 1000).toISOString(), NOW));
  deepEqual(ages, ["5s", "1m5s", "1h1m", "1d1h", "23d"]);
});

Deno.test("unitName() takes names, instances and units, and escapes as systemd does", () => {
  const cases: [name: string, unit: string][] = [
    ["web", "service_runner@web.service"],
    ["web.service", "service_runner@web.service"],
    ["service_runner@web", "service_runner@web.service"],
    ["service_runner@web.service", "service_runner@web.service"],
    ["docs.example.org", "service_runner@docs.example.org.service"],
    ["other@web.service", "other@web.service"],
    ["my app/ü", "service_runner@my\\x20app-\\xc3\\xbc.service"],
    ["my\\x20app", "service_runner@my\\x20app.service"],
    ["web*", "service_runner@web*.service"],
  ];
  for (const [name, unit] of cases) equal(unitName(name), unit);
});

/** Runs `status` on a machine with these units. */
async function run(units: readonly StandInUnit[], ...args: string[]) {
  await using dir = await tempDir();
  await standInSystemctl(dir, units);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, "status", ...args],
    env: { PATH: `${dir.path}/bin:${Deno.env.get("PATH")}` },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("status reads what each process keeps, and knows a file that is of another process", async () => {
  await using folder = await runFolder(["web", "stale"]);
  for (const name of ["web", "stale"]) {
    const file = statusFile(`${folder.path}/${name}`, { service: name, pid: 4711 });
    file.follow({
      id: "abc",
      image: "nginx:1",
      startedAt: new Date(),
      countLines: () => 7,
      isPaused: () => false,
      loaded: { file: "/srv/config/web.yaml", sha256: "00" },
    });
  }
  const { code, stdout } = await run([
    { name: "web", mainPid: 4711, runtimeDirectory: `${folder.name}/web`, restarts: 2 },
    { name: "stale", mainPid: 4712, runtimeDirectory: `${folder.name}/stale` },
    { name: "off", active: "inactive", sub: "dead", sinceSeconds: 100 },
  ], "--json");
  equal(code, 0);
  const { services } = JSON.parse(stdout);
  deepEqual(
    services.map((
      row: ServiceRow,
    ) => [row.name, row.state, row.container, row.image, row.restarts, row.lines]),
    [["web", "active", "running", "nginx:1", 2, 7], ["stale", "active", "none", null, 0, null], [
      "off",
      "inactive",
      "none",
      null,
      0,
      null,
    ]],
  );
});

Deno.test("status is plain when piped, and shows a hundred services at once", async () => {
  const units = Array.from(
    { length: 100 },
    (_, index) => ({ name: `service-${index}`, active: "failed", result: "oom-kill" }),
  );
  const begun = performance.now();
  const { code, stdout } = await run(units);
  const seconds = (performance.now() - begun) / 1000;
  equal(code, 0);
  ok(!stdout.includes("\x1b"), "no colours");
  const lines = stdout.trimEnd().split("\n");
  equal(lines.length, 101);
  match(lines[100] ?? "", /^service-99 +failed \(oom-kill\)/);
  ok(seconds < 10, `${seconds} s`);
});

Deno.test("status says that there are no services, or no systemd", async () => {
  match((await run([])).stdout, /^There is no unit service_runner@NAME\.service/);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, "status", "web"],
    env: { PATH: "/nonexistent" },
  }).output();
  equal(code, 69);
  match(new TextDecoder().decode(stderr), /Cannot ask systemd/);
});

Deno.test("status says so where it can not read what a process keeps", async () => {
  await using folder = await runFolder(["web", "shop"]);
  await Deno.writeTextFile(`${folder.path}/web/status.json`, '{"pid":4711,"phase":"re');
  const unit = { name: "web", mainPid: 4711, runtimeDirectory: `${folder.name}/web` };
  const { stdout } = await run([unit]);
  match(stdout, /^web +active +\? /m);
  match(stdout, /^web: Cannot read "\S+\/web\/status\.json": it is not what service_runner has written$/m);
});

Deno.test("status of a service that there is not is an error", async () => {
  const nothing: StandInUnit = {
    name: "nosuch",
    active: "inactive",
    sub: "dead",
    config: "/srv/config/nosuch.yaml",
  };
  const { code, stdout, stderr } = await run([nothing], "nosuch");
  deepEqual([code, stdout], [64, ""]);
  equal(
    stderr,
    'service_runner status: There is no service "nosuch": there is no config /srv/config/nosuch.yaml\n',
  );
  equal((await run([{ ...nothing, active: "failed", result: "exit-code" }], "nosuch")).code, 0, "it has run");
});
