import { deepEqual, equal, match, ok } from "node:assert/strict";
import { parseInvocation } from "../src/cli.ts";
import { COMMAND_USAGE } from "../src/commands/command_usage.ts";
import { USAGE } from "../src/commands/usage.ts";

function parse(args: readonly string[], env: Record<string, string> = {}) {
  return parseInvocation(args, (name) => env[name]);
}

Deno.test("parseInvocation() runs the file that is named, with and without the command", () => {
  const expected = { kind: "run", configPath: "/srv/config/web.yaml" };
  deepEqual(parse(["/srv/config/web.yaml"]), expected);
  deepEqual(parse(["run", "/srv/config/web.yaml"]), expected);
  deepEqual(parse(["--", "/srv/config/web.yaml"]), expected);
});

Deno.test("parseInvocation() takes the file from service_config where none is named", () => {
  deepEqual(parse([], { service_config: "a.yaml" }), { kind: "run", configPath: "a.yaml" });
  deepEqual(parse(["b.yaml"], { service_config: "a.yaml" }), { kind: "run", configPath: "b.yaml" });
});

Deno.test("parseInvocation() leaves the arguments of other commands to them", () => {
  deepEqual(parse(["schema", "service"]), { kind: "subcommand", command: "schema", args: ["service"] });
  deepEqual(parse(["validate", "--json", "a.yaml"]), {
    kind: "subcommand",
    command: "validate",
    args: ["--json", "a.yaml"],
  });
});

Deno.test("parseInvocation() knows --help and --version", () => {
  deepEqual(parse(["--help"]), { kind: "help", command: undefined });
  deepEqual(parse(["run", "-h"]), { kind: "help", command: "run" });
  deepEqual(parse(["--version"]), { kind: "version" });
});

Deno.test("--help says what there is, with the exit codes", () => {
  match(USAGE, /Exit codes:[\s\S]*78/);
  for (const command of Object.keys(COMMAND_USAGE)) match(USAGE, new RegExp(`service_runner ${command}\\b`));
});

Deno.test("parseInvocation() refuses what it does not know, naming it", () => {
  const cases: [args: string[], expected: RegExp][] = [
    [[], /no config file/],
    [["a.yaml", "b.yaml"], /got 1 more: "b.yaml"/],
    [["rnu", "a.yaml"], /no command "rnu"; did you mean "run"/],
    [["statsu"], /no command "statsu"; did you mean "status"\? A config file of that name is \.\/statsu/],
    [["docotr"], /did you mean "doctor"/],
    [["--frobnicate"], /--frobnicate/],
    [["run", "--force", "a.yaml"], /"--force"/],
  ];
  for (const [args, expected] of cases) {
    const invocation = parse(args);
    equal(invocation.kind, "wrong");
    ok(invocation.kind === "wrong" && expected.test(invocation.message), JSON.stringify(invocation));
  }
});
