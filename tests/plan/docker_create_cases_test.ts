import { deepEqual, equal } from "node:assert/strict";
import { translateCreate } from "../../src/plan/body/translate_create.ts";
import { normalizeBody } from "./body_equality.ts";
import { type RecordedCase, recordedCases, recordedInputs, recordedTopics } from "./recorded_cases.ts";

Deno.test("translateCreate() does as the Docker CLI did in all recorded cases", async (t) => {
  let compared = 0;
  for (const topic of recordedTopics()) {
    await t.step(topic, () => {
      const failures = recordedCases(topic).flatMap((recorded) => {
        compared++;
        const failure = difference(recorded);
        return failure === undefined ? [] : [`${recorded.id} ${JSON.stringify(recorded.args)}: ${failure}`];
      });
      deepEqual(failures, []);
    });
  }
  // deno-lint-ignore no-console
  console.log(`${compared} cases compared`);
  equal(compared, 1629);
});

function difference(recorded: RecordedCase): string | undefined {
  try {
    compare(recorded);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

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
