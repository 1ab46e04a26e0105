/**
 * Writes a field of a create body as the flags that set it: the way back of the rows in `create_flags.ts`.
 * In: what `docker inspect` prints of the field, or what Compose would send. Out: e.g. `--publish=8080:80`.
 */
import type { DeviceRequest, EndpointSettings, Mount } from "../../engine/create_body.ts";
import { withoutZeros } from "../body/without_zeros.ts";
import { type BodyField, type FieldContent, FLAGS_BY_FIELD, FLAGS_BY_NAME } from "./create_flags.ts";

/**
 * The fields that `plainValues` does not write rightly.
 * A field that has no entry here and is not plain text fails the test of the way back.
 */
const WRITERS: { readonly [F in BodyField]?: (content: FieldContent<F>) => readonly unknown[] } = {
  Entrypoint: ([program = ""]) => [program],
  ExposedPorts: Object.keys,
  // Any other health check becomes a check of the service.
  Healthcheck: ({ Test }) => Test?.[0] === "NONE" ? [true] : [],
  Volumes: Object.keys,
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
  "HostConfig.Mounts": (mounts) => mounts.map(mountValue),
  "HostConfig.NanoCpus": (nano) => [Number(nano) / 1e9],
  "HostConfig.PortBindings": ports,
  "HostConfig.Tmpfs": (mounts) =>
    Object.entries(mounts).map(([path, options]) => options === "" ? path : `${path}:${options}`),
  "HostConfig.Ulimits": (limits) =>
    limits.map(({ Name, Soft, Hard }) => `${Name}=${Soft === Hard ? Soft : `${Soft}:${Hard}`}`),
};

/** The flags that set the field to this content; undefined where no flag sets it. */
export function writeFlags(field: string, content: unknown): readonly string[] | undefined {
  const flag = FLAGS_BY_FIELD.get(field);
  if (flag === undefined) return undefined;
  // A path with a colon in it would be read as two, the first one of the host; but for that of a drive letter.
  if (field === "Volumes" && Object.keys(content as object).some((path) => path.lastIndexOf(":") > 1)) {
    return undefined;
  }
  if (field === "HostConfig.LogConfig") return logFlags(content as FieldContent<typeof field>);
  const write = WRITERS[field as BodyField] as ((content: unknown) => readonly unknown[]) | undefined;
  return (write ?? plainValues)(content).map((value) => flagArgument(flag.name, String(value)));
}

/** A flag as one argument: `--memory=512m`, `--tty`; sizes with the greatest unit in which they are whole. */
export function flagArgument(name: string, value: string): string {
  const kind = FLAGS_BY_NAME.get(name)?.kind;
  if (kind === "bool" && value === "true") return `--${name}`;
  return `--${name}=${kind === "bytes" ? withUnit(value) : value}`;
}

function withUnit(bytes: string): string {
  let size = /^[1-9]\d{0,14}$/.test(bytes) ? Number(bytes) : 0;
  let units = 0;
  for (; size > 0 && size % 1024 === 0 && units < 3; units++) size /= 1024;
  return units === 0 ? bytes : `${size}${"kmg"[units - 1]}`;
}

/** The items of a list, the `name=value` pairs of a map (a name alone for null), or the single value. */
export function plainValues(content: unknown): readonly unknown[] {
  if (typeof content !== "object" || content === null) return [content];
  if (Array.isArray(content)) return content;
  return Object.entries(content).map(([name, item]) => item === null ? name : `${name}=${item}`);
}

function rates(devices: FieldContent<"HostConfig.BlkioDeviceReadBps">): string[] {
  return devices.map(({ Path, Rate }) => `${Path}:${Rate}`);
}

function logFlags({ Type = "", Config }: FieldContent<"HostConfig.LogConfig">): string[] {
  const options = plainValues(Config ?? {}).map((option) => `--log-opt=${option}`);
  // Without options it is what the engine does anyway.
  return Type === "" || (Type === "json-file" && options.length === 0)
    ? options
    : [`--log-driver=${Type}`, ...options];
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

/** The value of `--network` for one network. The long form is read in lower case, as the Docker CLI does it. */
export function networkValue(name: string, endpoint: { [K in keyof EndpointSettings]?: unknown }): string {
  const { IPv4Address, IPv6Address, LinkLocalIPs } = (endpoint.IPAMConfig ?? {}) as
    & EndpointSettings[
      "IPAMConfig"
    ]
    & object;
  const fields = csvFields({
    alias: endpoint.Aliases,
    ip: IPv4Address,
    ip6: IPv6Address,
    "mac-address": endpoint.MacAddress,
    "link-local-ip": LinkLocalIPs,
    "driver-opt": endpoint.DriverOpts,
    "gw-priority": endpoint.GwPriority,
  });
  return fields.length === 0 ? name : [`name=${name}`, ...fields].join(",");
}

/** e.g. `all`, `1,driver=nvidia` or `"device=0,1"` */
function gpusValue({ Driver, Count = 0, DeviceIDs, Capabilities, Options }: DeviceRequest): string {
  const devices = DeviceIDs?.join(",");
  const fields = csvFields({
    device: devices,
    driver: Driver,
    // --gpus always adds the capability "gpu".
    capabilities: Capabilities?.[0]?.filter((name) => name !== "gpu").join(","),
    options: plainValues(Options ?? {}).join(","),
  });
  return [...devices ? [] : [Count === -1 ? "all" : Count], ...fields].join(",");
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
export function csvFields(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(withoutZeros(fields)).flatMap(([name, value]) =>
    value === true ? [name] : plainValues(value).map((item) => {
      const field = `${name}=${item}`;
      return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
    })
  );
}
