/**
 * Whether somebody else has changed the service.
 * In: a spec as we know it, and as it is now. Out: the first place where they differ.
 */
import type { ServiceSpec } from "../engine/swarm_types.ts";

/** e.g. `Mode.Replicated.Replicas is 5, was 3`; undefined where they are the same. Restarts by hand do not count. */
export function firstChange(known: ServiceSpec, now: ServiceSpec): string | undefined {
  return firstDifference(comparable(known), comparable(now), [], false);
}

/**
 * The same for a spec that was sent, not seen: what the engine adds to it is no change. It also puts ids in the place of
 * the networks' names.
 */
export function firstLack(wanted: ServiceSpec, now: ServiceSpec): string | undefined {
  const withoutNetworks = (spec: ServiceSpec) => {
    const { Networks: _, ...TaskTemplate } = spec.TaskTemplate;
    return { ...spec, TaskTemplate };
  };
  return firstDifference(comparable(withoutNetworks(wanted)), comparable(withoutNetworks(now)), [], true);
}

function comparable(spec: ServiceSpec): object {
  const { ForceUpdate: _, ...TaskTemplate } = spec.TaskTemplate;
  return { ...spec, TaskTemplate };
}

function firstDifference(
  known: unknown,
  now: unknown,
  path: readonly string[],
  mayAdd: boolean,
): string | undefined {
  if (isObject(known) && isObject(now)) {
    const mayLeaveOut = mayAdd && !Array.isArray(known);
    const keys = mayLeaveOut
      ? Object.keys(known)
      : [...new Set([...Object.keys(known), ...Object.keys(now)])];
    for (const key of keys) {
      const found = firstDifference(known[key], now[key], [...path, key], mayAdd);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (String(known) === String(now) || isEmpty(known) && isEmpty(now)) return undefined;
  return `${path.join(".")} is ${describe(known, now, path)}`;
}

/** Numbers and switches are harmless; a text may be secret, be it an argument or an option of a driver. */
function describe(known: unknown, now: unknown, path: readonly string[]): string {
  const isShown = (value: unknown) =>
    ["number", "bigint", "boolean"].includes(typeof value) ||
    path.at(-1) === "Image" && typeof value === "string";
  if (isShown(now) && isShown(known)) return `${now}, was ${known}`;
  if (isShown(now) && isEmpty(known)) return `${now}, was nothing`;
  return isEmpty(now) ? "not there any more" : isEmpty(known) ? "there, and was not" : "another one";
}

/** What the engine leaves out where it is nothing. */
function isEmpty(value: unknown): boolean {
  return !value || isObject(value) && Object.values(value).every(isEmpty);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
