// deno-lint-ignore-file camelcase -- the keys of a config are as the user writes them
/** What a service costs while nothing happens, and how that grows. */
import { ServiceBed } from "../support/service_bed.ts";
import { denoRun } from "./bundled_program.ts";
import { print } from "./emitted_lines.ts";
import { cpuMs, memory } from "./processes.ts";
import { compared, limited, median, type Row, short, shown } from "./row.ts";
import { pause, type Setting, WEB_WITH_CHECK, withServices } from "./setting.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";

/** After that a start is over, and what it has allocated is collected and given back. */
const SETTLE_MS = 40_000;
const MINUTE_MS = 60_000;
/** Long enough to see what grows with what. */
const SHORT_MS = 20_000;
const DEFAULT_MONITOR = { image: TEST_IMAGES.web, pull: "never" };

export async function idleRows(setting: Setting): Promise<Row[]> {
  const [checked, unchecked, bare] = await Promise.all([
    withServices(setting, 3, WEB_WITH_CHECK, (pids) => observe(pids, MINUTE_MS)),
    withServices(setting, 3, DEFAULT_MONITOR, (pids) => observe(pids, MINUTE_MS)),
    observeBareProgram(setting),
  ]);
  const comparison = { name: "a bare program that asks the engine each second", unit: "MiB" };
  return [
    compared("idle, an HTTP check a second: private dirty", checked.privateDirtyMib, {
      ...comparison,
      value: bare.privateDirtyMib,
      limit: 1.25,
    }),
    compared("idle, an HTTP check a second: RSS", checked.rssMib, {
      ...comparison,
      value: bare.rssMib,
      limit: 1.5,
    }),
    limited("idle, an HTTP check a second: CPU a second", checked.cpuMsPerSecond, 2, "ms"),
    limited("idle, default monitor: CPU a minute", unchecked.cpuMsPerSecond * 60, 30, "ms"),
  ];
}

export async function growthRows(setting: Setting): Promise<Row[]> {
  const rows: Row[] = [];
  for (const count of [1, 4, 16]) {
    const { privateDirtyMib, pssMib } = await withServices(
      setting,
      count,
      WEB_WITH_CHECK,
      (pids) => observe(pids),
    );
    const what = `${count} services at idle, each`;
    rows.push(shown(`${what}: private dirty`, `${short(privateDirtyMib)} MiB`));
    rows.push(
      count < 16 ? shown(`${what}: PSS`, `${short(pssMib)} MiB`) : limited(`${what}: PSS`, pssMib, 16, "MiB"),
    );
  }
  for (const checks of [1, 100, 1000]) {
    const monitor = {
      public_network_name: "bridge",
      check_http: Array(checks).fill({ path: "/index.html", frequency: 1 }),
    };
    const cost = await withServices(setting, 1, { ...WEB_WITH_CHECK, monitor }, (pids) => observe(pids));
    const what = `${checks} HTTP checks a second`;
    rows.push(shown(what, costText(cost)));
    if (checks === 1000) rows.push(limited(`${what}: private dirty`, cost.privateDirtyMib, 80, "MiB"));
  }
  for (const [lines, script] of LINE_RATES) {
    rows.push(shown(`${lines} lines a second`, await linesCost(setting, script)));
  }
  return rows;
}

const LINE_RATES = [
  [0, "exec sleep 600"],
  [100, `while :; do ${print(10)}; usleep 100000; done`],
  [10_000, `while :; do ${print(1_000)}; usleep 100000; done`],
] as const;

async function linesCost({ program }: Setting, script: string): Promise<string> {
  await using bed = await ServiceBed.create("bench");
  const service = await bed.run(bed.script(script), { program });
  await bed.ready();
  return costText(await observe([service.pid]));
}

interface Cost {
  readonly privateDirtyMib: number;
  readonly pssMib: number;
  readonly rssMib: number;
  readonly cpuMsPerSecond: number;
}

function costText({ privateDirtyMib, cpuMsPerSecond }: Cost): string {
  return `${short(cpuMsPerSecond)} ms CPU a second, ${short(privateDirtyMib)} MiB private dirty`;
}

/** What the runtime takes by itself. */
async function observeBareProgram({ env }: Setting): Promise<Cost> {
  const [program, ...args] = denoRun(new URL("bare_program.js", import.meta.url).pathname);
  const children = Array.from({ length: 3 }, () => new Deno.Command(program, { args, env }).spawn());
  try {
    return await observe(children.map(({ pid }) => pid), MINUTE_MS);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map(({ status }) => status));
  }
}

/** The median process of several, after it has settled. */
async function observe(pids: readonly number[], watchMs = SHORT_MS): Promise<Cost> {
  await pause(SETTLE_MS);
  const before = await Promise.all(pids.map(cpuMs));
  const startedAtMs = performance.now();
  await pause(watchMs);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const after = await Promise.all(pids.map(cpuMs));
  const memories = await Promise.all(pids.map(memory));
  return {
    privateDirtyMib: median(memories.map(({ privateDirtyMib }) => privateDirtyMib)),
    pssMib: median(memories.map(({ pssMib }) => pssMib)),
    rssMib: median(memories.map(({ rssMib }) => rssMib)),
    cpuMsPerSecond: median(after.map((ms, index) => (ms - (before[index] ?? 0)) / seconds)),
  };
}
