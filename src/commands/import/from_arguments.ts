/** The argument list of a `docker run` → a service. */
import { FLAGS_BY_NAME } from "../../plan/flags/create_flags.ts";
import { type CreateProblem, type FlagOccurrence, parseFlags } from "../../plan/flags/flag_parser.ts";
import { parseImageReference } from "../../engine/image_reference.ts";
import { RUN_ONLY_BY_NAME } from "../../plan/flags/unknown_flags.ts";
import { parseDuration } from "../../plan/values/durations.ts";
import { importHealthCheck } from "./health_check.ts";
import type { ImportedCheck, ImportedFlag, ImportedService } from "./imported.ts";

export type ArgumentsImport =
  | { readonly kind: "imported"; readonly service: ImportedService }
  | { readonly kind: "refused"; readonly problems: readonly CreateProblem[] };

export interface FlagsImport {
  readonly flags: readonly ImportedFlag[];
  readonly checks: readonly ImportedCheck[];
  readonly notes: readonly string[];
  readonly name: string | undefined;
  readonly pull: string | undefined;
  readonly network: string | undefined;
}

/** `args`: with or without `docker run` before them; `cwd`: what relative paths are relative to. */
export function importArguments(args: readonly string[], cwd: string): ArgumentsImport {
  const list = withoutProgram(args);
  const { occurrences, positionals, problems } = parseFlags(list);
  const isRunOnly = ({ flag }: CreateProblem) => flag !== undefined && RUN_ONLY_BY_NAME.has(flag);
  const [image, ...command] = positionals;
  const serious = problems.filter((problem) => !isRunOnly(problem));
  if (image === undefined && serious.length === 0) {
    const message = "no image is named";
    serious.push({ index: undefined, flag: undefined, message, exitCode: 125 });
  }
  if (image === undefined || serious.length > 0) return { kind: "refused", problems: serious };
  const imported = importFlags(occurrences, cwd);
  const runOnly = problems.filter(isRunOnly).filter(({ flag }) => flag !== "detach")
    .map(({ flag }) => `--${flag}: ${RUN_ONLY_BY_NAME.get(flag!)!.advice}`);
  const nameNote = imported.name === undefined ? ["No --name was given: the image's is taken."] : [];
  return {
    kind: "imported",
    service: {
      source: `docker run ${image}`,
      ...imported,
      name: imported.name ?? nameOfImage(image),
      image,
      pull: imported.pull ?? "missing",
      command,
      notes: [...nameNote, ...imported.notes, ...runOnly],
    },
  };
}

/** e.g. `sudo docker run -d nginx` → `-d nginx` */
function withoutProgram(args: readonly string[]): readonly string[] {
  const at = args.findIndex((word) => /(?:^|\/)(?:docker|podman|nerdctl)$/.test(word));
  const isProgram = at === 0 ||
    (at > 0 && args.slice(0, at).every((word) => /^(?:sudo|env|exec|-\w+|\w+=.*)$/.test(word)));
  const rest = isProgram ? args.slice(at + 1) : args;
  const command = rest[0] === "container" ? rest.slice(1) : rest;
  return command[0] === "run" || command[0] === "create" ? command.slice(1) : command;
}

/** `library/nginx:1.25` → `nginx` */
export function nameOfImage(image: string): string {
  const reference = parseImageReference(image);
  const last = reference.kind === "name" ? reference.name.split("/").at(-1) ?? "" : "";
  const name = last.replace(/[^a-zA-Z0-9_.-]+/g, "-").replace(/^[^a-zA-Z0-9]+/, "");
  return name.length > 1 ? name : `service-${name}`;
}

/** Flags that become something else than flags. */
const OTHERWISE =
  /^(?:name|pull|restart|rm|health-cmd|health-interval|health-timeout|health-start-period|health-retries|health-start-interval)$/;

/** What becomes of each flag. */
export function importFlags(occurrences: readonly FlagOccurrence[], cwd: string): FlagsImport {
  const last = (name: string) => occurrences.findLast((occurrence) => occurrence.name === name)?.value;
  const notes: string[] = [];
  const restart = last("restart");
  if (restart !== undefined && restart !== "no") notes.push(restartNote(restart));
  const healthCheck = healthCheckOf(last);
  if (last("health-start-interval") !== undefined) {
    notes.push("--health-start-interval: there is no such thing here.");
  }
  return {
    name: last("name"),
    pull: last("pull"),
    network: networkOf(occurrences),
    flags: occurrences.filter(({ name }) => !OTHERWISE.test(name)).map((occurrence) =>
      flagOf(occurrence, cwd)
    ),
    checks: healthCheck === undefined ? [] : [healthCheck],
    notes,
  };
}

/** What systemd makes of a restart policy. */
export function restartNote(policy: string): string {
  const always = policy.startsWith("on-failure")
    ? ""
    : "; to have it restarted after exit code 0 as well, write Restart=always in a drop-in";
  return `restart ${policy}: systemd restarts the service when it fails${always}.`;
}

function healthCheckOf(last: (name: string) => string | undefined): ImportedCheck | undefined {
  const command = last("health-cmd");
  if (!command) return undefined;
  const time = (name: string) => Number(parseDuration(last(name) ?? "0"));
  return importHealthCheck({
    test: ["CMD-SHELL", command],
    interval: time("health-interval"),
    timeout: time("health-timeout"),
    startPeriod: time("health-start-period"),
    retries: Number(last("health-retries") ?? 0),
  });
}

/** The first network; the engine's own is called `bridge`, on the host's or none a container has no address. */
function networkOf(occurrences: readonly FlagOccurrence[]): string | undefined {
  const first = occurrences.find(({ name }) => name === "network" || name === "net")?.value ?? "default";
  const name = /(?:^|,)name=([^,]*)/.exec(first)?.[1] ?? first;
  if (name === "default" || name === "bridge") return "bridge";
  return /^(?:host|none|container:.*)$/.test(name) ? undefined : name;
}

function flagOf({ name, value }: FlagOccurrence, cwd: string): ImportedFlag {
  const flag = FLAGS_BY_NAME.get(name);
  const written = absolute(name, value, cwd);
  const argument = flag?.kind === "bool" && written === "true" ? `--${name}` : `--${name}=${written}`;
  const comment = name === "env" && !value.includes("=")
    ? `from the environment of the unit, see Environment= and EnvironmentFile= there`
    : undefined;
  return { argument, ...(comment !== undefined && { comment }) };
}

/** Relative paths are relative to the folder of the config, which is another one. */
function absolute(name: string, value: string, cwd: string): string {
  const path = (text: string) => text.startsWith("/") ? text : `${cwd}/${text.replace(/^\.\//, "")}`;
  if (name === "volume" && /^\.\.?(?:\/|:|$)/.test(value)) return path(value);
  if (name === "env-file" || name === "label-file" || name === "cidfile") return path(value);
  if (name === "mount") {
    return value.replace(/((?:^|,)(?:src|source)=)(\.[^,]*)/, (_, key, source) => key + path(source));
  }
  if (name === "security-opt") {
    return value.replace(
      /^(seccomp[=:])(?!unconfined$|builtin$|\/)(.+)$/,
      (_, key, file) => key + path(file),
    );
  }
  return value;
}
