/** The argument lists of `docker create` that were recorded from the real CLI, as those of services in a swarm. */
import { deepEqual, ok } from "node:assert/strict";
import { SWARM_DEFAULTS } from "../../../src/config/swarm_config.ts";
import { stringifyBody } from "../../../src/engine/create_body.ts";
import { planContainer } from "../../../src/plan/container_plan.ts";
import { parseFlags } from "../../../src/plan/flags/flag_parser.ts";
import { planSwarmService } from "../../../src/plan/swarm/plan_swarm_service.ts";
import { recordedCases, recordedInputs, recordedTopics } from "../recorded_cases.ts";

Deno.test("each recorded list is planned for a swarm, or refused at its places; never one that a container can not have", () => {
  const counts = { planned: 0, refused: 0 };
  for (const recorded of recordedTopics().flatMap(recordedCases)) {
    const { positionalsAt, occurrences } = parseFlags(recorded.args);
    const named = occurrences.findLast((flag) => flag.name === "name")?.value ?? "";
    const name = /^\w[\w.-]+$/.test(named) ? named : "web";
    const containerCreateArgs = recorded.args.slice(0, positionalsAt).filter((argument) => argument !== "--");
    const service = { name, image: "alpine", containerCreateArgs, serviceArgs: [] };
    const inputs = recordedInputs(recorded);
    const result = planSwarmService({ ...service, swarm: SWARM_DEFAULTS }, inputs);
    counts[result.kind]++;
    if (result.kind === "planned") {
      deepEqual(planContainer(service, inputs).kind, "planned", `${recorded.id} ${recorded.args}`);
      ok(JSON.parse(stringifyBody(result.plan.spec)).Name === name);
    } else {
      ok(result.problems.length > 0);
      for (const { path: [key, index] } of result.problems) {
        // What several flags make together, or the environment says, has no place.
        ok(
          key === "container_create_args" && (index === undefined || Number(index) < recorded.args.length),
          recorded.id,
        );
      }
    }
  }
  ok(counts.planned > 400 && counts.refused > 400, JSON.stringify(counts));
});
