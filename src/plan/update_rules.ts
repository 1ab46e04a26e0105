/** What `update:` can not do for a service, by its image and its other keys. */
import { parseImageReference } from "../engine/image_reference.ts";
import type { PlanWarning, PullPolicy } from "./service_rules.ts";

interface PlannedImage {
  readonly image: string;
  readonly pull: PullPolicy;
  readonly build: unknown;
}

/** Why there never is a newer image; undefined where there may be one. */
export function neverUpdated({ image, pull, build }: PlannedImage): string | undefined {
  if (build !== undefined) return "its image is built here";
  if (pull === "never") return '"pull" is "never"';
  const reference = parseImageReference(image);
  if (reference.kind === "id") return "its image is given by an id";
  return reference.digest === undefined ? undefined : "its image is given by a digest";
}

export function updateWarnings(update: object | undefined, planned: PlannedImage): PlanWarning[] {
  if (update === undefined) return [];
  const reason = neverUpdated(planned);
  const message = reason !== undefined
    ? `"update" has no effect: ${reason}`
    : planned.pull !== "missing" && `"pull" is "${planned.pull}": a restart, too, may bring a newer image`;
  return message ? [{ argIndex: undefined, message }] : [];
}
