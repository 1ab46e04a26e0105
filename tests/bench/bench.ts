/**
 * `deno task bench`: the budgets, each measured in the same run as what it is compared with.
 * Arguments choose row families, e.g. `deno task bench idle live`. Out: a table of Markdown; exit code 1 if a
 * budget is not kept. The long ones, of minutes, run only when they are named.
 */
import { ensurePrograms, requireProgram } from "../support/debian_packages.ts";
import { EngineApi } from "../support/engine_api.ts";
import { BASE_IMAGE, buildImage, WEB_IMAGE } from "../support/images.ts";
import { startPrivateEngine } from "../support/private_engine.ts";
import { progress } from "../support/progress.ts";
import { tempDir } from "../support/temp_dir.ts";
import { ENGINE_VARIABLE, TEST_IMAGES } from "../support/test_engine.ts";
import { growthRows, idleRows } from "./idle_rows.ts";
import { bundledProgram } from "./bundled_program.ts";
import { influxRows } from "./influx_rows.ts";
import { latencyRows } from "./latency_rows.ts";
import { catchUpRows, liveRows } from "./line_rows.ts";
import { pageRows } from "./page_rows.ts";
import { type Row, table } from "./row.ts";
import type { Setting } from "./setting.ts";
import { soakRows } from "./soak_rows.ts";
import { startRows } from "./start_rows.ts";
import { unitRows } from "./unit_rows.ts";

type Family = (setting: Setting) => Promise<Row[]>;

const FAMILIES: Readonly<Record<string, Family>> = {
  start: startRows,
  idle: idleRows,
  live: liveRows,
  latency: latencyRows,
  "catch-up": catchUpRows,
};

const LONG: Readonly<Record<string, Family>> = {
  growth: growthRows,
  influx: influxRows,
  page: pageRows,
  soak: soakRows,
  unit: unitRows,
};

Deno.exit(await main(Deno.args));

async function main(names: readonly string[]): Promise<number> {
  const all = { ...FAMILIES, ...LONG };
  const unknown = names.find((name) => !Object.hasOwn(all, name));
  if (unknown !== undefined) {
    progress(`There are no rows "${unknown}", only ${Object.keys(all).join(", ")}`);
    return 64;
  }
  const chosen = names.length > 0 ? names : Object.keys(FAMILIES);
  await using engine = await startPrivateEngine();
  await using folder = await tempDir();
  const setting = await prepare(engine.socketPath, folder.path);
  const stop = Promise.withResolvers<never>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => stop.reject(new Error(`Ended by ${signal}`)));
  }
  const rows: Row[] = [];
  for (const name of chosen) {
    progress(`Measuring: ${name} …`);
    // The engine ends in any case, and takes what runs on it along.
    rows.push(...await Promise.race([(all[name] as Family)(setting), stop.promise]));
  }
  const text = `${await machine(engine.socketPath)}\n\n${table(rows)}\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  return rows.some(({ passed }) => passed === false) ? 1 : 0;
}

async function prepare(socketPath: string, folder: string): Promise<Setting> {
  await ensurePrograms([{ program: "docker", package: "docker.io" }]);
  const api = new EngineApi(socketPath);
  await buildImage(api, TEST_IMAGES.base, BASE_IMAGE);
  await buildImage(api, TEST_IMAGES.web, WEB_IMAGE);
  // As the unit has it, for ours and for what it is compared with.
  Deno.env.set("MALLOC_ARENA_MAX", "1");
  // For the beds of the rows.
  Deno.env.set(ENGINE_VARIABLE, socketPath);
  return {
    socketPath,
    program: await bundledProgram(folder),
    docker: await requireProgram("docker"),
    env: { DOCKER_HOST: `unix://${socketPath}` },
  };
}

/** E.g. `2 × Intel Xeon, Linux 6.1; Deno 2.9.6, Docker Engine 20.10.24`. */
async function machine(socketPath: string): Promise<string> {
  const cpu = /^model name\s*: (.*)$/m.exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1] ?? Deno.build.arch;
  const { Version } = await new EngineApi(socketPath).docker.version();
  const versions = `Deno ${Deno.version.deno}, Docker Engine ${Version}`;
  return `${navigator.hardwareConcurrency} × ${cpu}, Linux ${Deno.osRelease()}; ${versions}`;
}
