/**
 * Turns a container that exists into a service: the settings that it has beyond its image and the engine's defaults
 * become flags. Settings for which there is no flag become notes.
 */
import { withoutZeros } from "../../plan/body/without_zeros.ts";
import type { BodyField, FieldContent } from "../../plan/flags/create_flags.ts";
import { flagArgument, networkValue, writeFlags } from "../../plan/flags/flag_writers.ts";
import { isUserDefined } from "../../plan/values/networks.ts";
import type { ImportedService } from "./imported.ts";
import type { ImageSettings, InspectedContainer } from "./inspected_container.ts";

interface Surroundings {
  readonly container: InspectedContainer;
  readonly image: ImageSettings;
}

/** The values that a container has where no flag was given. */
const ENGINE_DEFAULTS: { readonly [F in BodyField]?: FieldContent<F> } = {
  StopSignal: "SIGTERM",
  "HostConfig.IpcMode": "private",
  "HostConfig.Isolation": "default",
  "HostConfig.MemorySwappiness": -1,
  "HostConfig.Runtime": "runc",
  "HostConfig.ShmSize": 64 * 1024 * 1024,
};

/** Labels by which other programs recognize their containers; the imported one is no longer theirs. */
const FOREIGN_LABEL = /^(?:com\.docker\.compose|service_runner|com\.docker\.stack|desktop\.docker)\b/;

/** Fields of which only a part is the container's own; the rest is the image's, the engine's or another program's. */
const OWN_PART: { readonly [F in BodyField]?: (content: FieldContent<F>, where: Surroundings) => unknown } = {
  Env: (variables, { image }) => variables.filter((variable) => !image.Env?.includes(variable)),
  ExposedPorts: (ports, { image, container: { HostConfig } }) =>
    without(ports, { ...image.ExposedPorts, ...HostConfig.PortBindings }),
  Hostname: (name, { container: { Id } }) => Id.startsWith(name) ? [] : name,
  Labels: (labels, { image }) =>
    Object.fromEntries(
      Object.entries(labels).filter(([name, value]) =>
        image.Labels?.[name] !== value && !FOREIGN_LABEL.test(name)
      ),
    ),
  Volumes: (volumes, { image }) => without(volumes, image.Volumes ?? {}),
  // The engine sets it to twice the memory where only --memory is given.
  "HostConfig.MemorySwap": (bytes, { container: { HostConfig: { Memory } } }) =>
    bytes === 2 * Number(Memory) ? [] : bytes,
  // The engine adds "label=disable" to a privileged container.
  "HostConfig.SecurityOpt": (options, { container: { HostConfig: { Privileged } } }) =>
    options.filter((option) => !isSeccompText(option) && (!Privileged || option !== "label=disable")),
};

/**
 * Fields that are no setting of a service: read elsewhere (image, command, networks, restarts), of an attached client,
 * of the existing container alone, or filled in by the engine.
 */
// deno-fmt-ignore
const NOT_CARRIED_OVER = [
  "ArgsEscaped", "AttachStderr", "AttachStdin", "AttachStdout", "Cmd", "Image", "OnBuild", "StdinOnce",
  "HostConfig.AutoRemove", "HostConfig.Cgroup", "HostConfig.ConsoleSize", "HostConfig.ContainerIDFile",
  "HostConfig.NetworkMode", "HostConfig.ReadonlyPaths", "HostConfig.RestartPolicy",
];

