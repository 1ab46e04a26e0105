/**
 * Writes the content of a container's field as values of the flag that sets the field.
 * Which flag that is, the rows of `plan/flags/create_flags.ts` say.
 */
import type { DeviceRequest, Mount } from "../../engine/create_body.ts";
import { withoutZeros } from "../../plan/body/without_zeros.ts";
import type { BodyField, FieldContent } from "../../plan/flags/create_flags.ts";
import { isUserDefined } from "../../plan/values/networks.ts";
import type { ImageSettings, InspectedContainer } from "./inspected_container.ts";

interface Surroundings {
  readonly container: InspectedContainer;
  readonly image: ImageSettings;
}

/** Labels by which other programs recognize their containers; the imported one is no longer theirs. */
const FOREIGN_LABEL = /^(?:com\.docker\.compose|service_runner|com\.docker\.stack|desktop\.docker)\b/;

const NOT_CARRIED_OVER = () => [];

/**
 * The fields that `plainValues` does not write rightly. None: the flag is not given.
 * A field that has no entry here and is not plain text fails the test of the way back.
 */
const WRITERS: {
  readonly [F in BodyField]?: (content: FieldContent<F>, where: Surroundings) => readonly unknown[];
} = {
  Entrypoint: ([program = ""]) => [program],
  Env: (variables, { image }) => variables.filter((variable) => !image.Env?.includes(variable)),
  ExposedPorts: (ports, { image, container: { HostConfig } }) =>
    Object.keys(ports).filter((port) =>
      !isIn(image.ExposedPorts, port) && !isIn(HostConfig.PortBindings, port)
    ),
  // Any other health check becomes a check of the service.
  Healthcheck: ({ Test }) => Test?.[0] === "NONE" ? [true] : [],
  Hostname: (name, { container: { Id } }) => Id.startsWith(name) ? [] : [name],
  Labels: (labels, { image }) =>
    Object.entries(labels).filter(([name, value]) =>
      image.Labels?.[name] !== value && !FOREIGN_LABEL.test(name)
    ).map(([name, value]) => `${name}=${value}`),
  Volumes: (volumes, { image }) => Object.keys(volumes).filter((path) => !isIn(image.Volumes, path)),
  // A note is made of it: systemd restarts the service.
  "HostConfig.RestartPolicy": NOT_CARRIED_OVER,
  // service_runner removes the container itself.
  "HostConfig.AutoRemove": NOT_CARRIED_OVER,
  // The file belongs to the existing container.
  "HostConfig.ContainerIDFile": NOT_CARRIED_OVER,
  // It may just be the engine's default; and the lines go to the journal anyway.
  "HostConfig.LogConfig": NOT_CARRIED_OVER,
  "HostConfig.BlkioWeightDevice": (devices) => devices.map(({ Path, Weight }) => `${Path}:${Weight}`),
  "HostConfig.BlkioDeviceReadBps": rates,
  "HostConfig.BlkioDeviceReadIOps": rates,
  "HostConfig.BlkioDeviceWriteBps": rates,
  "HostConfig.BlkioDeviceWriteIOps": rates,
  "HostConfig.Devices": (devices) =>
    devices.map(({ PathOnHost, PathInContainer, CgroupPermissions }) =>
      `${PathOnHost}:${PathInContainer}:${CgroupPermissions}`
    ),
  "HostConfig.DeviceRequests": (requests) => requests.map(gpusValue),
  // e.g. `/db:/web/alias`
  "HostConfig.Links": (links) => links.map((link) => link.replace(/[^:]*\//g, "")),
  "HostConfig.MaskedPaths": (paths) => paths.length === 0 ? ["systempaths=unconfined"] : [],
  // The engine sets it to twice the memory where only --memory is given.
  "HostConfig.MemorySwap": (bytes, { container: { HostConfig: { Memory } } }) =>
    bytes === 2 * Number(Memory) ? [] : [bytes],
  "HostConfig.Mounts": (mounts) => mounts.map(mountValue),
  "HostConfig.NanoCpus": (nano) => [Number(nano) / 1e9],
  "HostConfig.NetworkMode": networks,
  "HostConfig.PortBindings": ports,
  // The engine adds "label=disable" to a privileged container.
  "HostConfig.SecurityOpt": (options, { container: { HostConfig: { Privileged } } }) =>
    options.filter((option) => !isSeccompText(option) && (!Privileged || option !== "label=disable")),
  "HostConfig.Tmpfs": (mounts) =>
    Object.entries(mounts).map(([path, options]) => options === "" ? path : `${path}:${options}`),
  "HostConfig.Ulimits": (limits) => limits.map(({ Name, Soft, Hard }) => `${Name}=${Soft}:${Hard}`),
};

/** The values of the field's flag, e.g. `["64"]`; empty where the flag is not to be given. */
export function fieldValues(field: string, content: unknown, where: Surroundings): readonly unknown[] {
  const write = WRITERS[field as BodyField] as
    | ((content: unknown, where: Surroundings) => readonly unknown[])
    | undefined;
  return write === undefined ? plainValues(content) : write(content, where);
}

/** The items of a list, the `name=value` pairs of a map, or the single value. */
function plainValues(content: unknown): readonly unknown[] {
  if (typeof content !== "object" || content === null) return [content];
  return Array.isArray(content) ? content : Object.entries(content).map(([name, item]) => `${name}=${item}`);
}

/** The engine prints the profile itself, where the flag takes the name of its file. */
export function isSeccompText(option: string): boolean {
  return /^seccomp=[{["]/.test(option);
}

function isIn(map: object | null | undefined, key: string): boolean {
  return Object.hasOwn(map ?? {}, key);
}

function rates(devices: FieldContent<"HostConfig.BlkioDeviceReadBps">): string[] {
  return devices.map(({ Path, Rate }) => `${Path}:${Rate}`);
}

/** e.g. `127.0.0.1:8080:80/udp` */
function ports(bindings: FieldContent<"HostConfig.PortBindings">): string[] {
  return Object.entries(bindings).flatMap(([port, hosts]) =>
    (hosts ?? []).map(({ HostIp = "", HostPort = "" }) => {
      const address = HostIp === "" ? "" : `${HostIp.includes(":") ? `[${HostIp}]` : HostIp}:`;
      const published = HostPort === "" && address === "" ? "" : `${HostPort}:`;
      return `${address}${published}${port.replace(/\/tcp$/, "")}`;
    })
  );
}

/** All networks but the default one. */
function networks(mode: string, { container: { Id, NetworkSettings } }: Surroundings): string[] {
  if (!isUserDefined(mode)) return mode === "default" || mode === "bridge" ? [] : [mode];
  // The first --network is the one of NetworkMode.
  const all = Object.entries(NetworkSettings.Networks ?? {})
    .sort(([a], [b]) => Number(b === mode) - Number(a === mode));
  return all.map(([name, { Aliases, IPAMConfig, DriverOpts, GwPriority }]) => {
    const fields = csvFields({
      // The engine adds an alias that is the beginning of the container's id.
      alias: (Aliases ?? []).filter((alias) => !Id.startsWith(alias)),
      ip: IPAMConfig?.IPv4Address,
      ip6: IPAMConfig?.IPv6Address,
      "link-local-ip": IPAMConfig?.LinkLocalIPs,
      "driver-opt": DriverOpts,
      "gw-priority": GwPriority,
    });
    return fields.length === 0 ? name : [`name=${name}`, ...fields].join(",");
  });
}

function gpusValue({ Driver, Count = 0, DeviceIDs, Capabilities, Options }: DeviceRequest): string {
  const devices = DeviceIDs?.join(",");
  return csvFields({
    driver: Driver,
    device: devices,
    count: devices ? undefined : Count === -1 ? "all" : String(Count),
    // --gpus always adds the capability "gpu".
    capabilities: Capabilities?.[0]?.filter((name) => name !== "gpu").join(","),
    options: plainValues(Options ?? {}).join(","),
  }).join(",");
}

function mountValue(mount: Mount): string {
  const { BindOptions: bind, VolumeOptions: volume, ImageOptions: image, TmpfsOptions: tmpfs } = mount;
  return csvFields({
    type: mount.Type,
    source: mount.Source,
    target: mount.Target,
    readonly: mount.ReadOnly,
    consistency: mount.Consistency,
    "bind-propagation": bind?.Propagation,
    "bind-recursive": bind?.NonRecursive
      ? "disabled"
      : bind?.ReadOnlyForceRecursive
      ? "readonly"
      : bind?.ReadOnlyNonRecursive && "writable",
    "volume-nocopy": volume?.NoCopy,
    "volume-driver": volume?.DriverConfig?.Name,
    "volume-opt": volume?.DriverConfig?.Options,
    "volume-label": volume?.Labels,
    "volume-subpath": volume?.Subpath,
    "image-subpath": image?.Subpath,
    "tmpfs-size": tmpfs?.SizeBytes,
    "tmpfs-mode": tmpfs?.Mode?.toString(8),
  }).join(",");
}

/** The fields that are set, e.g. `["type=bind", "readonly"]`; quoted where they contain a comma. */
function csvFields(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(withoutZeros(fields)).flatMap(([name, value]) =>
    value === true ? [name] : plainValues(value).map((item) => {
      const field = `${name}=${item}`;
      return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
    })
  );
}
