/** The few files of JavaScript that `deno task build` compiles. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { bundle, OPTIONS } from "../.ci/build.ts";
import { tempDir } from "./support/temp_dir.ts";

Deno.test("of what the built program loads later, nothing is in memory before", async () => {
  await using folder = await tempDir();
  equal(await bundle(folder.path, false), 0);
  const args = ["info", "--json", `${folder.path}/main.js`];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
  const present = modules.map(({ specifier }) => specifier.slice(specifier.lastIndexOf("/") + 1));
  ok(present.includes("main.js"));
  deepEqual(present.filter((name) => /^(?:run|supervise|mail|subcommand|open_influxdb)\b/.test(name)), []);
});

Deno.test("a backtrace has the lines of the source", async () => {
  await using folder = await tempDir();
  equal(await bundle(folder.path, false), 0);
  const service = await folder.write("web.yaml", "name: web\nimage: nginx\n");
  const runner = await folder.write("runner.yaml", "alerts: { to: [{ command: [/bin/true] }] }\n");
  // Nobody expects that the machine's name can not be had.
  const options = OPTIONS.map((option) => option === "--allow-sys=hostname" ? "--deny-sys" : option);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...options, `${folder.path}/main.js`, service],
    env: { DOCKER_HOST: `unix://${folder.path}/none.sock`, "service_runner_global_config": runner },
  }).output();
  const [line = ""] = new TextDecoder().decode(stdout).split("\n");
  const { exception: { backtrace } } = JSON.parse(line) as { exception: { backtrace: string[] } };
  const path = "src/start/alerts.ts";
  const source = (await Deno.readTextFile(new URL(`../${path}`, import.meta.url))).split("\n");
  const number = source.findIndex((text) => text.includes("host.hostname()")) + 1;
  const place = backtrace.find((entry) => entry.includes("alerts.ts"));
  match(place ?? backtrace.join("\n"), new RegExp(`/${path}:${number}:`));
});
