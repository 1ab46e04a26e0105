/** Turns one service of a Compose project into a service of service_runner. */
import { ValueError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import { writeFlags } from "../../plan/flags/flag_writers.ts";
import { rewordError } from "../../plan/values/reword_error.ts";
import { COMPOSE_KEYS, notCarriedOver } from "./compose_keys.ts";
import {
  containerName,
  list,
  type Mapping,
  mapping,
  nanoseconds,
  type ReadProject,
  text,
} from "./compose_project.ts";
import type { ImportedService } from "./imported.ts";

/** What comes to another policy than "missing"; with `build: ` the image is then built at each start. */
const PULL = new Map([["always", "always"], ["never", "never"], ["build", "always"]]);

/** `wanted`: undefined for the only service. @throws ValueError */
export function importComposeService(
  { project, source, folder }: ReadProject,
  wanted: string | undefined,
): ImportedService {
  const service = chosenService(Object.keys(project.services), wanted);
  const definition = mapping(project.services[service]);
  const carried = Object.entries(definition).filter(([key]) => !key.startsWith("x-")).flatMap(
    ([key, value]) => {
      const row = COMPOSE_KEYS.get(key) ?? ((value) => notCarriedOver(key, value));
      return rewordError(() => row(value, { project, folder, service }), (reason) => `${key}: ${reason}`);
    },
  );
  const { entrypoint, command, image, pull_policy: pull, restart } = definition;
  const health = rewordError(
    () => healthOf(mapping(definition.healthcheck)),
    (reason) => `healthcheck: ${reason}`,
  );
  const [program, ...words] = list(entrypoint);
  const build = definition.build === undefined ? undefined : buildOf(mapping(definition.build));
  return {
    source: `${source}, service ${service}`,
    name: containerName(service, project),
    image: text(image ?? `${project.name}-${service}`),
    pull: PULL.get(text(pull)) ?? "missing",
    build: build?.keys,
    // An entrypoint without a word takes away the image's. What several keys say, such as a limit, is said once.
    flags: [
      ...writeFlags("Healthcheck", health) ?? [],
      ...Array.isArray(entrypoint) ? [`--entrypoint=${program ?? ""}`] : [],
      ...new Set(carried.filter((line) => line.startsWith("--"))),
    ],
    // --entrypoint takes one word; the others go before the command.
    command: [...words, ...list(command)],
    health,
    restart: text(restart),
    notes: [...new Set(carried.filter((line) => !line.startsWith("--"))), ...build?.notes ?? []],
  };
}

function chosenService(names: readonly string[], wanted: string | undefined): string {
  if (names.length === 0) throw new ValueError('it has no "services"');
  const chosen = wanted ?? (names.length === 1 ? names[0]! : undefined);
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  const known = names.map((name) => `"${name}"`).join(", ");
  if (wanted === undefined) throw new ValueError(`it has several services, name one of them: ${known}`);
  const near = nearest(wanted, names);
  throw new ValueError(
    `it has no service "${wanted}"; ${near === undefined ? `it has ${known}` : `did you mean "${near}"?`}`,
  );
}

/** What the config's `build` can say of it, and notes for the rest. */
function buildOf({ context, dockerfile, target, args, ...others }: Mapping) {
  // A folder is built, neither a repository nor a Dockerfile that stands in the Compose file.
  if (!text(context).startsWith("/") || others.dockerfile_inline !== undefined) {
    return { keys: undefined, notes: notCarriedOver("build", { context, ...others }) };
  }
  // A variable without a value takes Compose's own.
  const given = Object.entries(mapping(args)).filter(([, value]) => value !== null);
  return {
    keys: { context, dockerfile, target, ...given.length > 0 && { args: Object.fromEntries(given) } },
    notes: Object.entries(others).flatMap(([key, value]) => notCarriedOver(`build.${key}`, value)),
  };
}

function healthOf({ disable, test, retries, ...times }: Mapping) {
  const { interval, timeout, start_period: startPeriod, start_interval: startInterval } = times;
  return {
    Test: disable === true ? ["NONE"] : list(test),
    Interval: nanoseconds(interval),
    Timeout: nanoseconds(timeout),
    StartPeriod: nanoseconds(startPeriod),
    StartInterval: nanoseconds(startInterval),
    Retries: Number(retries ?? 0),
  };
}
