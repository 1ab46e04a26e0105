/**
 * `deno task build`: compiles the program into one file, dist/service_runner.
 * `--no-influx` leaves InfluxDB out, with the package that it takes. All other arguments go to `deno compile`,
 * `--output FILE` for example.
 *
 * `deno compile` embeds every npm package of the lock file, also those of the tests: so it gets a config and a lock
 * file that have only what the program imports.
 */
import manifest from "../deno.json" with { type: "json" };

const PROJECT = new URL("../", import.meta.url);
const TESTS_ONLY = ["@types/dockerode", "dockerode", "fast-check"];
const INFLUXDB_ONLY = ["@influxdata/influxdb-client"];
const INFLUXDB_MODULE = "./src/logging/influxdb/open_influxdb.ts";
const INFLUXDB_LEFT_OUT = "./src/logging/influxdb/left_out.ts";
/** Beside deno.json, since the paths in it are relative to it. */
const CONFIG = new URL(`.build-${Deno.pid}.json`, PROJECT).pathname;

Deno.exit(await build());

async function build(): Promise<number> {
  const others = Deno.args.filter((arg) => arg !== "--no-influx");
  const output = others.includes("--output") ? [] : ["--output", "dist/service_runner"];
  // Deno itself takes out of a copy what the config does not ask for; the versions stay.
  const lock = await Deno.makeTempFile();
  await Deno.copyFile(new URL("deno.lock", PROJECT), lock);
  await Deno.writeTextFile(CONFIG, JSON.stringify(buildConfig(others.length === Deno.args.length)));
  try {
    const args = [
      "compile",
      "--allow-all",
      "--no-code-cache",
      "--no-check",
      "--config",
      CONFIG,
      "--lock",
      lock,
    ];
    const command = new Deno.Command(Deno.execPath(), {
      args: [...args, "--frozen=false", ...output, ...others, "main.ts"],
      cwd: PROJECT,
    });
    return (await command.spawn().status).code;
  } finally {
    await Promise.all([CONFIG, lock].map((path) => Deno.remove(path)));
  }
}

/** deno.json, with the imports that the program has. */
function buildConfig(hasInfluxdb: boolean): unknown {
  const leftOut = hasInfluxdb ? TESTS_ONLY : [...TESTS_ONLY, ...INFLUXDB_ONLY];
  const packages = Object.entries(manifest.imports).filter(([name]) => !leftOut.includes(name));
  const stub = hasInfluxdb ? [] : [[INFLUXDB_MODULE, INFLUXDB_LEFT_OUT]];
  const { tasks: _, ...settings } = manifest;
  return { ...settings, imports: Object.fromEntries([...packages, ...stub]) };
}
