// deno-lint-ignore-file camelcase -- the keys are those of the printed JSON
/** What has come of one service, as it is printed. */
import type { UpdateResult, UpdateState } from "../../logging/update_result.ts";

/** A row of the table, and an object of `--json`. */
export interface UpdateOutcome {
  readonly name: string;
  readonly unit: string;
  readonly result: UpdateState;
  /** Ids of images as the engine has them; `to`: a digest where the image is not here. */
  readonly from: string | null;
  readonly to: string | null;
  /** When this machine first saw the other image, in RFC 3339. */
  readonly seen_at: string | null;
  readonly why: string | null;
}

/** What is to be done; `force`: also with an image that is too young, or was taken back before. */
export interface Wish {
  readonly action: "update" | "check" | "rollback";
  readonly force: boolean;
}

export function outcome(
  { name, unit }: { readonly name: string; readonly unit: string },
  { state, from, to, seen_at, why }: Pick<UpdateResult, "state" | "from" | "to" | "seen_at" | "why">,
): UpdateOutcome {
  return { name, unit, result: state, from, to, seen_at, why };
}

/** Of a service for which there is nothing to be compared. */
export function nothing(
  state: "skipped" | "failed",
  why: string,
): Pick<UpdateResult, "state" | "from" | "to" | "seen_at" | "why"> {
  return { state, from: null, to: null, seen_at: null, why };
}

/** Whether somebody has to look after it. A rollback during probation is an update that is taken back. */
export function isFailure({ result }: UpdateOutcome, { action }: Wish): boolean {
  if (action === "rollback") return result !== "rolled_back" && result !== "taken_back";
  return result === "failed" || result === "taken_back";
}
