/**
 * Turns a container that exists into a service: the settings that it has beyond its image and the engine's defaults
 * become flags. Settings for which there is no flag become notes.
 */
import { withoutZeros } from "../../plan/body/without_zeros.ts";
import { type BodyField, type FieldContent, FLAGS_BY_FIELD } from "../../plan/flags/create_flags.ts";
import { fieldValues, isSeccompText } from "./field_values.ts";
import { checkNetwork, restartNote } from "./from_arguments.ts";
import { importHealthCheck } from "./health_check.ts";
import { flagArgument, type ImportedService } from "./imported.ts";
import type { ImageSettings, InspectedContainer } from "./inspected_container.ts";

/** The values that a container has where no flag was given. */
const ENGINE_DEFAULTS: { readonly [F in BodyField]?: readonly FieldContent<F>[] } = {
  StopSignal: ["SIGTERM"],
  "HostConfig.CgroupnsMode": ["private", "host"],
  "HostConfig.IpcMode": ["private", "shareable"],
  "HostConfig.Isolation": ["default"],
  "HostConfig.MemorySwappiness": [-1],
  "HostConfig.Runtime": ["runc"],
  "HostConfig.ShmSize": [64 * 1024 * 1024],
};

/** Fields that no flag sets; the engine fills them in. */
const WITHOUT_FLAG = ["HostConfig.Cgroup", "HostConfig.ConsoleSize", "HostConfig.ReadonlyPaths"];

/** `image`: the settings of the container's image. */
export function importContainerSettings(
  container: InspectedContainer,
  image: ImageSettings,
): ImportedService {
  const { Config: config, HostConfig: host, NetworkSettings: { Networks } } = container;
  const name = container.Name.replace(/^\//, "");
  const { flags, notes } = containerFlags(container, image);
  const restart = host.RestartPolicy?.Name ?? "";
  if (restart !== "" && restart !== "no") notes.push(restartNote(restart));
  notes.push(
    `The container "${name}" itself has to go before the service can start: docker rm --force ${name}`,
  );
  const check = config.Healthcheck && importHealthCheck(config.Healthcheck);
  const [network] = Object.keys(Networks ?? {});
  // The engine takes null for an empty list.
  const hasOwnEntrypoint = !isEqual(config.Entrypoint ?? [], image.Entrypoint ?? []);
  const hasOwnCommand = hasOwnEntrypoint || !isEqual(config.Cmd ?? [], image.Cmd ?? []);
  return {
    source: `the container ${name}`,
    name,
    image: config.Image,
    pull: "missing",
    flags: flags.map((argument) => ({ argument })),
    command: [
      ...hasOwnEntrypoint ? (config.Entrypoint ?? []).slice(1) : [],
      ...hasOwnCommand ? config.Cmd ?? [] : [],
    ],
    network: network && checkNetwork(network),
    checks: check ? [check] : [],
    notes,
  };
}

/** e.g. `["--memory=67108864", "--tty"]`; and a note for each setting that no flag gives. */
function containerFlags(
  container: InspectedContainer,
  image: ImageSettings,
): { readonly flags: string[]; readonly notes: string[] } {
  const host = Object.entries(withoutZeros(container.HostConfig));
  const settings: [field: string, content: unknown][] = [
    ...Object.entries(withoutZeros(container.Config)),
    ...host.map(([name, content]): [string, unknown] => [`HostConfig.${name}`, content]),
  ];
  const flags: string[] = [];
  const notes: string[] = [];
  for (const [field, content] of settings) {
    const flag = FLAGS_BY_FIELD.get(field);
    if (flag !== undefined) {
      if (isDefault(field, content, image)) continue;
      const values = fieldValues(field, content, { container, image });
      flags.push(...values.map((value) => flagArgument(flag.name, String(value))));
    } else if (field.startsWith("HostConfig.") && !WITHOUT_FLAG.includes(field)) {
      notes.push(`${field}: not carried over: ${JSON.stringify(content)}`);
    }
  }
  if (container.HostConfig.SecurityOpt?.some(isSeccompText)) {
    notes.push(
      "HostConfig.SecurityOpt: write its seccomp profile to a file, for --security-opt=seccomp=FILE",
    );
  }
  return { flags, notes };
}

function isDefault(field: string, content: unknown, image: ImageSettings): boolean {
  const ofImage = image[field as keyof ImageSettings];
  const defaults = ofImage ? [ofImage] : ENGINE_DEFAULTS[field as BodyField] ?? [];
  return defaults.some((value) => isEqual(value, content));
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
