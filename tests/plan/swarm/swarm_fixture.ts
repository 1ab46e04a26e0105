/** Shortcuts for the tests of plans for a swarm. */
import { SWARM_DEFAULTS, type SwarmConfig } from "../../../src/config/swarm_config.ts";
import type { ContainerSpec, ServiceSpec } from "../../../src/engine/swarm_types.ts";
import { planSwarmService } from "../../../src/plan/swarm/plan_swarm_service.ts";
import type { SwarmPlan, SwarmServiceInput } from "../../../src/plan/swarm/swarm_plan.ts";
import { planInputs } from "../plan_fixture.ts";

export type Input = Partial<Omit<SwarmServiceInput, "swarm">> & { readonly swarm?: Partial<SwarmConfig> };

export function plan(input: Input, inputs = planInputs()) {
  const { swarm, ...others } = input;
  const whole = { name: "web", image: "nginx", containerCreateArgs: [], serviceArgs: [], ...others };
  return planSwarmService({ ...whole, swarm: { ...SWARM_DEFAULTS, ...swarm } }, inputs);
}

/** The plan of a config that must be good. */
export function planned(input: Input, inputs = planInputs()): SwarmPlan {
  const result = plan(input, inputs);
  if (result.kind !== "planned") throw new Error(`refused: ${JSON.stringify(result.problems)}`);
  return result.plan;
}

export function specOf(args: readonly string[], swarm: Partial<SwarmConfig> = {}): ServiceSpec {
  return planned({ containerCreateArgs: args, swarm }).spec;
}

export function containerOf(...args: string[]): ContainerSpec {
  return specOf(args).TaskTemplate.ContainerSpec;
}

/** What is wrong with a config: places and messages. */
export function problems(input: Input, inputs = planInputs()): [place: string, message: string][] {
  const result = plan(input, inputs);
  if (result.kind !== "refused") throw new Error("not refused");
  return result.problems.map(({ path, message }) => [path.join("."), message]);
}

/** What a config is warned of: places and messages. */
export function warnings(input: Input): [place: string, message: string][] {
  return planned(input).warnings.map(({ argIndex, path, message }) => [
    path?.join(".") ?? String(argIndex ?? ""),
    message,
  ]);
}
