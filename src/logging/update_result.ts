// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read
/** What came of an update, as `status.json` and `update.json` have it. */

export const UPDATE_STATES = [
  /** Under way: it is looked for a newer image, or one is being brought in. */
  "updating",
  /** The new container serves, and the old one is still kept. */
  "probation",
  /** The new container serves, and the old one is gone. */
  "updated",
  /** Nothing runs; the newer image is here, and the next start has it. */
  "pulled",
  /** There is nothing newer. */
  "current",
  /** There is a newer image, and nobody has asked for more than to hear of it. */
  "available",
  /** There is a newer image, which is younger than `update.min_age`. */
  "waiting",
  /** The tag still means an image that was taken back before. */
  "refused",
  /** The new container was no good: the old one serves again. */
  "taken_back",
  /** Somebody has asked to go back to the image before: it serves. */
  "rolled_back",
  /** This service's image can not be updated. */
  "skipped",
  /** It could not be found out, or not be carried out; the old container serves. */
  "failed",
] as const;
export type UpdateState = typeof UPDATE_STATES[number];

export interface UpdateResult {
  readonly state: UpdateState;
  /** The request's id, see `update_request.ts`; null if it came by the signal alone. */
  readonly request: string | null;
  /** Of the container that served before: the image's id as the engine has it. */
  readonly from: string | null;
  /** The other image's id; where it has not been pulled its digest; null if there is none. */
  readonly to: string | null;
  /** When this machine first saw the other image in the registry, in RFC 3339. */
  readonly seen_at: string | null;
  /** When that was, in RFC 3339; of `probation` when it ends. */
  readonly at: string;
  /** For people: why it is as it is; null where the state says it all. */
  readonly why: string | null;
}

/** Whether nothing more will come of it. */
export function isFinal({ state }: UpdateResult): boolean {
  return state !== "updating" && state !== "probation";
}
