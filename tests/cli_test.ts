import { deepEqual, equal, ok } from "node:assert/strict";
import { parseInvocation } from "../src/cli.ts";

function parse(args: readonly string[], env: Record<string, string> = {}) {
  return parseInvocation(args, { env: (name) => env[name], version: "1.2.3" });
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

Deno.test("parseInvocation() hands on what follows -- to the letter", () => {
  deepEqual(parse(["plan", "--", "-v", "a:/a", "nginx", "--", "--help"]), {
    kind: "plan_arguments",
    args: ["-v", "a:/a", "nginx", "--", "--help"],
  });
  deepEqual(parse(["plan", "a.yaml"]), { kind: "plan", configPath: "a.yaml" });
});

Deno.test("parseInvocation() leaves the arguments of other commands to them", () => {
  deepEqual(parse(["schema", "service"]), { kind: "subcommand", command: "schema", args: ["service"] });
  deepEqual(parse(["validate", "--json", "a.yaml"]), {
    kind: "subcommand",
    command: "validate",
    args: ["--json", "a.yaml"],
  });
});

Deno.test("parseInvocation() prints help, with the exit codes, and the version", () => {
  for (const args of [["--help"], ["-h"], ["run", "--help"]]) {
    const invocation = parse(args);
    ok(invocation.kind === "print" && /Exit codes:[\s\S]*78/.test(invocation.text), args.join(" "));
  }
  deepEqual(parse(["--version"]), { kind: "print", text: "service_runner 1.2.3\n" });
});

Deno.test("parseInvocation() refuses what it does not know, naming it", () => {
  const cases: [args: string[], expected: RegExp][] = [
    [[], /no config file/],
    [["a.yaml", "b.yaml"], /got 1 more: "b.yaml"/],
    [["rnu", "a.yaml"], /no command "rnu"; did you mean "run"/],
    [["--frobnicate"], /--frobnicate/],
  ];
  for (const [args, expected] of cases) {
    const invocation = parse(args);
    equal(invocation.kind, "wrong");
    ok(invocation.kind === "wrong" && expected.test(invocation.message), JSON.stringify(invocation));
  }
});
