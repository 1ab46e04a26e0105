// deno-lint-ignore-file camelcase -- the keys are those of status.json
/** Metrics of all services: names, the two formats, what others write into labels, the file for node_exporter. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { exposition } from "../../src/commands/metrics/exposition.ts";
import { metricFamilies } from "../../src/commands/metrics/families.ts";
import type { UpdateState } from "../../src/logging/update_result.ts";
import type { ServiceRow } from "../../src/commands/status/service_row.ts";
import { checkMetrics } from "../support/prometheus.ts";
import { standInSystemctl } from "../support/stand_in_systemctl.ts";
import { statusFile } from "../support/status_file.ts";
import { runFolder } from "../support/system_folders.ts";
import { tempDir } from "../support/temp_dir.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;

const UP: ServiceRow = {
  name: "web",
  unit: "service_runner@web.service",
  state: "active",
  sub: "running",
  container: "running",
  container_id: "0123456789ab",
  container_started_at: "2026-01-02T11:57:30Z",
  image: "nginx:1",
  since: "2026-01-02T11:57:30Z",
  restarts: 2,
  result: "success",
  exit_status: 0,
  status: "Running",
  last_failure: null,
  unreadable: null,
  silenced_until: null,
  config_sha256: null,
  checks: [{
    name: "http /",
    kind: "check_http",
    ok: true,
    history: [40, -1500, 250],
    runs: 10,
    failures: 3,
    certificate_expires_at: "2026-02-01T00:00:00.000Z",
  }],
  lines: 7,
  lines_per_minute: 1,
  counters: { log_lines: 7, log_bytes: 700, restarts: 1, alerts_failed: 4 },
  update: {
    state: "waiting",
    request: null,
    from: "sha256:1",
    to: "sha256:2",
    seen_at: null,
    at: "2026-01-02T03:00:00.000Z",
    why: null,
  },
};
const DOWN: ServiceRow = {
  ...UP,
  name: "old",
  state: "failed",
  container: "none",
  container_id: null,
  container_started_at: null,
  image: null,
  checks: [],
  lines: null,
  lines_per_minute: null,
  counters: null,
  update: null,
};

/** The samples of one metric, without its name. */
function samplesOf(name: string, rows: readonly ServiceRow[]): string[] {
  const lines = exposition(metricFamilies(rows), "prometheus").split("\n");
  return lines.filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(name.length));
}

Deno.test("metrics tell all that is known of a service, and nothing that is not", async (t) => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    service_up: ['{service="web"} 1', '{service="old"} 0'],
    container_start_time_seconds: ['{service="web"} 1767355050'],
    restarts_total: [
      '{service="web",by="systemd"} 2',
      '{service="web",by="check"} 1',
      '{service="old",by="systemd"} 2',
    ],
    check_success: ['{service="web",check="http /",kind="check_http"} 1'],
    check_duration_seconds: ['{service="web",check="http /",kind="check_http"} 0.25'],
    check_runs_total: [
      '{service="web",check="http /",kind="check_http",result="success"} 7',
      '{service="web",check="http /",kind="check_http",result="failure"} 3',
    ],
    certificate_expiry_timestamp_seconds: ['{service="web",check="http /",kind="check_http"} 1769904000'],
    log_lines_total: ['{service="web"} 7'],
    log_bytes_total: ['{service="web"} 700'],
    update_available: ['{service="web"} 1'],
    status_readable: ['{service="web"} 1', '{service="old"} 1'],
    last_update_timestamp_seconds: ['{service="web"} 1767322800'],
    alerts_failed_total: ['{service="web"} 4'],
  };
  for (const [name, samples] of Object.entries(expected)) {
    await t.step(name, () => deepEqual(samplesOf(`service_runner_${name}`, [UP, DOWN]), samples));
  }
  await t.step("service_state", () => {
    const states = samplesOf("service_runner_service_state", [DOWN]);
    equal(states.length, 6);
    deepEqual(states.filter((line) => line.endsWith(" 1")), ['{service="old",state="failed"} 1']);
  });
  await t.step("info", () => {
    match(
      samplesOf("service_runner_info", [UP])[0] ?? "",
      /^\{service="web",image="nginx:1",version="\d[^"]*"\} 1$/,
    );
  });
});