/** `image`: the settings of the container's image; `cgroupns`: the engine's own choice of --cgroupns. */
export function importContainerSettings(
  container: InspectedContainer,
  image: ImageSettings,
  cgroupns = "private",
): ImportedService {
  const { Config: config, HostConfig: host } = container;
  const name = container.Name.replace(/^\//, "");
  const { flags, notes } = containerFlags(container, image, cgroupns);
  notes.push(
    `The container "${name}" has to make room before the service can start: docker stop ${name}; docker rename ${name} ${name}-before`,
  );
  // The engine takes null for an empty list.
  const hasOwnEntrypoint = !isEqual(config.Entrypoint ?? [], image.Entrypoint ?? []);
  const hasOwnCommand = hasOwnEntrypoint || !isEqual(config.Cmd ?? [], image.Cmd ?? []);
  return {
    source: `the container ${name}`,
    name,
    image: config.Image,
    pull: "missing",
    flags,
    command: [
      ...hasOwnEntrypoint ? (config.Entrypoint ?? []).slice(1) : [],
      ...hasOwnCommand ? config.Cmd ?? [] : [],
    ],
    health: config.Healthcheck ?? undefined,
    restart: host.RestartPolicy?.Name ?? "",
    notes,
  };
}

/** e.g. `["--memory=64m", "--tty"]`; and a note for each setting that no flag gives. */
function containerFlags(
  container: InspectedContainer,
  image: ImageSettings,
  cgroupns: string,
): { readonly flags: string[]; readonly notes: string[] } {
  const host = Object.entries(withoutZeros(container.HostConfig));
  const settings: [field: string, content: unknown][] = [
    ...Object.entries(withoutZeros(container.Config)),
    ...host.map(([name, content]): [string, unknown] => [`HostConfig.${name}`, content]),
  ];
  const defaults = { ...ENGINE_DEFAULTS, "HostConfig.CgroupnsMode": cgroupns } as Record<string, unknown>;
  const flags: string[] = [];
  const notes: string[] = [];
  for (const [field, content] of settings) {
    const usual = image[field as keyof ImageSettings] || defaults[field];
    if (NOT_CARRIED_OVER.includes(field) || (usual !== undefined && isEqual(usual, content))) continue;
    const own = OWN_PART[field as BodyField] as
      | ((content: unknown, where: Surroundings) => unknown)
      | undefined;
    const written = writeFlags(field, own === undefined ? content : own(content, { container, image }));
    if (written !== undefined) flags.push(...written);
    else notes.push(`${field}: not carried over: ${JSON.stringify(content)}`);
  }
  for (const { Source, BindOptions } of container.HostConfig.Mounts ?? []) {
    if (!BindOptions?.CreateMountpoint) continue;
    notes.push(`HostConfig.Mounts: no flag has the folder ${Source} made: it has to be there.`);
  }
  if (container.HostConfig.SecurityOpt?.some(isSeccompText)) {
    notes.push(
      "HostConfig.SecurityOpt: write its seccomp profile to a file, for --security-opt=seccomp=FILE",
    );
  }
  return { flags: [...flags, ...networkFlags(container, notes)], notes };
}

/** All networks but the default one; the first is the one of NetworkMode. */
function networkFlags({ Id, HostConfig, NetworkSettings }: InspectedContainer, notes: string[]): string[] {
  const mode = HostConfig.NetworkMode ?? "default";
  if (!isUserDefined(mode)) {
    return mode === "default" || mode === "bridge" ? [] : [flagArgument("network", mode)];
  }
  const all = Object.entries(NetworkSettings.Networks ?? {})
    .sort(([a], [b]) => Number(b === mode) - Number(a === mode));
  return all.map(([name, { Aliases, MacAddress: _, ...endpoint }]) => {
    // The engine adds an alias that is the beginning of the container's id, and makes up the MAC address.
    const own = (Aliases ?? []).filter((alias) => !Id.startsWith(alias));
    const value = networkValue(name, { ...endpoint, Aliases: own });
    // What is written with fields the Docker CLI takes in lower case.
    if (value === name || value === value.toLowerCase()) return flagArgument("network", value);
    notes.push(
      `NetworkSettings.Networks: of "${name}" only the name, since the Docker CLI takes the rest in lower case`,
    );
    return flagArgument("network", name);
  });
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The engine prints the profile itself, where the flag takes the name of its file. */
function isSeccompText(option: string): boolean {
  return /^seccomp=[{["]/.test(option);
}

/** The entries of `map` whose names are not in `other`. */
function without<T extends object>(map: T, other: object): object {
  return Object.fromEntries(Object.entries(map).filter(([name]) => !Object.hasOwn(other, name)));
}
