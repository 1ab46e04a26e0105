/** The argument list of a `docker run` → a service. */
import { resolvePath } from "../../host/paths.ts";
import { applyFlags, checkPull } from "../../plan/body/translate_create.ts";
import { type CreateProblem, parseFlags } from "../../plan/flags/flag_parser.ts";
import { GivenFlags } from "../../plan/flags/given_flags.ts";
import { flagArgument } from "../../plan/flags/flag_writers.ts";
import { RUN_ONLY_FLAGS, type RunOnlyFlag } from "../../plan/flags/unknown_flags.ts";
import type { PlanInputs } from "../../plan/plan_inputs.ts";
import { healthConfig } from "../../plan/values/health.ts";
import type { ImportedService } from "./imported.ts";

export type ArgumentsImport =
  | { readonly kind: "imported"; readonly service: ImportedService }
  | { readonly kind: "refused"; readonly messages: readonly string[] };

/** `args`: with or without `docker run` before them. */
export function importArguments(args: readonly string[], inputs: PlanInputs): ArgumentsImport {
  const list = withoutProgram(args);
  if (list === undefined) {
    return { kind: "refused", messages: [`"docker run" is expected, got "${args.join(" ")}"`] };
  }
  const { occurrences, positionals: [image, ...command], problems } = parseFlags(list);
  const given = new GivenFlags(occurrences);
  const { name, health, ...draft } = applyFlags(given, inputs);
  const pull = given.combine(["pull"], () => checkPull(draft.pull));
  const healthCheck = given.combine(["no-healthcheck"], () => healthConfig(health));
  const refused = [...problems.filter((problem) => runOnlyFlag(problem) === undefined), ...given.problems];
  if (refused.length > 0) return { kind: "refused", messages: refused.map(({ message }) => message) };
  const mistake = mistakeIn(args, image);
  if (image === undefined || mistake !== undefined) {
    return { kind: "refused", messages: [mistake ?? "no image is named"] };
  }
  const ignored = problems.filter(({ flag }) => flag !== "detach")
    .map((problem) => `--${problem.flag}: ${runOnlyFlag(problem)!.advice}`);
  return {
    kind: "imported",
    service: {
      source: `docker run ${image}`,
      name: name || nameOfImage(image),
      image,
      pull,
      flags: occurrences.filter(({ name }) => !BECOMES_A_KEY.test(name))
        .map(({ name, value }) => flagArgument(name, withAbsolutePath(name, value, inputs.cwd))),
      command,
      health: healthCheck,
      restart: given.value("restart"),
      notes: [...name === "" ? ["No --name was given: the image's is taken."] : [], ...ignored],
    },
  };
}

function runOnlyFlag({ flag }: CreateProblem): RunOnlyFlag | undefined {
  return RUN_ONLY_FLAGS.find(({ name }) => name === flag);
}

/** e.g. `sudo docker run -d nginx` → `-d nginx`; undefined for another command of the program. */
function withoutProgram(args: readonly string[]): readonly string[] | undefined {
  const at = args.findIndex((word) => /(?:^|\/)(?:docker|podman|nerdctl)$/.test(word));
  const isProgram = at === 0 ||
    (at > 0 && args.slice(0, at).every((word) => /^(?:sudo|env|exec|-\w+|\w+=.*)$/.test(word)));
  const rest = isProgram ? args.slice(at + 1) : args;
  const command = rest[0] === "container" ? rest.slice(1) : rest;
  if (command[0] === "run" || command[0] === "create") return command.slice(1);
  return isProgram ? undefined : command;
}

/** The message for what often goes wrong when a line is copied from a web page. */
function mistakeIn(args: readonly string[], image = ""): string | undefined {
  if (args.length === 1 && /\s/.test(image)) {
    return `the whole line is one word, "${image}": leave out the quotes around it`;
  }
  const dashed = /^[\u2010-\u2015\u2212][-\u2010-\u2015\u2212]*(.*)/.exec(image)?.[1];
  if (dashed === undefined) return undefined;
  const written = `${dashed.length > 1 ? "--" : "-"}${dashed}`;
  return `"${image}" begins with a long dash, as web pages print it: write "${written}"`;
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
