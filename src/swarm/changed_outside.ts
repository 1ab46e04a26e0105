/**
 * Whether somebody else has changed the service.
 * In: a spec as we know it, and as it is now. Out: the first place where they differ.
 */
import type { ServiceSpec } from "../engine/swarm_types.ts";

/** e.g. `Mode.Replicated.Replicas is 5, was 3`; undefined where they are the same. Restarts by hand do not count. */
export function firstChange(known: ServiceSpec, now: ServiceSpec): string | undefined {
  return firstDifference(withoutForce(known), withoutForce(now), [], false);
}

/** The same, with what only the second one has left out: the engine adds what we leave to it. */
export function firstLack(wanted: ServiceSpec, now: ServiceSpec): string | undefined {
  return firstDifference(withoutForce(wanted), withoutForce(now), [], true);
}

function withoutForce(spec: ServiceSpec): object {
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
    const keys = mayAdd ? Object.keys(known) : [...new Set([...Object.keys(known), ...Object.keys(now)])];
    for (const key of keys) {
      const found = firstDifference(known[key], now[key], [...path, key], mayAdd);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (String(known) === String(now) || isEmpty(known) && isEmpty(now)) return undefined;
  const place = path.join(".");
  // Values of the environment and options of drivers may be secret.
  const isSecret = path.includes("Env") || path.includes("Options");
  return isSecret ? `${place} is another one` : `${place} is ${shown(now)}, was ${shown(known)}`;
}

/** What the engine leaves out where it is nothing. */
function isEmpty(value: unknown): boolean {
  return !value || isObject(value) && Object.values(value).every(isEmpty);
}

function shown(value: unknown): string {
  if (value === undefined || isObject(value) && isEmpty(value)) return "nothing";
  const text = isObject(value) ? JSON.stringify(value) : String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
