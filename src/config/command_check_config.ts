// deno-lint-ignore-file camelcase -- the keys are as the user writes them
/** `check_internal_command`, `check_shell_command`, `check_exe`: a command, and what is expected of its end. */
import * as v from "valibot";
import { CHECK_KEYS, nameAndOptions } from "./check_options.ts";
import { listOf, mapOf, mustBe, section, text, wholeNumber } from "./values.ts";

const COMMAND = {
  ...CHECK_KEYS,
  environment: v.optional(mapOf(text), {}),
  stdin_string: v.optional(text),
  stdin_file: v.optional(text),
  workdir: v.optional(text),
  /** What is not given is not compared. */
  expected: v.optional(
    section({
      status: v.optional(wholeNumber(0, 255), "0"),
      stdout: v.optional(text),
      stderr: v.optional(text),
    }),
    {},
  ),
};

/** `argv`: the program and its arguments. */
function command(check: v.InferOutput<ReturnType<typeof section<typeof COMMAND>>>, argv: readonly string[]) {
  const { environment, stdin_string: stdinString, stdin_file: stdinFile, workdir } = check;
  const { status: statusCode, stdout, stderr } = check.expected;
  const expected = { statusCode, stdout, stderr };
  return { ...nameAndOptions(check), argv, environment, stdinString, stdinFile, workdir, expected };
}

function byShell(shellCommand: string): string[] {
  return ["/bin/sh", "-c", shellCommand];
}

const someText = v.pipe(text, v.nonEmpty(mustBe("a text that is not empty")));

export const shellCheck = v.pipe(
  section({ ...COMMAND, shell_command: someText }),
  v.transform((check) => command(check, byShell(check.shell_command))),
);

export const exeCheck = v.pipe(
  section({ ...COMMAND, exe: someText, arguments: listOf(text) }),
  v.transform((check) => command(check, [check.exe, ...check.arguments])),
);

/** In the container, by its shell or without one. */
export const internalCheck = v.pipe(
  section({
    ...COMMAND,
    shell_command: v.optional(someText),
    exe: v.optional(someText),
    arguments: listOf(text),
  }),
  v.check(
    (check) => (check.shell_command === undefined) !== (check.exe === undefined),
    ({ input }) => `must have either "shell_command" or "exe"${input.exe === undefined ? "" : ", not both"}`,
  ),
  v.forward(
    v.check(
      (check) => check.exe !== undefined || check.arguments.length === 0,
      () => 'needs "exe"; a "shell_command" has its arguments in itself',
    ),
    ["arguments"],
  ),
  v.metadata({ jsonSchema: { oneOf: [{ required: ["shell_command"] }, { required: ["exe"] }] } }),
  v.transform((check) =>
    command(
      check,
      check.exe === undefined ? byShell(check.shell_command ?? "") : [check.exe, ...check.arguments],
    )
  ),
);