Deno.test("OpenMetrics names a counter's family without _total, has units, and ends as it has to", () => {
  const text = exposition(metricFamilies([UP, DOWN]), "openmetrics");
  ok(text.endsWith("\n# EOF\n"));
  match(
    text,
    /^# TYPE service_runner_log_bytes counter\n# UNIT service_runner_log_bytes bytes\nservice_runner_log_bytes_total\{/m,
  );
  match(text, /^# TYPE service_runner info\nservice_runner_info\{/m);
  // A family's lines stand together, and each family once.
  const heads = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  equal(new Set(heads).size, heads.length);
  for (const [, name, unit] of text.matchAll(/^# UNIT (\S+) (\S+)$/gm)) ok(name?.endsWith(`_${unit}`), name);
  equal(exposition([], "openmetrics"), "# EOF\n");
});

Deno.test("what is not known is not said to be 0", () => {
  const older = { ...UP, counters: null, checks: [{ name: "c", kind: "check_tcp", ok: true, history: [1] }] };
  for (const name of ["log_lines_total", "check_runs_total", "alerts_failed_total"]) {
    deepEqual(samplesOf(`service_runner_${name}`, [older]), [], name);
  }
  const available = (state: UpdateState, active = "active") => {
    const row = { ...UP, state: active, update: { ...UP.update!, state } };
    return samplesOf("service_runner_update_available", [row]).map((sample) => sample.at(-1));
  };
  deepEqual(available("failed"), []);
  deepEqual(available("current"), ["0"]);
  deepEqual([available("pulled"), available("pulled", "failed")], [["0"], ["1"]]);
});

/** What a container, its image and its config can be called. */
const HOSTILE = 'a "quoted" \\ back\nnew line\r\x1b[31m \u202e<script>';

Deno.test("promtool finds nothing, whatever others write into labels, and whatever comes twice", async () => {
  const [check] = UP.checks;
  const odd = { ...UP, name: "odd", image: HOSTILE, checks: [check!, check!, { ...check!, name: HOSTILE }] };
  deepEqual(await checkMetrics(exposition(metricFamilies([UP, DOWN, odd]), "prometheus")), []);
  equal(samplesOf("service_runner_check_success", [odd]).length, 2);
  const halves = { ...UP, checks: ["a\ud800", "a\ud801"].map((name) => ({ ...check!, name })) };
  equal(samplesOf("service_runner_check_success", [halves]).length, 1);
});

async function run(...args: string[]) {
  await using dir = await tempDir();
  await using folder = await runFolder(["web", "odd"]);
  const file = statusFile(`${folder.path}/web`, { service: "web", pid: 4711 }, { lines: 3, bytes: 30 });
  file.check({ name: "http /", kind: "check_http" }, { result: { ok: true }, durationMs: 5 }, {
    ok: true,
    restarts: 0,
  });
  await Deno.writeTextFile(`${folder.path}/odd/status.json`, "[]");
  const units = ["web", "odd"].map((name) => ({
    name,
    mainPid: 4711,
    runtimeDirectory: `${folder.name}/${name}`,
  }));
  await standInSystemctl(dir, units);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, "metrics", ...args],
    env: { PATH: `${dir.path}/bin:${Deno.env.get("PATH")}` },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("metrics prints OpenMetrics; of a service that can not be read it says so, and has what systemd knows", async () => {
  const { code, stdout, stderr } = await run();
  equal(code, 0);
  match(stdout, /^service_runner_log_lines_total\{service="web"\} 3$/m);
  match(stdout, /^service_runner_service_up\{service="odd"\} 1$/m);
  ok(stdout.endsWith("# EOF\n"));
  match(stderr, /^service_runner metrics: odd has gaps: Cannot read ".*status\.json": it is not what/);
});

Deno.test("where systemd does not answer there are no metrics, and a file stays as it was", async () => {
  await using dir = await tempDir();
  const path = await dir.write("service_runner.prom", "old\n");
  await Deno.chmod(await dir.write("bin/systemctl", "#!/bin/sh\necho nobody answers >&2; exit 1\n"), 0o755);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, "metrics", "--output", path],
    env: { PATH: `${dir.path}/bin:${Deno.env.get("PATH")}` },
  }).output();
  equal(code, 69);
  match(new TextDecoder().decode(stderr), /Cannot ask systemd for the units: nobody answers/);
  equal(await Deno.readTextFile(path), "old\n");
});

Deno.test("metrics --output writes a whole file that everybody may read, and leaves the old one where it can not", async () => {
  await using dir = await tempDir();
  const path = await dir.write("service_runner.prom", "old\n");
  const before = await Deno.stat(path);
  deepEqual((await run("--output", path)).stdout, "");
  const text = await Deno.readTextFile(path);
  match(text, /^service_runner_log_lines_total\{service="web"\} 3$/m);
  deepEqual(await checkMetrics(text), []);
  const { mode, ino } = await Deno.stat(path);
  equal(mode! & 0o777, 0o644);
  ok(ino !== before.ino, "it is written over, not put in its place");
  deepEqual((await Array.fromAsync(Deno.readDir(dir.path))).map(({ name }) => name), ["service_runner.prom"]);

  equal((await run("--output", "")).code, 64);
  const refused = await run("--output", `${path}/x.prom`);
  equal(refused.code, 1);
  match(refused.stderr, /^service_runner metrics: Cannot write ".*x\.prom": /m);
});
