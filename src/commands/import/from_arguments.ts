/** The argument list of a `docker run` → a service. */
import { resolvePath } from "../../host/paths.ts";
import { translateCreate } from "../../plan/body/translate_create.ts";
import { type CreateProblem, parseFlags } from "../../plan/flags/flag_parser.ts";
import { FLAGS_BY_NAME } from "../../plan/flags/create_flags.ts";
import { flagArgument } from "../../plan/flags/flag_writers.ts";
import { RUN_ONLY_FLAGS, type RunOnlyFlag } from "../../plan/flags/unknown_flags.ts";
import type { PlanInputs } from "../../plan/plan_inputs.ts";
import type { ImportedService } from "./imported.ts";

/** The dashes that web pages print for "-" and "--". */
const LONG_DASHES = /^[\u2010-\u2015\u2212][-\u2010-\u2015\u2212]*(?=[a-zA-Z])/;
/** The engine refuses any other. */
const RESTART_POLICIES = ["", "no", "always", "unless-stopped", "on-failure"];

export type ArgumentsImport =
  | { readonly kind: "imported"; readonly service: ImportedService }
  | { readonly kind: "refused"; readonly messages: readonly string[] };

/** `args`: with or without `docker run` before them. */
export function importArguments(args: readonly string[], inputs: PlanInputs): ArgumentsImport {
  const list = withoutProgram(args);
  if (list === undefined) return refused(`"docker run" is expected, got "${args.join(" ")}"`);
  const { occurrences, positionals: [image, ...command], problems } = parseFlags(list);
  const unknown = problems.filter((problem) => runOnlyFlag(problem) === undefined);
  if (unknown.length > 0) return refused(...unknown.map(({ message }) => message));
  const ofCommand = command.filter((word) => FLAGS_BY_NAME.has(word.replace(LONG_DASHES, "")));
  const mistake = mistakeIn([...args.slice(0, args.length - command.length), ...ofCommand]) ??
    (image === undefined ? "no image is named" : undefined);
  if (image === undefined || mistake !== undefined) return refused(mistake ?? "");
  // To a service, --rm is no contradiction to a restart policy.
  const flags = occurrences.filter(({ name }) => name !== "rm").map(({ name, value }) =>
    flagArgument(name, value)
  );
  // Whether the image is one is said when the config is planned.
  const request = translateCreate([...flags, "image"], inputs);
  if (request.kind === "help") return refused('"--help" creates no container: leave it out');
  if (request.kind === "refused") return refused(...request.problems.map(({ message }) => message));
  const { name, pull, body } = request;
  const restart = body.HostConfig?.RestartPolicy?.Name ?? "";
  if (!RESTART_POLICIES.includes(restart)) {
    return refused(
      `--restart: "${restart}" is no policy; must be one of ${RESTART_POLICIES.slice(1).join(", ")}`,
    );
  }
  const ignored = problems.filter(({ flag }) => flag !== "detach")
    .map((problem) => `--${problem.flag}: ${runOnlyFlag(problem)!.advice}`);
  return {
    kind: "imported",
    service: {
      source: `docker run ${image}`,
      name: name ?? nameOfImage(image),
      image,
      pull,
      flags: occurrences.filter(({ name }) => !BECOMES_A_KEY.test(name))
        .map(({ name, value }) => flagArgument(name, withAbsolutePath(name, value, inputs.cwd))),
      command,
      health: body.Healthcheck,
      restart,
      notes: [...name === undefined ? ["No --name was given: the image's is taken."] : [], ...ignored],
    },
  };
}

function refused(...messages: readonly string[]): ArgumentsImport {
  return { kind: "refused", messages };
}

function runOnlyFlag({ flag }: CreateProblem): RunOnlyFlag | undefined {
  return RUN_ONLY_FLAGS.find(({ name }) => name === flag);
}

/** e.g. `sudo docker run -d nginx` → `-d nginx`; undefined for another command of the program. */
export function withoutProgram(args: readonly string[]): readonly string[] | undefined {
  const at = args.findIndex((word) => /(?:^|\/)(?:docker|podman|nerdctl)$/.test(word));
  // What runs it, or a prompt.
  const isProgram = at === 0 || (at > 0 && /^(?:[$#%]|sudo|doas|env|exec|nohup|time|\w+=.*)$/.test(args[0]!));
  const rest = isProgram ? args.slice(at + 1) : args;
  const command = rest[0] === "container" ? rest.slice(1) : rest;
  if (command[0] === "run" || command[0] === "create") return command.slice(1);
  return isProgram ? undefined : command;
}

/** The message for what often goes wrong when a line is copied from a web page. */
function mistakeIn(args: readonly string[]): string | undefined {
  if (args.length === 1 && /\s/.test(args[0]!)) {
    return `the whole line is one word, "${args[0]}": leave out the quotes around it`;
  }
  for (const word of args) {
    const dashed = LONG_DASHES.test(word) ? word.replace(LONG_DASHES, "") : undefined;
    if (dashed !== undefined) {
      const written = `${/^.(?:=|$)/.test(dashed) ? "-" : "--"}${dashed}`;
      return `"${word}" begins with a long dash, as web pages print it: write "${written}"`;
    }
    const quoted = /^(?:[\w-]+=)*[\u2018-\u201f]/.test(word);
    if (quoted) return `"${word}" has quotes as web pages print them: write " or '`;
    if (word === "\\") return 'a "\\" stands alone: where a line goes on in the next, nothing may follow it';
  }
  return undefined;
}

/** `library/nginx:1.25` → `nginx`; whether the image is one is said when the config is planned. */
function nameOfImage(image: string): string {
  const last = image.replace(/@.*/s, "").split("/").at(-1)!.replace(/:.*/s, "");
  const name = last.replace(/[^a-zA-Z0-9_.-]+/g, "-").replace(/^[^a-zA-Z0-9]+/, "");
  return name.length > 1 ? name : `service-${name}`;
}

/** Flags that become a key of the config, a check or a note. */
const BECOMES_A_KEY = /^(?:name|pull|restart|rm|health-.*)$/;

/** Makes paths absolute: relative ones would be looked up in the folder of the config. */
export function withAbsolutePath(name: string, value: string, cwd: string): string {
  const path = (text: string) => resolvePath(text.replace(/^\.\//, ""), cwd);
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
