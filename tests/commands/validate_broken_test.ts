/**
 * tests/fixtures/broken/NAME.yaml has one mistake, NAME.txt beside it what a person is told of it.
 * After a change of the messages: `UPDATE_GOLDEN=1 deno test -A tests/commands/validate_broken_test.ts`, then read them.
 */
import { equal, ok } from "node:assert/strict";
import { validate } from "../../src/commands/validate.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { denoTerminal } from "../../src/host/deno_terminal.ts";

const FOLDER = `${import.meta.dirname}/../fixtures/broken`;
const HOST = { ...denoHost(), cwd: () => FOLDER, env: () => undefined };
const TERMINAL = { ...denoTerminal(), isTerminal: () => false };

async function fixtures(): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(FOLDER))).map(({ name }) => name);
  return names.filter((name) => name.endsWith(".yaml")).sort();
}

Deno.test("each broken config gives the message that a person would want", async (t) => {
  const names = await fixtures();
  ok(names.length >= 60, `only ${names.length} configs`);
  for (const name of names) {
    await t.step(name, async () => {
      const { stdout, stderr, exitCode } = await validate({ files: [name], json: false }, {
        host: HOST,
        terminal: TERMINAL,
      });
      equal(exitCode, 78);
      equal(stdout, "");
      const golden = `${FOLDER}/${name.replace(/\.yaml$/, ".txt")}`;
      if (Deno.env.has("UPDATE_GOLDEN")) await Deno.writeTextFile(golden, stderr);
      equal(stderr, await Deno.readTextFile(golden));
    });
  }
});

Deno.test("each broken config has one mistake, which is shown at its place", async () => {
  for (const name of await fixtures()) {
    const { stdout } = await validate({ files: [name], json: true }, { host: HOST, terminal: TERMINAL });
    const { files: [file] } = JSON.parse(stdout);
    equal(file.valid, false, name);
    equal(file.problems.length, 1, name);
    ok(file.problems[0].line >= 1 && file.problems[0].column >= 1, name);
  }
});
