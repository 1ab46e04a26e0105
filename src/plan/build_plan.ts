/** What an image is built from: the `build` section of a service's config, with its paths made absolute. */
import { type Problem, ValueError, valueOrError } from "../errors.ts";
import { parseImageReference } from "../engine/image_reference.ts";
import type { PlanInputs } from "./plan_inputs.ts";
import { quote } from "./values/go_strings.ts";
import { absolutePath } from "../host/paths.ts";

/** The section, with its defaults filled in. */
export interface BuildInput {
  /** A folder, relative to that of the config file. */
  readonly context: string;
  /** A file, relative to the context. */
  readonly dockerfile: string;
  readonly target?: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  /** Files, relative to that of the config, by the ids that the Dockerfile has for them. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  readonly cacheFrom?: readonly string[] | undefined;
}

/** All paths are absolute. A key that is not given is undefined, so that it changes no fingerprint. */
export interface BuildPlan {
  readonly context: string;
  readonly dockerfile: string;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>> | undefined;
  readonly cacheFrom: readonly string[] | undefined;
}

/** The absolute paths of the context and of the Dockerfile, both of which must exist. */
export function buildPaths({ context, dockerfile }: BuildInput, cwd: string): [string, string] {
  const folder = absolutePath(context, cwd);
  return [folder, absolutePath(dockerfile, folder)];
}

/** They need not exist yet: systemd's credentials are there only while the unit runs. */
function secretFiles({ secrets }: BuildInput, cwd: string): Record<string, string> | undefined {
  return secrets &&
    Object.fromEntries(Object.entries(secrets).map(([id, file]) => [id, absolutePath(file, cwd)]));
}

/** The plan of a build whose result is named `image`; what is wrong with it is in `problems`. */
export function planBuild(
  build: BuildInput,
  image: string,
  inputs: PlanInputs,
): { readonly plan: BuildPlan; readonly problems: readonly Problem[] } {
  const [context, dockerfile] = buildPaths(build, inputs.cwd);
  const { target, args, cacheFrom } = build;
  const problems: Problem[] = [];
  const found = inputs.file(context).kind;
  if (found === "missing" || found === "content") {
    const reason = found === "missing" ? "there is no such folder" : "it is a file";
    problems.push({
      path: ["build", "context"],
      message: `must be a folder, got ${quote(context)}: ${reason}`,
    });
  } else {
    const file = inputs.file(dockerfile);
    const reason = file.kind === "missing" ? "there is no such file" : file.kind === "error" && file.reason;
    if (reason) {
      const message = `must be a Dockerfile, got ${quote(dockerfile)}: ${reason}`;
      problems.push({ path: ["build", "dockerfile"], message });
    }
  }
  if (!canBeGiven(image)) {
    const message = `must be a name without a digest, since it is what the build calls its result, got ${
      quote(image)
    }`;
    problems.push({ path: ["image"], message });
  }
  return {
    plan: { context, dockerfile, target, args, secrets: secretFiles(build, inputs.cwd), cacheFrom },
    problems,
  };
}

function canBeGiven(image: string): boolean {
  const reference = valueOrError(() => parseImageReference(image));
  // An invalid name is reported once, by `keyProblems` in `container_plan.ts`.
  if (reference instanceof ValueError) return true;
  return reference.kind === "name" && reference.digest === undefined;
}
