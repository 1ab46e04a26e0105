/** Inputs and shortcuts for the tests of the plan. */
import type { CreateBody } from "../../src/engine/create_body.ts";
import type { PlanInputs } from "../../src/plan/plan_inputs.ts";
import {
  type RefusedCreate,
  translateCreate,
  type TranslatedCreate,
} from "../../src/plan/body/translate_create.ts";
import { recordedInputs } from "./recorded_cases.ts";

/** A working directory with these text files, and these environment variables; all else is not there. */
export function planInputs(
  { files = {}, env = {} }: { files?: Record<string, string>; env?: Record<string, string> } = {},
): PlanInputs {
  return recordedInputs({ files, env });
}

/** The request for a list that must be accepted. */
export function accepted(args: readonly string[], inputs: PlanInputs = planInputs()): TranslatedCreate {
  const translation = translateCreate(args, inputs);
  if (translation.kind !== "create") throw new Error(`not accepted: ${JSON.stringify(translation)}`);
  return translation;
}

/** The body for flags, put before the image `alpine`, without the fields that every body has. */
export function bodyOf(flags: readonly string[], inputs?: PlanInputs): Partial<CreateBody> {
  const { AttachStdout: _stdout, AttachStderr: _stderr, Image: _image, ...rest } =
    accepted([...flags, "alpine"], inputs).body;
  return rest;
}

/** The problems of a list that must be refused. */
export function refused(
  args: readonly string[],
  inputs: PlanInputs = planInputs(),
): RefusedCreate["problems"] {
  const translation = translateCreate(args, inputs);
  if (translation.kind !== "refused") throw new Error(`not refused: ${JSON.stringify(translation)}`);
  return translation.problems;
}
