// deno-lint-ignore-file camelcase -- the keys are those of the printed JSON
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { NO_PAINT } from "../../src/commands/command_context.ts";
import type { ServiceRow } from "../../src/commands/status/service_row.ts";
import { age } from "../../src/commands/status/age.ts";
import { renderTable } from "../../src/commands/status/table.ts";
import { unitName } from "../../src/commands/status/units.ts";
import { runFolder, stateFolder } from "../support/system_folders.ts";
import { statusFile } from "../support/status_file.ts";
import { standInSystemctl, type StandInUnit } from "../support/stand_in_systemctl.ts";
import { tempDir } from "../support/temp_dir.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;
const NOW = Date.parse("2026-01-02T12:00:00Z");

const COUNTED = { runs: 3, failures: 1 };
const UP: ServiceRow = {
  name: "crystal-docs",
  unit: "service_runner@crystal-docs.service",
  state: "active",
  sub: "running",
  container: "running",
  container_id: "0123456789ab",
  container_started_at: "2026-01-02T11:57:30Z",
  image: "registry.example/team/crystal-docs:1.2.3",
  since: "2026-01-02T11:57:30Z",
  restarts: 0,
  result: "success",
  exit_status: 0,
  status: "Running since 11:57, 2 checks pass",
  last_failure: null,
  unreadable: null,
  config_sha256: null,
  silenced_until: null,
  checks: [
    { name: "container present", kind: "check_container_present", ok: true, history: [1], ...COUNTED },
    { name: "http /", kind: "check_http", ok: true, history: [10, 20, 80], ...COUNTED },
  ],
  lines: 100,
  lines_per_minute: 12,
  counters: null,
  update: null,
};
const FAILING: ServiceRow = {
  ...UP,
  name: "shop",
  checks: [{ name: "http /", kind: "check_http", ok: false, history: [10, -1500], ...COUNTED }],
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

Deno.test("a service whose alerts sleep says until when, however little room there is", () => {
  const until = new Date("2026-01-02T14:02:00Z");
  const asleep = { ...UP, silenced_until: until.toISOString() };
  const time = `${String(until.getHours()).padStart(2, "0")}:02`;
  match(
    table([asleep])[1] ?? "",
    new RegExp(`Running since 11:57, 2 checks pass; alerts sleep until ${time}$`),
  );
  equal(table([asleep], 60)[2], `    alerts sleep until ${time}`);
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

Deno.test("what an update has come to has a column where there is something to tell", () => {
  const update = {
    state: "taken_back",
    request: null,
    from: "sha256:old",
    to: "sha256:new",
    seen_at: null,
    at: "2026-01-02T09:00:00Z",
    why: "the new container has ended, with exit code 3",
  } as const;
  ok(!table([UP, { ...UP, update: { ...update, state: "current" } }]).join().includes("UPDATE"));
  const [titles = "", up = "", back = ""] = table([UP, { ...UP, name: "back", update }]);
  match(titles, /LINES\/MIN +UPDATE +IMAGE +STATUS$/);
  match(up, / 12 +- +registry/);
  match(back, / 12 +taken back 3h0m +registry/);
  const narrow = table([UP, { ...UP, name: "back", update }], 80);
  match(narrow[0] ?? "", /^SERVICE +UNIT .* +CHECKS .* +UPDATE$/);
  const at = (state: string) => ({ ...UP, state, update: { ...update, state: "pulled" as const } });
  match(table([at("failed")])[1] ?? "", / at next start /);
  ok(!table([at("active")])[0]?.includes("UPDATE"), "it has been started since");
});

Deno.test("status knows of an update that has ended before the process of now has begun", async () => {
  await using folder = await stateFolder(["web", "cut"]);
  const last = {
    state: "available",
    request: null,
    from: "sha256:old",
    to: null,
    seen_at: null,
    at: "2026-01-02T03:00:00Z",
    why: null,
  };
  const memory = { image: "nginx", refused: null, previous: null, first_seen: {} };
  await Deno.writeTextFile(`${folder.path}/web/update.json`, JSON.stringify({ ...memory, last }));
  const cut = { ...memory, last: { ...last, state: "updating" } };
  await Deno.writeTextFile(`${folder.path}/cut/update.json`, JSON.stringify(cut));
  const units = ["web", "cut"].map((name) => ({ name, stateDirectory: `${folder.name}/${name}` }));
  const { stdout } = await run(units, "--json");
  const rows: ServiceRow[] = JSON.parse(stdout).services;
  deepEqual(rows.map(({ name, update }) => [name, update]), [["cut", null], ["web", last]]);
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

Deno.test("status believes no file that no service has written, and follows no link", async () => {
  await using folder = await runFolder(["odd", "link", "long"]);
  const file = (name: string) => `${folder.path}/${name}/status.json`;
  await Deno.writeTextFile(file("odd"), '{"pid":4711,"checks":7}');
  await Deno.symlink(file("odd"), file("link"));
  await Deno.writeTextFile(file("long"), "x".repeat(10_000_000));
  const units = ["odd", "link", "long"].map((name) => ({
    name,
    mainPid: 4711,
    runtimeDirectory: `${folder.name}/${name}`,
  }));
  const { code, stdout } = await run(units, "--json");
  equal(code, 0);
  const reasons = JSON.parse(stdout).services.map(({ unreadable }: ServiceRow) => unreadable?.split(": ")[1]);
  deepEqual(reasons, [
    "it is a link",
    "it has 10000000 bytes, at most 1048576 are allowed",
    "it is not what service_runner has written",
  ]);
});

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
    [
      ["off", "inactive", "none", null, 0, null],
      ["stale", "active", "none", null, 0, null],
      ["web", "active", "running", "nginx:1", 2, 7],
    ],
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
