/** The scripts in the shells that they are for. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { USAGE } from "../../src/commands/usage.ts";
import { ensurePrograms } from "../support/debian_packages.ts";
import { EngineServer } from "../support/engine_server.ts";
import { standInSystemctl } from "../support/stand_in_systemctl.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;

/** A folder with configs, and the program in PATH on a machine with two units and two containers. */
async function machine() {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const engine = stack.use(
    await EngineServer.start((request) =>
      new URL(request.url).pathname.endsWith("/containers/json")
        ? Response.json([{ Names: ["/blog"] }, { Names: ["/blog-db"] }])
        : Response.json({}, { headers: { "Api-Version": "1.48" } })
    ),
  );
  await standInSystemctl(dir, [{ name: "web" }, { name: "shop" }]);
  await dir.write("work/web.yaml", "");
  await dir.write("work/notes.txt", "");
  const program = `#!/bin/sh\nexec ${Deno.execPath()} run --allow-all ${MAIN} "$@"\n`;
  await Deno.chmod(await dir.write("bin/service_runner", program), 0o755);
  const env = { PATH: `${dir.path}/bin:${Deno.env.get("PATH")}`, DOCKER_HOST: `unix://${engine.socketPath}` };
  return { dir, env, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

interface Place {
  readonly dir: TempDir;
  readonly env: Record<string, string>;
}

async function shell(program: string, args: readonly string[], { dir, env }: Place): Promise<string[]> {
  const command = new Deno.Command(program, { args: [...args], cwd: `${dir.path}/work`, env });
  const { success, stdout, stderr } = await command.output();
  ok(success, new TextDecoder().decode(stderr));
  equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "").sort();
}

const CASES: [line: string, expected: string[]][] = [
  ["service_runner st", ["status"]],
  ["service_runner status ", ["--help", "--json", "--watch", "shop", "web"]],
  ["service_runner status s", ["shop"]],
  ["service_runner rollback ", ["--help", "--json", "shop", "web"]],
  ["service_runner update --f", ["--force"]],
  ["service_runner logs --source mon", ["monitoring"]],
  ["service_runner logs -p war", ["warn", "warning"]],
  ["service_runner import --container blog-", ["blog-db"]],
  ["service_runner validate w", ["web.yaml"]],
  ["service_runner completions ", ["--help", "bash", "fish", "zsh"]],
];

const BASH_COMPLETE = `eval "$(service_runner completions bash)"
line=$1; read -ra COMP_WORDS <<< "$line"; [[ $line == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _service_runner; printf '%s\\n' "\${COMPREPLY[@]}"`;

const FISH_COMPLETE = (line: string) =>
  `service_runner completions fish | source; complete --do-complete '${line}'`;

Deno.test("bash completes commands, files, units and containers", async (t) => {
  await using place = await machine();
  for (const [line, expected] of CASES) {
    await t.step(
      line,
      async () => deepEqual(await shell("bash", ["-c", BASH_COMPLETE, "bash", line], place), expected),
    );
  }
});

Deno.test("fish completes commands, files, units and containers", async (t) => {
  await ensurePrograms([{ program: "fish", package: "fish" }]);
  await using place = await machine();
  for (const [line, expected] of CASES) {
    await t.step(line, async () => {
      const found = (await shell("fish", ["--no-config", "-c", FISH_COMPLETE(line)], place)).map((row) =>
        row.split("\t")[0]
      );
      const wanted = expected.filter((word) => !word.startsWith("--"));
      deepEqual(found.filter((word) => wanted.includes(word ?? "")), wanted, found.join(" "));
      ok(!found.includes("notes.txt") || line.includes("validate"));
    });
  }
});

/** What the function hands to zsh's own, which only work while somebody types; `_files` looks for files. */
const ZSH_COMPLETE = `autoload -Uz compinit && compinit -D -u; source <(service_runner completions zsh)
_files() { setopt local_options null_glob; print -rl -- $words[-1]\${~2} }
_describe() { print -rl -- "\${(@)\${(@P)2}%%:*}" }
words=("\${(@s: :)1}"); CURRENT=$#words; _service_runner`;

Deno.test("zsh completes commands, files, units and containers", async (t) => {
  await ensurePrograms([{ program: "zsh", package: "zsh" }]);
  await using place = await machine();
  for (const [line, expected] of CASES) {
    await t.step(
      line,
      async () => deepEqual(await shell("zsh", ["-f", "-c", ZSH_COMPLETE, "zsh", line], place), expected),
    );
  }
});

Deno.test("zsh takes the script", async () => {
  await using place = await machine();
  const script = `autoload -Uz compinit && compinit -D -u; source <(service_runner completions zsh)
print -r -- \${_comps[service_runner]}`;
  deepEqual(await shell("zsh", ["-f", "-c", script], place), ["_service_runner"]);
});

Deno.test("every command of --help is completed by every shell", async () => {
  await ensurePrograms(["fish", "zsh"].map((name) => ({ program: name, package: name })));
  await using place = await machine();
  const commands = new Set([...USAGE.matchAll(/^ {4}service_runner ([a-z]+)\b/gm)].map(([, name]) => name));
  ok(commands.size >= 11);
  const line = "service_runner ";
  const found = {
    bash: await shell("bash", ["-c", BASH_COMPLETE, "bash", line], place),
    zsh: await shell("zsh", ["-f", "-c", ZSH_COMPLETE, "zsh", line], place),
    fish: (await shell("fish", ["--no-config", "-c", FISH_COMPLETE(line)], place))
      .map((row) => row.split("\t")[0]),
  };
  for (const [program, words] of Object.entries(found)) {
    deepEqual([...commands].filter((command) => !words.includes(command!)), [], program);
  }
});

Deno.test("completions prints no names where nobody knows them", async () => {
  for (const words of [["status", "x"], ["import", "--container", ""]]) {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", MAIN, "completions", "--", ...words],
      env: { PATH: "/nonexistent", DOCKER_HOST: "unix:///nonexistent" },
    }).output();
    deepEqual([code, stdout.length], [0, 0]);
  }
});
