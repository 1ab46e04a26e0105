/**
 * A service's config → what the engine will be asked: the request that the Docker CLI would send for
 * `docker create --name NAME ARGS… IMAGE SERVICE_ARGS…`, and beside it what service_runner puts on top.
 */
import type { CreateBody, HostConfig } from "../engine/create_body.ts";
import { type Problem, ValueError, valueOrError } from "../errors.ts";
import { type BuildInput, type BuildPlan, planBuild } from "./build_plan.ts";
import { type CreateProblem, parseFlags } from "./flags/flag_parser.ts";
import { GivenFlags } from "./flags/given_flags.ts";
import { parseImageReference } from "../engine/image_reference.ts";
import { SERVICE_LABEL } from "./labels.ts";
import type { PlanInputs } from "./plan_inputs.ts";
import { type PlanWarning, type PullPolicy, serviceProblems, serviceWarnings } from "./service_rules.ts";
import { updateWarnings } from "./update_rules.ts";
import { applyFlags, finishRequest } from "./body/translate_create.ts";
import { quote } from "./values/go_strings.ts";

export type { PlanWarning, PullPolicy } from "./service_rules.ts";

/** The keys of a service's config that make its container. */
export interface ServicePlanInput {
  readonly name: string;
  readonly image: string;
  readonly containerCreateArgs: readonly string[];
  readonly serviceArgs: readonly string[];
  /**
   * Undefined where the config has no such key: then `--pull` decides, and without that it is `always`; where updates
   * bring newer images, `missing`.
   */
  readonly pull?: PullPolicy | undefined;
  /** Undefined where the config has no such section. */
  readonly update?: object | undefined;
  /** Undefined where the image comes from a registry. */
  readonly build?: BuildInput | undefined;
}

/** What service_runner changes in the request: a label names the service, and systemd alone restarts it. */
export interface PlanOverrides {
  readonly Labels: Readonly<Record<string, string>>;
  readonly HostConfig: Required<Pick<HostConfig, "RestartPolicy" | "AutoRemove">>;
}

export interface ContainerPlan {
  readonly name: string;
  readonly image: string;
  /** When the image is pulled, or built. */
  readonly pull: PullPolicy;
  readonly build: BuildPlan | undefined;
  /** As the user wrote it, for the pull; the normal form is in the query. */
  readonly platform: string | undefined;
  /** Absolute path of the file that is to hold the container's id while the container exists. */
  readonly cidfile: string | undefined;
  /** Exactly what the Docker CLI would send. */
  readonly create: { readonly query: Readonly<Record<string, string>>; readonly body: CreateBody };
  readonly overrides: PlanOverrides;
  readonly warnings: readonly PlanWarning[];
}

export interface RefusedPlan {
  readonly kind: "refused";
  readonly problems: readonly Problem[];
}

export type ContainerPlanResult = { readonly kind: "planned"; readonly plan: ContainerPlan } | RefusedPlan;

/** The plan of a service, or all that is wrong with its config. */
export function planContainer(input: ServicePlanInput, inputs: PlanInputs): ContainerPlanResult {
  const parsed = parseFlags(input.containerCreateArgs);
  const given = new GivenFlags(parsed.occurrences);
  const draft = applyFlags(given, inputs);
  const build = input.build && planBuild(input.build, input.image, inputs);
  const problems = [
    ...[...parsed.problems, ...given.problems].map(inCreateArgs),
    ...serviceProblems(input, parsed).map(inCreateArgs),
    ...keyProblems(input),
    ...(build?.problems ?? []),
  ];
  if (problems.length > 0) return refused(problems);
  const request = finishRequest({ ...draft, name: input.name }, given, {
    image: input.image,
    imageAt: undefined,
    command: input.serviceArgs,
    cidfileMayExist: true,
  });
  if (request.kind === "refused") return refused(request.problems.map(inCreateArgs));
  const { image, platform, cidfile, query, body } = request;
  const flagged = given.all("pull").length > 0 ? request.pull : undefined;
  const pull = input.pull ?? flagged ?? (input.update === undefined ? "always" : "missing");
  return {
    kind: "planned",
    plan: {
      name: input.name,
      image,
      pull,
      build: build?.plan,
      platform,
      cidfile,
      create: { query, body },
      overrides: {
        Labels: { [SERVICE_LABEL]: input.name },
        HostConfig: { RestartPolicy: { Name: "no" }, AutoRemove: false },
      },
      warnings: [
        ...serviceWarnings(input, { request, given, inputs }),
        ...updateWarnings(input.update, { image, pull, build: build?.plan }),
      ],
    },
  };
}

/** The plan with more labels on top, see `labels.ts`. */
export function withLabels(plan: ContainerPlan, labels: Readonly<Record<string, string>>): ContainerPlan {
  return { ...plan, overrides: { ...plan.overrides, Labels: { ...plan.overrides.Labels, ...labels } } };
}

/** The body that really goes to the engine: that of the CLI, with the overrides on top. */
export function bodyToSend({ create: { body }, overrides }: ContainerPlan): CreateBody {
  return {
    ...body,
    Labels: { ...body.Labels, ...overrides.Labels },
    HostConfig: { ...body.HostConfig, ...overrides.HostConfig },
  };
}

/** A problem of a flag, placed at the argument with its value if there is one, else at the flag. */
export function inCreateArgs({ index, value, message }: CreateProblem): Problem {
  const at = value?.index ?? index;
  return {
    path: at === undefined ? ["container_create_args"] : ["container_create_args", at],
    message,
    standsAlone: true,
    ...(value !== undefined && { part: value.text }),
  };
}

function keyProblems({ name, image }: ServicePlanInput): Problem[] {
  const problems: Problem[] = [];
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    const message = `must be a container name ([a-zA-Z0-9][a-zA-Z0-9_.-]+), got ${quote(name)}`;
    problems.push({ path: ["name"], message });
  }
  return [...problems, ...imageProblems(image)];
}

/** Of the key `image`. */
export function imageProblems(image: string): Problem[] {
  const reference = valueOrError(() => parseImageReference(image));
  if (!(reference instanceof ValueError)) return [];
  const scheme = /^https?:\/\//.exec(image)?.[0];
  const advice = scheme === undefined ? "" : `; leave out "${scheme}"`;
  return [{ path: ["image"], message: reference.message + advice, standsAlone: true }];
}

/** Problems in the order of `container_create_args`, then those of other keys. */
export function refused(problems: readonly Problem[]): RefusedPlan {
  const position = ({ path: [key, index] }: Problem) =>
    key === "container_create_args" && index !== undefined ? Number(index) : Number.MAX_SAFE_INTEGER;
  return { kind: "refused", problems: problems.toSorted((a, b) => position(a) - position(b)) };
}
