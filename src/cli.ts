/** Command line and environment → what is to be done. In: arguments. Out: an Invocation; it does nothing itself. */
import { parseArgs } from "node:util";
import { nearest } from "./nearest.ts";

export type Invocation =
  | { readonly kind: "run"; readonly configPath: string }
  | { readonly kind: "subcommand"; readonly command: Subcommand; readonly args: readonly string[] }
  | { readonly kind: "plan"; readonly configPath: string }
  | { readonly kind: "plan_arguments"; readonly args: readonly string[] }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "wrong"; readonly message: string };

type Command = "run" | "plan";

/** Commands that read their own arguments, see `commands/subcommand.ts`: a running service needs nothing of them. */
const SUBCOMMANDS = ["validate", "schema", "import", "status", "doctor", "completions"] as const;
export type Subcommand = (typeof SUBCOMMANDS)[number];

/** What a command that only prints comes to. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const EXIT_CODES = `Exit codes:
    0   asked to stop, or the container ended with 0
    64  wrong command line
    69  engine or registry not reachable
    70  the engine refused: pull, create or start failed, or the container is not ready in time
    78  something is wrong with the config
    otherwise the container's own exit code`;

const USAGE = `Runs one Docker container as a systemd service of Type=notify.

Usage:
    service_runner CONFIG.yaml         run the service that the file describes
    service_runner run CONFIG.yaml     the same
    service_runner validate CONFIG.yaml...
                                       check files, start nothing
    service_runner plan CONFIG.yaml    print what the engine would be asked, as JSON
    service_runner plan -- ARGS...     the same for the argument list of a "docker create"
    service_runner status [NAME...]    show all services of this machine
    service_runner doctor [CONFIG.yaml]
                                       check the machine, and say what to do
    service_runner import ...          make a config of what runs today
    service_runner schema              the JSON Schema of the config file, for editors
    service_runner completions bash|zsh|fish
    service_runner --version
    service_runner --help              also behind a command

Without CONFIG.yaml the environment variable service_config names the file.

Environment:
    DOCKER_HOST       the engine's socket, unix:///var/run/docker.sock by default
    NOTIFY_SOCKET     set by systemd; without it nothing is notified
    service_config    the config file, where none is given

${EXIT_CODES}
`;

const COMMAND_USAGE: Readonly<Record<Command, string>> = {
  run: `Runs one service until it is asked to stop (SIGTERM, SIGINT) or its container ends.

Usage:
    service_runner run CONFIG.yaml
    service_runner CONFIG.yaml

${EXIT_CODES}
`,
  plan: `Prints as one JSON object what the engine would be asked; asks nothing.

Usage:
    service_runner plan CONFIG.yaml    for a service; "overrides" is what service_runner puts on top
    service_runner plan -- ARGS...     for the argument list of a "docker create", as the Docker CLI takes it

Exit codes:
    0   the plan is printed
    64  wrong command line, or a list that "docker create" would refuse
    78  something is wrong with the config
`,
};

/** `env`: looks up an environment variable; `version`: the text for `--version`. */
export function parseInvocation(
  args: readonly string[],
  { env, version }: { readonly env: (name: string) => string | undefined; readonly version: string },
): Invocation {
  const subcommand = SUBCOMMANDS.find((word) => word === args[0]);
  if (subcommand !== undefined) return { kind: "subcommand", command: subcommand, args: args.slice(1) };
  // What follows "--" is for somebody else, to the letter.
  const separator = args.indexOf("--");
  const own = separator === -1 ? args : args.slice(0, separator);
  const listed = separator === -1 ? undefined : args.slice(separator + 1);
  let parsed;
  try {
    parsed = parseArgs({
      args: [...own],
      allowPositionals: true,
      options: { help: { type: "boolean", short: "h" }, version: { type: "boolean", short: "V" } },
    });
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const command = commandOf(positionals[0]);
  if (values.help) return { kind: "print", text: command === undefined ? USAGE : COMMAND_USAGE[command] };
  if (values.version) return { kind: "print", text: `service_runner ${version}\n` };
  if (listed !== undefined) {
    if (command === "plan" && positionals.length === 1) return { kind: "plan_arguments", args: listed };
    positionals.push(...listed);
  }
  const [configPath, ...others] = command === undefined ? positionals : positionals.slice(1);
  if (others.length > 0) return wrong(tooManyArguments(configPath ?? "", others));
  const chosen = configPath ?? env("service_config");
  if (chosen === undefined) return wrong("no config file is given, and service_config is not set");
  return { kind: command ?? "run", configPath: chosen };
}

function commandOf(word: string | undefined): Command | undefined {
  return word !== undefined && Object.hasOwn(COMMAND_USAGE, word) ? word as Command : undefined;
}

function tooManyArguments(first: string, others: readonly string[]): string {
  const meant = nearest(first, [...Object.keys(COMMAND_USAGE), ...SUBCOMMANDS]);
  if (meant !== undefined) return `there is no command "${first}"; did you mean "${meant}"?`;
  return `one config file is expected, got ${others.length} more: ${
    others.map((word) => `"${word}"`).join(", ")
  }`;
}

function wrong(message: string): Invocation {
  return { kind: "wrong", message: `service_runner: ${message}\nTry "service_runner --help".\n` };
}
