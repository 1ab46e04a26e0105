// deno-lint-ignore-file camelcase -- the keys are as the user writes them
/** The `monitor:` block of a service's config: one schema per kind of check. */
import * as v from "valibot";
import { COMMON, common } from "./check_options.ts";
import { listOf, mapOf, mustBe, section, text, textMatching, truth, wholeNumber } from "./values.ts";

const httpCheck = v.pipe(
  section({
    ...COMMON,
    path: v.pipe(text, v.startsWith("/", mustBe('a path that starts with "/"'))),
    host: v.optional(text),
    port: v.optional(wholeNumber(1, 65535)),
    method: v.optional(textMatching(/^[A-Za-z]+$/, "an HTTP method such as GET"), "GET"),
    query_parameters: v.optional(mapOf(listOf(text))),
    headers: v.optional(mapOf(listOf(text))),
    body: v.optional(text),
    expected: v.optional(
      section({
        status: v.optional(wholeNumber(100, 599), "200"),
        body: v.optional(text),
        body_file: v.optional(text),
      }),
      {},
    ),
  }),
  v.transform((check) => ({
    ...common(check),
    path: check.path,
    host: check.host,
    port: check.port,
    method: check.method.toUpperCase(),
    queryParameters: Object.entries(check.query_parameters ?? {}),
    headers: Object.entries(check.headers ?? {}),
    body: check.body,
    expected: {
      httpStatus: check.expected.status,
      body: check.expected.body,
      bodyFile: check.expected.body_file,
    },
  })),
);

/** What the three kinds of command checks have in common. */
const COMMAND = {
  ...COMMON,
  environment: v.optional(mapOf(text), {}),
  stdin_string: v.optional(text),
  stdin_file: v.optional(text),
  workdir: v.optional(text),
  expected: v.optional(
    section({
      status: v.optional(wholeNumber(0, 255), "0"),
      stdout: v.optional(text),
      stderr: v.optional(text),
    }),
    {},
  ),
};

function command(check: v.InferOutput<ReturnType<typeof section<typeof COMMAND>>>) {
  return {
    ...common(check),
    environment: check.environment,
    stdinString: check.stdin_string,
    stdinFile: check.stdin_file,
    workdir: check.workdir,
    expected: {
      statusCode: check.expected.status,
      stdout: check.expected.stdout,
      stderr: check.expected.stderr,
    },
  };
}

const shellCheck = v.pipe(
  section({ ...COMMAND, shell_command: text }),
  v.transform((check) => ({ ...command(check), shellCommand: check.shell_command })),
);

const exeCheck = v.pipe(
  section({ ...COMMAND, exe: text, arguments: listOf(text) }),
  v.transform((check) => ({ ...command(check), exe: check.exe, arguments: check.arguments })),
);

/** `true`: the service's own container; a text: the container of that name. */
const presentCheck = v.pipe(
  v.string(mustBe("true, false or the name of a container")),
  v.transform((input): boolean | string => truth(input) ?? input),
  v.metadata({ jsonSchema: { type: ["boolean", "string"] } }),
);

const monitorSection = section({
  check_container_present: v.optional(presentCheck, "true"),
  public_network_name: v.optional(text, "public"),
  check_http: listOf(httpCheck),
  check_internal_command: listOf(shellCheck),
  check_shell_command: listOf(shellCheck),
  check_exe: listOf(exeCheck),
});

export const monitorSchema = v.pipe(
  v.nullish(monitorSection, {}),
  v.transform((monitor) => ({
    checkContainerPresent: monitor.check_container_present,
    publicNetworkName: monitor.public_network_name,
    checkHttp: monitor.check_http,
    checkInternalCommand: monitor.check_internal_command,
    checkShellCommand: monitor.check_shell_command,
    checkExe: monitor.check_exe,
  })),
);

export type MonitorConfig = Readonly<v.InferOutput<typeof monitorSchema>>;
export type HttpCheckConfig = MonitorConfig["checkHttp"][number];
