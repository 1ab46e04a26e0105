/** Command line and environment → what is to be done. In: arguments. Out: an Invocation; it does nothing itself. */
import { parseArgs } from "node:util";
import { nearest } from "./nearest.ts";

export type Invocation =
  | { readonly kind: "run"; readonly configPath: string }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "wrong"; readonly message: string };

const COMMANDS = ["run"] as const;

const EXIT_CODES = `Exit codes:
    0   asked to stop, or the container ended with 0
    64  wrong command line
    69  engine or registry not reachable
    70  the engine refused: pull, create or start failed
    78  something is wrong with the config
    otherwise the container's own exit code`;

const USAGE = `Runs one Docker container as a systemd service of Type=notify.

Usage:
    service_runner CONFIG.yaml        run the service that the file describes
    service_runner run CONFIG.yaml    the same
    service_runner --version
    service_runner --help

Without CONFIG.yaml the environment variable service_config names the file.

Environment:
    DOCKER_HOST       the engine's socket, unix:///var/run/docker.sock by default
    NOTIFY_SOCKET     set by systemd; without it nothing is notified
    service_config    the config file, where none is given

${EXIT_CODES}
`;

const RUN_USAGE = `Runs one service until it is asked to stop (SIGTERM, SIGINT) or its container ends.

Usage:
    service_runner run CONFIG.yaml
    service_runner CONFIG.yaml

${EXIT_CODES}
`;

/** `env`: looks up an environment variable; `version`: the text for `--version`. */
export function parseInvocation(
  args: readonly string[],
  { env, version }: { readonly env: (name: string) => string | undefined; readonly version: string },
): Invocation {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: "boolean", short: "h" }, version: { type: "boolean", short: "V" } },
    });
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const hasCommand = positionals[0] === "run";
  if (values.help) return { kind: "print", text: hasCommand ? RUN_USAGE : USAGE };
  if (values.version) return { kind: "print", text: `service_runner ${version}\n` };
  const [configPath, ...others] = hasCommand ? positionals.slice(1) : positionals;
  if (others.length > 0) return wrong(tooManyArguments(configPath ?? "", others));
  const chosen = configPath ?? env("service_config");
  if (chosen === undefined) return wrong("no config file is given, and service_config is not set");
  return { kind: "run", configPath: chosen };
}

function tooManyArguments(first: string, others: readonly string[]): string {
  const meant = nearest(first, COMMANDS);
  if (meant !== undefined) return `there is no command "${first}"; did you mean "${meant}"?`;
  return `one config file is expected, got ${others.length} more: ${
    others.map((word) => `"${word}"`).join(", ")
  }`;
}

function wrong(message: string): Invocation {
  return { kind: "wrong", message: `service_runner: ${message}\nTry "service_runner --help".\n` };
}
