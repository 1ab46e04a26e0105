import { deepEqual, equal, match } from "node:assert/strict";
import { FLAGS_BY_NAME } from "../../../src/plan/flags/create_flags.ts";
import { parseFlags } from "../../../src/plan/flags/flag_parser.ts";

Deno.test("the table has every flag of docker create", () => equal(FLAGS_BY_NAME.size, 104));

const READ: readonly (readonly [
  name: string,
  args: string[],
  occurrences: [string, string, number][],
  rest: string[],
])[] = [
  ["all spellings of a value", ["--env", "A=1", "--env=B=2", "-e", "C=3", "-eD=4", "-e=E=5", "img"], [
    ["env", "A=1", 0],
    ["env", "B=2", 2],
    ["env", "C=3", 3],
    ["env", "D=4", 5],
    ["env", "E=5", 6],
  ], ["img"]],
  ["a cluster with a value at its end", ["-itp80", "-Pp", "81"], [
    ["interactive", "true", 0],
    ["tty", "true", 0],
    ["publish", "80", 0],
    ["publish-all", "true", 1],
    ["publish", "81", 1],
  ], []],
  ["a boolean with a value in a cluster", ["-it=false", "img"], [["interactive", "true", 0], [
    "tty",
    "false",
    0,
  ]], ["img"]],
  ["no separate value for a boolean", ["--rm", "false"], [["rm", "true", 0]], ["false"]],
  ["an equals sign alone as the value", ["-u=", "-w", "="], [["user", "=", 0], ["workdir", "=", 1]], []],
  ["an empty value", ["--user=", "img"], [["user", "", 0]], ["img"]],
  ["a flag as the value of another", ["--name", "--rm", "img"], [["name", "--rm", 0]], ["img"]],
  ["nothing after the image", ["img", "--rm", "--", "-x"], [], ["img", "--rm", "--", "-x"]],
  ["the image after two dashes", ["--rm", "--", "--name"], [["rm", "true", 0]], ["--name"]],
  ["a single dash as the image", ["-", "x"], [], ["-", "x"]],
  ["flags of Go's tests, which count for nothing", ["-test.v", "-itest.x", "img"], [[
    "interactive",
    "true",
    1,
  ]], ["img"]],
];

for (const [name, args, occurrences, rest] of READ) {
  Deno.test(`parseFlags() reads ${name}`, () => {
    const parsed = parseFlags(args);
    deepEqual(parsed.occurrences.map(({ name, value, index }) => [name, value, index]), occurrences);
    deepEqual(parsed.positionals, rest);
    deepEqual(parsed.problems, []);
  });
}

const REFUSED: readonly (readonly [args: string[], index: number, message: RegExp])[] = [
  [["--rm", "--vol", "/a"], 1, /^unknown flag: --vol \(did you mean --volume\?\)$/],
  [["--pubish", "80"], 0, /did you mean --publish\?/],
  [["--health_cmd", "x"], 0, /did you mean --health-cmd\?/],
  [["--zzzzzzzzzzzz"], 0, /^unknown flag: --zzzzzzzzzzzz$/],
  [["-itz"], 0, /^unknown shorthand flag: "z" in -z$/],
  [["-rm"], 0, /in -rm \(did you mean --rm\?\)/],
  [["-i="], 0, /unknown shorthand flag: "="/],
  [["---rm"], 0, /^bad flag syntax: ---rm$/],
  [["--=x"], 0, /^bad flag syntax/],
  [["-i", "--memory"], 1, /^flag needs an argument: -m, --memory <bytes>$/],
  [["-itv"], 0, /^flag needs an argument: -v, --volume <list>$/],
  [["-itd", "img"], 0, /^-d, --detach is a flag of "docker run".*leave it out/],
  [["--sig-proxy=false"], 0, /^--sig-proxy is a flag of "docker run"/],
  [["--detach-keys", "ctrl-x", "img"], 0, /^--detach-keys is a flag of "docker run"/],
];

for (const [args, index, message] of REFUSED) {
  Deno.test(`parseFlags() refuses ${args.join(" ")}`, () => {
    const [problem, ...others] = parseFlags(args).problems;
    deepEqual(others, []);
    equal(problem?.index, index);
    equal(problem?.exitCode, 125);
    match(problem?.message ?? "", message);
  });
}

Deno.test("parseFlags() goes on after a flag whose values it knows to skip", () => {
  const { problems, occurrences, positionals } = parseFlags([
    "-d",
    "--detach-keys",
    "x",
    "--foo=1",
    "--rm",
    "img",
  ]);
  deepEqual(problems.map(({ index }) => index), [0, 1, 3]);
  deepEqual(occurrences.map(({ name }) => name), ["rm"]);
  deepEqual(positionals, ["img"]);
});

Deno.test("parseFlags() goes on after a flag that was written into one argument with its value", () => {
  const { problems } = parseFlags(["--publish 8080:80", "--memry=64m"]);
  deepEqual(problems.map(({ index }) => index), [0, 1]);
});

Deno.test("parseFlags() takes nothing for the image after a flag that it does not know", () => {
  deepEqual(parseFlags(["--foo", "x"]).positionals, []);
});
