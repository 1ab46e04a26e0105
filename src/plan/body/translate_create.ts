/**
 * Translates the argument list of `docker create` into `POST /containers/create`, as the Docker CLI 28.2 does it
 * against an engine of API 1.44 or later; `api_version.ts` has what differs below.
 */
import type { CreateBody } from "../../engine/create_body.ts";
import { type CreateDraft, newDraft } from "./create_draft.ts";
import { FLAGS_BY_NAME } from "../flags/create_flags.ts";
import { finishBody } from "./finish_body.ts";
import { type CreateProblem, parseFlags } from "../flags/flag_parser.ts";
import { GivenFlags } from "../flags/given_flags.ts";
import { checkLastly, type FinishOptions } from "./last_checks.ts";
import type { PlanInputs } from "../plan_inputs.ts";
import { ValueError } from "../../errors.ts";
import { isLoopback } from "../values/addresses.ts";
import { quote } from "../values/go_strings.ts";
import { resolvePath } from "../../host/paths.ts";

/** An argument list that the CLI accepts, as the request that it makes. */
export interface TranslatedCreate {
  readonly kind: "create";
  readonly name: string | undefined;
  /** As the user wrote it. */
  readonly image: string;
  readonly pull: "always" | "missing" | "never";
  /** As the user wrote it, which is what a pull sends; `query` has the normal form. */
  readonly platform: string | undefined;
  /** Absolute path of the file that the container's id is to be written to. */
  readonly cidfile: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly body: CreateBody;
  /** What the CLI prints on stderr though it succeeds. */
  readonly warnings: readonly string[];
}

export interface RefusedCreate {
  readonly kind: "refused";
  /** All problems; the CLI stops at the first, and exits with its exit code. */
  readonly problems: readonly CreateProblem[];
}

export type CreateTranslation = TranslatedCreate | { readonly kind: "help" } | RefusedCreate;

/** Everything after `docker create` → the request. */
export function translateCreate(args: readonly string[], inputs: PlanInputs): CreateTranslation {
  const parsed = parseFlags(args);
  const given = new GivenFlags(parsed.occurrences);
  const draft = applyFlags(given, inputs);
  // The CLI reads from left to right and stops at the first problem.
  const problems = [...given.problems, ...parsed.problems].sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  if (problems.length > 0) {
    return { kind: "refused", problems: [...windowsOnlyBefore(problems[0]!, given), ...problems] };
  }
  if (draft.help) return { kind: "help" };
  const [image, ...command] = parsed.positionals;
  if (image === undefined) {
    const message = "requires at least 1 argument: the image";
    return { kind: "refused", problems: [{ index: undefined, flag: undefined, message, exitCode: 1 }] };
  }
  return finishRequest(draft, given, {
    image,
    imageAt: parsed.positionalsAt,
    command,
    cidfileMayExist: false,
  });
}

/** The draft with every flag applied; refused values are added to `given.problems`. */
export function applyFlags(given: GivenFlags, inputs: PlanInputs): CreateDraft {
  const draft = newDraft(inputs);
  for (const occurrence of given.occurrences) {
    given.readOne(occurrence, (value) => FLAGS_BY_NAME.get(occurrence.name)!.apply(draft, value));
  }
  return draft;
}

/** The request that the flags and the image make, or all that is wrong with them. */
export function finishRequest(
  draft: CreateDraft,
  given: GivenFlags,
  options: FinishOptions,
): TranslatedCreate | RefusedCreate {
  const windowsOnly = refuseWindowsOnly(given);
  if (windowsOnly.length > 0) return { kind: "refused", problems: windowsOnly };
  const pull = given.combine(["pull"], () => checkPull(draft.pull)) ?? "missing";
  const body: CreateBody = {
    Image: options.image,
    ...(options.command.length > 0 && { Cmd: [...options.command] }),
    ...finishBody(draft, given),
  };
  const platform = checkLastly(draft, given, options);
  if (given.problems.length > 0) return { kind: "refused", problems: given.problems };
  return {
    kind: "create",
    name: draft.name || undefined,
    image: options.image,
    pull,
    platform: draft.platform || undefined,
    cidfile: body.HostConfig?.ContainerIDFile &&
      resolvePath(body.HostConfig.ContainerIDFile, draft.inputs.cwd),
    query: { ...(platform !== undefined && { platform }), ...(draft.name !== "" && { name: draft.name }) },
    body,
    warnings: [...draft.warnings, ...loopbackWarning(body)],
  };
}

function refuseWindowsOnly(given: GivenFlags): CreateProblem[] {
  const windowsOnly = given.occurrences.filter(({ name }) => FLAGS_BY_NAME.get(name)!.onlyWindows);
  return windowsOnly.map(({ name, index }) => {
    const message = `"--${name}" is only supported on a Docker daemon running on windows, not on linux`;
    return { index, flag: name, message, exitCode: 1 };
  });
}

/** The CLI reports flags for Windows before any problem that comes later in the list. */
function windowsOnlyBefore({ index = 0 }: CreateProblem, given: GivenFlags): CreateProblem[] {
  return refuseWindowsOnly(given).filter((problem) => problem.index! < index);
}

/** @throws {ValueError} */
export function checkPull(text: string): TranslatedCreate["pull"] {
  if (text === "always" || text === "missing" || text === "never") return text;
  if (text === "") return "missing";
  throw new ValueError(`invalid pull option: ${quote(text)}: must be one of "always", "missing" or "never"`);
}

function loopbackWarning({ HostConfig }: CreateBody): string[] {
  const address = HostConfig?.Dns?.find(isLoopback);
  return address === undefined ? [] : [`Localhost DNS (${address}) may fail in containers.`];
}
