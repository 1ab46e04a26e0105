/** The argument list of a `docker run` → a service. */
import { ValueError } from "../../errors.ts";
import { resolvePath } from "../../host/paths.ts";
import { translateCreate } from "../../plan/body/translate_create.ts";
import { FLAGS_BY_NAME } from "../../plan/flags/create_flags.ts";
import { type CreateProblem, parseFlags } from "../../plan/flags/flag_parser.ts";
import { flagArgument } from "../../plan/flags/flag_writers.ts";
import { RUN_ONLY_FLAGS } from "../../plan/flags/unknown_flags.ts";
import type { PlanInputs } from "../../plan/plan_inputs.ts";
import type { ImportedService } from "./imported.ts";

/** The dashes that web pages print for "-" and "--". */
const LONG_DASHES = /^[\u2010-\u2015\u2212][-\u2010-\u2015\u2212]*(?=[a-zA-Z])/;
/** The engine refuses any other. */
const RESTART_POLICIES = ["no", "always", "unless-stopped", "on-failure"];
/** Flags that become a key of the config, a check or a note. */
const BECOMES_A_KEY = /^(?:name|pull|restart|rm|health-.*)$/;
/** By flag of `docker run` alone: what is said of it. */
const ADVICE = new Map<string | undefined, string>(RUN_ONLY_FLAGS.map(({ name, advice }) => [name, advice]));

/** `args`: with or without `docker run` before them. @throws ValueError with a line for each problem */
export function importArguments(args: readonly string[], inputs: PlanInputs): ImportedService {
  const list = withoutProgram(args);
  if (list === undefined) throw new ValueError(`"docker run" is expected, got "${args.join(" ")}"`);
  const { occurrences, positionals: [image, ...command], problems } = parseFlags(list);
  const unknown = problems.filter(({ flag }) => !ADVICE.has(flag));
  if (unknown.length > 0) throw refusal(unknown);
  const ofCommand = command.filter((word) => FLAGS_BY_NAME.has(word.replace(LONG_DASHES, "")));
  refuseMistakes([...args.slice(0, args.length - command.length), ...ofCommand]);
  if (image === undefined) throw new ValueError("no image is named");
  // To a service, --rm is no contradiction to a restart policy.
  const flags = occurrences.filter(({ name }) => name !== "rm")
    .map(({ name, value }) => flagArgument(name, value));
  // Whether the image is one is said when the config is planned.
  const request = translateCreate([...flags, "image"], inputs);
  if (request.kind === "help") throw new ValueError('"--help" creates no container: leave it out');
  if (request.kind === "refused") throw refusal(request.problems);
  const { name, pull, body } = request;
  const restart = body.HostConfig?.RestartPolicy?.Name ?? "";
  if (!["", ...RESTART_POLICIES].includes(restart)) {
    throw new ValueError(
      `--restart: "${restart}" is no policy; must be one of ${RESTART_POLICIES.join(", ")}`,
    );
  }
  const ignored = problems.filter(({ flag }) => flag !== "detach");
  return {
    source: `docker run ${image}`,
    name: name ?? nameOfImage(image),
    image,
    pull,
    flags: occurrences.filter(({ name }) => !BECOMES_A_KEY.test(name))
      .map(({ name, value }) => flagArgument(name, withAbsolutePath(name, value, inputs.cwd))),
    command,
    health: body.Healthcheck,
    restart,
    notes: [
      ...name === undefined ? ["No --name was given: the image's is taken."] : [],
      ...ignored.map(({ flag }) => `--${flag}: ${ADVICE.get(flag)}`),
    ],
  };
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

function refusal(problems: readonly CreateProblem[]): ValueError {
  return new ValueError(problems.map(({ message }) => message).join("\n"));
}

/** Says what often goes wrong when a line is copied from a web page. @throws ValueError */
function refuseMistakes(args: readonly string[]): void {
  if (args.length === 1 && /\s/.test(args[0]!)) {
    throw new ValueError(`the whole line is one word, "${args[0]}": leave out the quotes around it`);
  }
  for (const word of args) {
    if (LONG_DASHES.test(word)) {
      const name = word.replace(LONG_DASHES, "");
      const written = `${/^.(?:=|$)/.test(name) ? "-" : "--"}${name}`;
      throw new ValueError(`"${word}" begins with a long dash, as web pages print it: write "${written}"`);
    }
    if (/^(?:[\w-]+=)*[\u2018-\u201f]/.test(word)) {
      throw new ValueError(`"${word}" has quotes as web pages print them: write " or '`);
    }
    if (word === "\\") {
      throw new ValueError('a "\\" stands alone: where a line goes on in the next, nothing may follow it');
    }
  }
}

/** `library/nginx:1.25` → `nginx`; whether the image is one is said when the config is planned. */
function nameOfImage(image: string): string {
  const last = image.replace(/@.*/s, "").split("/").at(-1)!.replace(/:.*/s, "");
  const name = last.replace(/[^a-zA-Z0-9_.-]+/g, "-").replace(/^[^a-zA-Z0-9]+/, "");
  return name.length > 1 ? name : `service-${name}`;
}

/** By flag: the path in its value that the Docker CLI looks up in the current folder. */
const PATHS: Readonly<Record<string, RegExp>> = {
  cidfile: /^.+/s,
  "env-file": /^.+/s,
  "label-file": /^.+/s,
  mount: /(?<=(?:^|,)(?:src|source)=)\.[^,]*/,
  "security-opt": /(?<=^seccomp[=:])(?!unconfined$|builtin$).+/s,
  volume: /^\.\.?(?:[/:].*)?$/s,
};

/** Makes a path absolute: a relative one would be looked up in the folder of the config. */
export function withAbsolutePath(flag: string, value: string, cwd: string): string {
  const path = PATHS[flag];
  return path === undefined
    ? value
    : value.replace(path, (found) => resolvePath(found.replace(/^\.\//, ""), cwd));
}
