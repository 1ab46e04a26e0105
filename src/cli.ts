/** Decides from arguments and environment what the program is to do. In: arguments. Out: an Invocation. */
import { nearest } from "./nearest.ts";

export type Invocation =
  | { readonly kind: "run"; readonly configPath: string }
  | { readonly kind: "subcommand"; readonly command: Subcommand; readonly args: readonly string[] }
  | { readonly kind: "help"; readonly command: "run" | undefined }
  | { readonly kind: "version" }
  | { readonly kind: "wrong"; readonly message: string };

/** Commands that read their own arguments, see `commands/subcommand.ts`: a running service needs nothing of them. */
// deno-fmt-ignore
const SUBCOMMANDS = [
  "validate", "plan", "status", "logs", "metrics", "page", "doctor", "update", "rollback", "silence", "alert", "import", "schema",
  "dashboard", "completions", "install", "uninstall",
] as const;
export type Subcommand = (typeof SUBCOMMANDS)[number];

/** The result of a command: what it prints, and its exit code, 0 where none is given. */
export interface Printed {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
}

// Compared by hand: the process of every service loads this file, and a parser would cost it memory.
const HELP = ["--help", "-h"];
const VERSION = ["--version", "-V"];

/** Without a config file among the arguments the variable `service_config` names it. */
export function parseInvocation(
  args: readonly string[],
  env: (name: string) => string | undefined,
): Invocation {
  const subcommand = SUBCOMMANDS.find((word) => word === args[0]);
  if (subcommand !== undefined) return { kind: "subcommand", command: subcommand, args: args.slice(1) };
  const command = args[0] === "run" ? "run" : undefined;
  const words = command === undefined ? args : args.slice(1);
  const separator = words.includes("--") ? words.indexOf("--") : words.length;
  const own = words.slice(0, separator);
  const options = own.filter((word) => word.startsWith("-"));
  const unknown = options.find((word) => !HELP.includes(word) && !VERSION.includes(word));
  if (unknown !== undefined) return wrong(`there is no option "${unknown}"`);
  if (options.some((word) => HELP.includes(word))) return { kind: "help", command };
  if (options.length > 0) return { kind: "version" };
  const [configPath = env("service_config"), ...others] = [...own, ...words.slice(separator + 1)];
  if (others.length > 0) return wrong(tooManyArguments(String(configPath), others));
  const meant = command === undefined && own[0] !== undefined ? meantCommand(own[0]) : undefined;
  if (meant !== undefined) {
    return wrong(
      `there is no command "${configPath}"; did you mean "${meant}"? A config file of that name is ./${configPath}`,
    );
  }
  if (configPath === undefined || configPath === "") {
    return wrong("no config file is given, and service_config is not set");
  }
  return { kind: "run", configPath };
}

function tooManyArguments(first: string, others: readonly string[]): string {
  const meant = meantCommand(first);
  if (meant !== undefined) return `there is no command "${first}"; did you mean "${meant}"?`;
  const named = others.map((word) => `"${word}"`).join(", ");
  return `one config file is expected, got ${others.length} more: ${named}`;
}

/** For a mistyped command; a path, or a name with an ending, is a file. */
function meantCommand(word: string): string | undefined {
  return /[./]/.test(word) ? undefined : nearest(word, ["run", ...SUBCOMMANDS]);
}

function wrong(message: string): Invocation {
  return { kind: "wrong", message: `service_runner: ${message}\nTry "service_runner --help".\n` };
}
