/** The first screen: what the README's command for the demo shows, and fetches, on a machine that has nothing yet. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { pageCommands } from "../support/pages.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testEngine } from "../support/test_engine.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** What the program itself needs to read a config; and what Deno fetches with it, though only a mail loads it. */
const PACKAGES = ["argparse", "js-yaml", "nodemailer", "valibot"];

Deno.test("the README's demo fetches only what it uses, says nothing of it, and shows the service alone", async () => {
  await using dir = await tempDir();
  const command = (await pageCommands("README.md", "What you see")).trimEnd().split(" ");
  deepEqual(command.slice(0, 3), ["npx", "--yes", `deno@${Deno.version.deno}`]);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: command.slice(3),
    cwd: ROOT,
    env: { DENO_DIR: dir.path, DOCKER_HOST: `unix://${testEngine().socketPath}`, NO_COLOR: "1" },
  }).output();
  const [shown, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  equal(code, 0, shown + said);
  equal(said, `Using the Docker Engine at ${testEngine().socketPath}.\n`);
  match(shown, /^service_runner: one YAML file .*\n\nBuilt the image /);
  match(shown, /^ +\d+\.\d+ {2}systemd ← {2}READY=1/m);
  ok(shown.endsWith("\nEvery step happened, and nothing is left behind.\n"), shown.slice(-300));
  // What the engine says of the machine, it would say of any container.
  ok(!/ journal .* docker: /.test(shown), shown);
  const fetched = await Array.fromAsync(Deno.readDir(`${dir.path}/npm/registry.npmjs.org`));
  // Of packages with a name in two parts there is no more than the list of their versions.
  deepEqual(fetched.map(({ name }) => name).filter((name) => !name.startsWith("@")).sort(), PACKAGES);
});
