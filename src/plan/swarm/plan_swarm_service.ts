/**
 * A service's config with a section `swarm:` → what the swarm will be asked.
 * The flags are read as for a container, by the same grammars, and the create body that they make becomes the spec of a
 * service: so a flag means the same in a swarm, or is refused.
 */
import { parseImageReference } from "../../engine/image_reference.ts";
import { ValueError } from "../../errors.ts";
import { applyFlags, finishRequest } from "../body/translate_create.ts";
import { imageProblems, inCreateArgs, refused } from "../container_plan.ts";
import { parseFlags } from "../flags/flag_parser.ts";
import { GivenFlags } from "../flags/given_flags.ts";
import type { PlanInputs } from "../plan_inputs.ts";
import { type Planned, serviceProblems } from "../service_rules.ts";
import { sortOut } from "./refused_flags.ts";
import { serviceSpec } from "./service_spec.ts";
import type { SwarmPlan, SwarmPlanResult, SwarmServiceInput } from "./swarm_plan.ts";
import { swarmWarnings } from "./swarm_warnings.ts";

/** The plan of a service, or all that is wrong with its config. */
export function planSwarmService(input: SwarmServiceInput, inputs: PlanInputs): SwarmPlanResult {
  const { name, image, serviceArgs: command } = input;
  const parsed = parseFlags(input.containerCreateArgs);
  const { taken, problems: unavailable } = sortOut(parsed.occurrences);
  const given = new GivenFlags(taken);
  const draft = applyFlags(given, inputs);
  const wrong = [...parsed.problems, ...given.problems, ...serviceProblems(input, parsed)].map(inCreateArgs)
    .concat(imageProblems(image));
  const problems = [...unavailable.map(inCreateArgs), ...wrong];
  // What the flags make together is only known once each of them is right.
  if (wrong.length > 0) return refused(problems);
  const options = { image, imageAt: undefined, command, cidfileMayExist: true };
  const request = finishRequest({ ...draft, name }, given, options);
  if (request.kind === "refused") return refused([...problems, ...request.problems.map(inCreateArgs)]);
  const pull = pullPolicy(input, { given, request });
  const { spec, problems: inKeys } = serviceSpec(input, request, { given, inputs });
  problems.push(...given.problems.map(inCreateArgs), ...inKeys);
  if (problems.length > 0) return refused(problems);
  const warnings = swarmWarnings(input, { request, given, inputs }, spec);
  return { kind: "planned", plan: { name, image, pull, platform: request.platform, spec, warnings } };
}

/** The nodes pull, so that there is no "never": the config is refused with it. */
function pullPolicy(
  { pull, image }: SwarmServiceInput,
  { given, request }: Pick<Planned, "given" | "request">,
): SwarmPlan["pull"] {
  // No registry knows it.
  if (parseImageReference(image).kind === "id") return "missing";
  if (pull !== undefined && pull !== "never") return pull;
  given.readLast("pull", () => {
    if (request.pull === "never") throw new ValueError("the nodes of a swarm pull the image themselves");
  });
  return given.all("pull").length > 0 && request.pull === "missing" ? "missing" : "always";
}
