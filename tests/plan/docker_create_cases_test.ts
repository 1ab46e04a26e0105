import { deepEqual, equal } from "node:assert/strict";
import { translateCreate } from "../../src/plan/translate_create.ts";
import { normalizeBody } from "./body_equality.ts";
import { type RecordedCase, recordedCases, recordedInputs, recordedTopics } from "./recorded_cases.ts";

let compared = 0;

for (const topic of recordedTopics()) {
  Deno.test(`translateCreate() does as the Docker CLI did: ${topic}`, () => {
    const failures = recordedCases(topic).flatMap((recorded) => {
      compared++;
      try {
        compare(recorded);
        return [];
      } catch (error) {
        return [`${recorded.id} ${JSON.stringify(recorded.args)}: ${(error as Error).message}`];
      }
    });
    if (failures.length > 0) throw new Error(`${failures.length} cases differ:\n${failures.join("\n")}`);
  });
}

Deno.test("translateCreate() was compared with all recorded cases", () => {
  // deno-lint-ignore no-console
  console.log(`${compared} cases compared`);
  equal(compared, 1629);
});

function compare(recorded: RecordedCase): void {
  const translation = translateCreate(recorded.args, recordedInputs(recorded));
  if (translation.kind === "refused") {
    const [problem] = translation.problems;
    equal(problem?.exitCode, recorded.exit, `refused: ${problem?.message}`);
  } else if (translation.kind === "help") {
    deepEqual([recorded.exit, recorded.body], [0, undefined]);
  } else {
    equal(recorded.exit, 0, "not refused");
    deepEqual({ ...translation.query }, recorded.query ?? {});
    deepEqual(normalizeBody(translation.body), normalizeBody(recorded.body ?? {}));
  }
}
