/** Turns one service of a Compose project into a service of service_runner. */
import { ValueError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import { rewordError } from "../../plan/values/reword_error.ts";
import { COMPOSE_KEYS, healthOf } from "./compose_keys.ts";
import { type ComposeProject, containerName } from "./compose_project.ts";
import { flagsAndNotes, type ImportedService, notCarriedOver } from "./imported.ts";
import { list, type Mapping, mapping, text } from "./json_values.ts";

/** What comes to another policy than "missing"; with `build: ` the image is then built at each start. */
const PULL = new Map([["always", "always"], ["never", "never"], ["build", "always"]]);

/** `wanted`: undefined for the only service. @throws ValueError */
export function importComposeService(project: ComposeProject, wanted: string | undefined): ImportedService {
  const service = chosenService(Object.keys(project.services), wanted);
  const definition = mapping(project.services[service]);
  const carried = Object.entries(definition).filter(([key]) => !key.startsWith("x-")).flatMap(
    ([key, value]) => {
      const row = COMPOSE_KEYS.get(key) ?? (() => notCarriedOver(key, value));
      return rewordError(() => row(value, project, service), (reason) => `${key}: ${reason}`);
    },
  );
  const { entrypoint, command, image, healthcheck, build, pull_policy: pull, restart } = definition;
  const [program = "", ...words] = list(entrypoint);
  const built = build === undefined ? undefined : buildOf(mapping(build));
  // What several keys say, such as a limit, is said once.
  const { flags, notes } = flagsAndNotes([...new Set(carried)]);
  return {
    source: `${project.source}, service ${service}`,
    name: containerName(service, project),
    image: text(image ?? `${project.name}-${service}`),
    pull: PULL.get(text(pull)) ?? "missing",
    build: built?.keys,
    // An entrypoint without a word takes away the image's.
    flags: [...Array.isArray(entrypoint) ? [`--entrypoint=${program}`] : [], ...flags],
    // --entrypoint takes one word; the others go before the command.
    command: [...words, ...list(command)],
    health: healthOf(healthcheck),
    restart: text(restart),
    notes: [...notes, ...built?.notes ?? []],
  };
}

function chosenService(names: readonly string[], wanted: string | undefined): string {
  const chosen = names.length === 1 ? wanted ?? names[0] : wanted;
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  if (names.length === 0) throw new ValueError('it has no "services"');
  const known = names.map((name) => `"${name}"`).join(", ");
  if (chosen === undefined) throw new ValueError(`it has several services, name one of them: ${known}`);
  const near = nearest(chosen, names);
  throw new ValueError(
    `it has no service "${chosen}"; ${near === undefined ? `it has ${known}` : `did you mean "${near}"?`}`,
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
    keys: {
      context,
      dockerfile: dockerfile || undefined,
      target: target || undefined,
      ...given.length > 0 && { args: Object.fromEntries(given) },
    },
    notes: Object.entries(others).flatMap(([key, value]) => notCarriedOver(`build.${key}`, value)),
  };
}
