/** What is different about the flags of a service from those of a `docker create` typed in a terminal. */
import { FLAGS_BY_NAME } from "./flags/create_flags.ts";
import { API_SOCKET } from "./body/finish_host.ts";
import type { CreateProblem, ParsedFlags } from "./flags/flag_parser.ts";
import type { GivenFlags } from "./flags/given_flags.ts";
import type { PlanInputs } from "./plan_inputs.ts";
import type { TranslatedCreate } from "./body/translate_create.ts";
import { type Problem, ValueError, valueOrError } from "../errors.ts";
import { parseBool } from "./values/go_numbers.ts";
import { quote } from "./values/go_strings.ts";

/** When to pull; `prefer` is service_runner's own: pull, but start from the local image where that fails. */
export type PullPolicy = "always" | "prefer" | "missing" | "never";

/** Something that is done differently from what a flag says. */
export interface PlanWarning {
  /** Position in `container_create_args`. */
  readonly argIndex: number | undefined;
  readonly message: string;
  /** Where it is not a flag: the key, with what stands around it. */
  readonly path?: Problem["path"];
}

export interface ServiceKeys {
  readonly name: string;
  readonly pull?: PullPolicy | undefined;
}

/** Problems with flags that `docker create` accepts but a service can not have. */
export function serviceProblems({ name }: ServiceKeys, parsed: ParsedFlags): CreateProblem[] {
  const problems = parsed.occurrences.flatMap(({ name: flag, value, index }): CreateProblem[] => {
    const message = flag === "help"
      ? `"--help" creates no container: leave it out`
      : flag === "name" && value !== name &&
        `"--name" must be left out or equal the "name" of the service, ${quote(name)}, got ${quote(value)}`;
    return message ? [{ index, flag, message, exitCode: 125 }] : [];
  });
  return [...problems, ...positionalProblems(parsed)];
}

/** The first word that is not a flag would be the image to the CLI; a service has the key "image" for that. */
function positionalProblems(
  { positionals: [word], positionalsAt, occurrences }: ParsedFlags,
): CreateProblem[] {
  if (word === undefined) return [];
  const before = occurrences.at(-1);
  const isBoolValue = before?.index === positionalsAt - 1 &&
    FLAGS_BY_NAME.get(before.name)?.kind === "bool" &&
    !(valueOrError(() => parseBool(word)) instanceof ValueError);
  const message = isBoolValue
    ? `${
      quote(word)
    } is not a flag; a value for "--${before.name}" must be written "--${before.name}=${word}"`
    : `${quote(word)} is not a flag; the image is given by "image", the command by "service_args"`;
  return [{ index: positionalsAt, flag: undefined, message, exitCode: 125 }];
}

/** The warning for a flag with this value; nothing where there is nothing to warn of. */
export type Rule = (value: string, planned: Planned, service: ServiceKeys) => string | false | undefined;

export interface Planned {
  readonly request: TranslatedCreate;
  readonly given: GivenFlags;
  readonly inputs: PlanInputs;
}

/** The rules of all services. */
export const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["interactive", (_value, { request }) =>
    request.body.OpenStdin &&
    `"--interactive" keeps stdin open, but nothing is ever typed into a service's container`],
  ["pull", (_value, { request }, service) =>
    service.pull !== undefined && service.pull !== request.pull &&
    `"--pull ${request.pull}" is overridden by the key "pull", which is ${quote(service.pull)}`],
]);

const CONTAINER_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...RULES,
  ["restart", (value, { request }) =>
    request.body.HostConfig?.RestartPolicy !== undefined &&
    `"--restart ${value}" is overridden with "no": systemd restarts the service, see Restart= in its unit`],
  ["rm", (_value, { request }) =>
    request.body.HostConfig?.AutoRemove &&
    `"--rm" is overridden: service_runner removes the container itself`],
  [
    "cidfile",
    (value, { request: { cidfile }, inputs }) =>
      cidfile !== undefined && inputs.file(cidfile).kind !== "missing" &&
      `the file of "--cidfile", ${quote(value)}, is there already and will be replaced`,
  ],
  [
    "use-api-socket",
    (_value, { request }) =>
      request.body.HostConfig?.Mounts?.some(({ Target }) => Target === API_SOCKET) &&
      `"--use-api-socket" brings the engine's socket into the container, but no registry credentials`,
  ],
]);

/** What service_runner does differently from what the flags say, and the warnings of the CLI itself. */
export function serviceWarnings(
  service: ServiceKeys,
  planned: Planned,
  rules: ReadonlyMap<string, Rule> = CONTAINER_RULES,
): PlanWarning[] {
  const lastOfFlag = new Map(planned.given.occurrences.map((occurrence) => [occurrence.name, occurrence]));
  const warnings = [...lastOfFlag.values()].flatMap(({ name, value, index }): PlanWarning[] => {
    const message = rules.get(name)?.(value, planned, service);
    return message ? [{ argIndex: index, message }] : [];
  });
  return [...warnings, ...planned.request.warnings.map((message) => ({ argIndex: undefined, message }))];
}
