/** Command line and environment → what is to be done. In: arguments. Out: an Invocation; it does nothing itself. */
import { parseArgs } from "node:util";
import { nearest } from "./nearest.ts";

export type Invocation =
  | { readonly kind: "run"; readonly configPath: string }
  | { readonly kind: "validate"; readonly files: readonly string[] }
  | { readonly kind: "plan"; readonly configPath: string }
  | { readonly kind: "plan_arguments"; readonly args: readonly string[] }
  | { readonly kind: "dashboard" }
  | { readonly kind: AdminCommand; readonly dryRun: boolean; readonly force: boolean }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "wrong"; readonly message: string };

type AdminCommand = "install" | "uninstall";
type Command = "run" | "validate" | "plan" | "dashboard" | AdminCommand;

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
    70  the engine refused: pull, build, create or start failed, or the container is not ready in time
    75  a check has ended the run: on_failure is fail, or restarts of the container have not helped
    78  something is wrong with the config
    otherwise the container's own exit code`;

const ADMIN_EXIT_CODES = `Exit codes:
    0   it is done, or was before
    1   it is refused, or a step has failed; stderr says why
    64  wrong command line`;

const USAGE = `Runs one Docker container as a systemd service of Type=notify.

Usage:
    service_runner CONFIG.yaml         run the service that the file describes
    service_runner run CONFIG.yaml     the same
    service_runner validate CONFIG.yaml...
                                       check files, start nothing
    service_runner plan CONFIG.yaml    print what the engine would be asked, as JSON
    service_runner plan -- ARGS...     the same for the argument list of a "docker create"
    service_runner dashboard           print a Grafana dashboard, for what goes to InfluxDB
    service_runner install             put the program, its unit and its account on this machine
    service_runner uninstall           the reverse; configs and data stay
    service_runner --version
    service_runner --help              also behind a command

Without CONFIG.yaml the environment variable service_config names the file.

Environment:
    DOCKER_HOST       the engine's socket, unix:///var/run/docker.sock by default
    NOTIFY_SOCKET     set by systemd; without it nothing is notified
    service_config    the config file, where none is given
    service_runner_global_config
                      the machine-wide config, /etc/service_runner/config.yaml by default
    REGISTRY_AUTH_FILE, DOCKER_CONFIG, HOME
                      where the credentials for registries are, as "docker login" writes them

${EXIT_CODES}
`;

const COMMAND_USAGE: Readonly<Record<Command, string>> = {
  run: `Runs one service until it is asked to stop (SIGTERM, SIGINT) or its container ends.

Usage:
    service_runner run CONFIG.yaml
    service_runner CONFIG.yaml

${EXIT_CODES}
`,
  validate: `Checks config files, and says all that is wrong with each; starts nothing, asks no engine.
The machine-wide config may be among them, and is checked in any case.

Usage:
    service_runner validate CONFIG.yaml...

Exit codes:
    0   nothing is wrong
    64  wrong command line
    78  something is wrong with a config
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
  dashboard:
    `Prints a dashboard for Grafana as JSON, to be imported there; its data source is InfluxDB, asked by InfluxQL.

Usage:
    service_runner dashboard > dashboard.json
`,
  install:
    `Puts the program into /usr/local/bin, its unit into /etc/systemd/system, makes the account server-acct and
/srv/config where they are missing. Shows each step; doing it again changes nothing.

Usage:
    service_runner install [--dry-run] [--force]

    --dry-run   show the steps, take none
    --force     overwrite a unit that is not the one of this version

${ADMIN_EXIT_CODES}
`,
  uninstall: `Stops all services, and takes away what "install" has put there. Configs and data stay.

Usage:
    service_runner uninstall [--dry-run] [--force]

    --dry-run   show the steps, take none
    --force     remove a unit that is not the one of this version, too

${ADMIN_EXIT_CODES}
`,
};

/** `env`: looks up an environment variable; `version`: the text for `--version`. */
export function parseInvocation(
  args: readonly string[],
  { env, version }: { readonly env: (name: string) => string | undefined; readonly version: string },
): Invocation {
  // What follows "--" is for somebody else, to the letter.
  const separator = args.indexOf("--");
  const own = separator === -1 ? args : args.slice(0, separator);
  const listed = separator === -1 ? undefined : args.slice(separator + 1);
  let parsed;
  try {
    parsed = parseArgs({
      args: [...own],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "V" },
        "dry-run": { type: "boolean", default: false },
        force: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const command = commandOf(positionals[0]);
  if (values.help) return { kind: "print", text: command === undefined ? USAGE : COMMAND_USAGE[command] };
  if (values.version) return { kind: "print", text: `service_runner ${version}\n` };
  const { "dry-run": dryRun, force } = values;
  if (command === "install" || command === "uninstall") {
    if (positionals.length === 1 && listed === undefined) return { kind: command, dryRun, force };
    return wrong(`"${command}" takes no argument`);
  }
  if (dryRun || force) return wrong("--dry-run and --force belong to install and uninstall");
  if (listed !== undefined) {
    if (command === "plan" && positionals.length === 1) return { kind: "plan_arguments", args: listed };
    positionals.push(...listed);
  }
  if (command === "dashboard") {
    return positionals.length === 1 ? { kind: command } : wrong("dashboard takes no arguments");
  }
  if (command === "validate" && positionals.length > 1) {
    return { kind: "validate", files: positionals.slice(1) };
  }
  const [configPath, ...others] = command === undefined ? positionals : positionals.slice(1);
  if (others.length > 0) return wrong(tooManyArguments(configPath ?? "", others));
  const chosen = configPath ?? env("service_config");
  if (chosen === undefined) return wrong("no config file is given, and service_config is not set");
  return command === "validate"
    ? { kind: command, files: [chosen] }
    : { kind: command ?? "run", configPath: chosen };
}

function commandOf(word: string | undefined): Command | undefined {
  return word !== undefined && Object.hasOwn(COMMAND_USAGE, word) ? word as Command : undefined;
}

function tooManyArguments(first: string, others: readonly string[]): string {
  const meant = nearest(first, Object.keys(COMMAND_USAGE));
  if (meant !== undefined) return `there is no command "${first}"; did you mean "${meant}"?`;
  return `one config file is expected, got ${others.length} more: ${
    others.map((word) => `"${word}"`).join(", ")
  }`;
}

function wrong(message: string): Invocation {
  return { kind: "wrong", message: `service_runner: ${message}\nTry "service_runner --help".\n` };
}
