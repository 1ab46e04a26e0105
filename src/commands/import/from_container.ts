/**
 * Turns a container that exists into a service: the settings that it has beyond its image and the engine's defaults
 * become flags. Settings for which there is no flag become notes.
 */
import { isDeepStrictEqual as isEqual } from "node:util";
import type { CreateBody, EndpointSettings, HostConfig } from "../../engine/create_body.ts";
import { withoutZeros } from "../../plan/body/without_zeros.ts";
import { networkValue, writeFlags } from "../../plan/flags/flag_writers.ts";
import { isUserDefined } from "../../plan/values/networks.ts";
import { flagsAndNotes, type ImportedService, notCarriedOver } from "./imported.ts";
import { list, type Mapping, mapping } from "./json_values.ts";

/** The engine prints null for many fields that are not set. */
type Inspected<T> = { readonly [K in keyof T]?: T[K] | null };

/** `Config`, which containers and images have. */
export type ImageSettings = Inspected<Omit<CreateBody, "Image" | "HostConfig" | "NetworkingConfig">>;

/** The answer of the Engine API to GET /containers/{id}/json, as far as it is read. */
export interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Config: ImageSettings & { readonly Image: string };
  readonly HostConfig: Inspected<HostConfig>;
  readonly NetworkSettings: {
    readonly Networks?: Readonly<Record<string, Inspected<EndpointSettings>>> | null;
  };
}

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

/** Labels by which other programs recognize their containers; the imported one is no longer theirs. */
const FOREIGN_LABEL = /^--label=(?:com\.docker\.compose|service_runner|com\.docker\.stack|desktop\.docker)\b/;
/** The engine prints the profile itself, where the flag takes the name of its file. */
const SECCOMP_TEXT = /^--security-opt=seccomp=[{["]/;

/** `image`: the settings of the container's image; `cgroupns`: the engine's own choice of --cgroupns. */
export function importContainerSettings(
  container: InspectedContainer,
  image: ImageSettings,
  cgroupns = "private",
): ImportedService {
  const { Config: config, HostConfig: host } = container;
  const name = container.Name.replace(/^\//, "");
  // The engine takes null for an empty list.
  const hasOwnEntrypoint = !isEqual(config.Entrypoint ?? [], image.Entrypoint ?? []);
  const hasOwnCommand = hasOwnEntrypoint || !isEqual(config.Cmd ?? [], image.Cmd ?? []);
  const usual = {
    ...usualFields(container, image),
    "HostConfig.CgroupnsMode": cgroupns,
    // Of another entrypoint, no word is the image's.
    Entrypoint: hasOwnEntrypoint ? undefined : config.Entrypoint,
  };
  return {
    source: `the container ${name}`,
    name,
    image: config.Image,
    pull: "missing",
    ...flagsAndNotes([
      ...fieldLines(container, usual),
      ...networkLines(container),
      `The container "${name}" has to make room before the service can start: docker stop ${name}; docker rename ${name} ${name}-before`,
    ]),
    command: [
      ...hasOwnEntrypoint ? (config.Entrypoint ?? []).slice(1) : [],
      ...hasOwnCommand ? config.Cmd ?? [] : [],
    ],
    health: config.Healthcheck ?? undefined,
    restart: host.RestartPolicy?.Name ?? "",
  };
}

/** Flags and notes for what is not usual. */
function fieldLines({ Config, HostConfig }: InspectedContainer, usual: Mapping): string[] {
  const lines = Object.entries({ ...withoutZeros(Config), ...ofHost(withoutZeros(HostConfig)) })
    .filter(([field, content]) => !NOT_CARRIED_OVER.includes(field) && !isEqual(content, usual[field]))
    .flatMap(([field, content]) =>
      writeFlags(field, beyond(usual[field], content)) ?? notCarriedOver(field, content)
    );
  const made = (HostConfig.Mounts ?? []).filter(({ BindOptions }) => BindOptions?.CreateMountpoint);
  return [
    ...lines.filter((line) => !FOREIGN_LABEL.test(line) && !SECCOMP_TEXT.test(line)),
    ...made.map(({ Source }) =>
      `HostConfig.Mounts: no flag has the folder ${Source} made: it has to be there.`
    ),
    ...lines.some((line) => SECCOMP_TEXT.test(line))
      ? ["HostConfig.SecurityOpt: write its seccomp profile to a file, for --security-opt=seccomp=FILE"]
      : [],
  ];
}

/** Of a list the items, of a map the entries that are not usual; any other content as it is. */
function beyond(usual: unknown, content: unknown): unknown {
  if (Array.isArray(content)) return content.filter((item) => !list(usual).includes(item));
  if (typeof content !== "object") return content;
  const [all, known] = [mapping(content), mapping(usual)];
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => !isEqual(value, known[name])));
}

/** What a container has where no flag was given. */
function usualFields({ Id, HostConfig }: InspectedContainer, image: ImageSettings): Mapping {
  const published = Object.keys(HostConfig.PortBindings ?? {}).map((port) => [port, {}]);
  return {
    StopSignal: "SIGTERM",
    ...withoutZeros(image),
    ExposedPorts: { ...image.ExposedPorts, ...Object.fromEntries(published) },
    Hostname: Id.slice(0, 12),
    ...ofHost({
      IpcMode: "private",
      Isolation: "default",
      // Where only --memory is given.
      MemorySwap: 2 * Number(HostConfig.Memory),
      MemorySwappiness: -1,
      Runtime: "runc",
      SecurityOpt: HostConfig.Privileged ? ["label=disable"] : [],
      ShmSize: 64 * 1024 * 1024,
    }),
  };
}

/** e.g. `Memory` → `HostConfig.Memory` */
function ofHost(fields: HostConfig): Mapping {
  return Object.fromEntries(Object.entries(fields).map(([name, content]) => [`HostConfig.${name}`, content]));
}

/** All networks but the default one; the first is the one of NetworkMode. */
function networkLines({ Id, HostConfig, NetworkSettings }: InspectedContainer): string[] {
  const mode = HostConfig.NetworkMode ?? "default";
  if (mode === "default" || mode === "bridge") return [];
  if (!isUserDefined(mode)) return [`--network=${mode}`];
  const all = Object.entries(NetworkSettings.Networks ?? {})
    .sort(([a], [b]) => Number(b === mode) - Number(a === mode));
  return all.flatMap(([name, { Aliases, MacAddress: _, ...endpoint }]) => {
    // The engine adds an alias that is the beginning of the container's id, and makes up the MAC address.
    const own = (Aliases ?? []).filter((alias) => !Id.startsWith(alias));
    const value = networkValue(name, { ...endpoint, Aliases: own });
    // What is written with fields the Docker CLI takes in lower case.
    if (value === name || value === value.toLowerCase()) return [`--network=${value}`];
    return [
      `--network=${name}`,
      `NetworkSettings.Networks: of "${name}" only the name, since the Docker CLI takes the rest in lower case`,
    ];
  });
}
