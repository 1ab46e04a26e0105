/**
 * The keys of a Compose service that name something beside it: networks, volumes, secrets and configs.
 * What `docker compose up` would make first becomes a command to be pasted, in a note.
 */
import { isDeepStrictEqual } from "node:util";
import { csvFields } from "../../plan/flags/flag_writers.ts";
import { isUserDefined } from "../../plan/values/networks.ts";
import { shellLine } from "../shell_words.ts";
import type { ComposeProject, Row } from "./compose_project.ts";
import { flags, items, list, type Mapping, mapping, text } from "./json_values.ts";

/** What the project says of it; `name` is the one that the engine knows. */
function declared(kind: string, key: unknown, project: Mapping): Mapping & { readonly name: string } {
  const found = mapping(mapping(project[kind])[text(key)]);
  return { ...found, name: text(found.name ?? key) };
}

/** `--network` for each, in the order in which Compose attaches them; the service's name is an alias on each. */
export function networks(value: unknown, project: ComposeProject, service: string): string[] {
  // The network that Compose makes for every project is of no use to a service that is alone in it.
  const plain = { name: `${project.name}_default`, ipam: {} };
  const used = [value, mapping(project.networks).default ?? plain];
  const isAlone = Object.keys(project.services).length === 1;
  if (isAlone && isDeepStrictEqual(used, [{ default: null }, plain])) return [];
  const attached = Object.entries(mapping(value)).map(([key, options]) => [key, mapping(options)] as const)
    .sort(([, a], [, b]) => Number(b.priority ?? 0) - Number(a.priority ?? 0));
  return attached.flatMap(([key, options]) => {
    const network = declared("networks", key, project);
    const { name } = network;
    const { aliases, driver_opts, interface_name: ifname } = options;
    const settings = csvFields({
      alias: isUserDefined(name) ? [...new Set([service, ...list(aliases)])] : [],
      ip: options.ipv4_address,
      ip6: options.ipv6_address,
      "mac-address": options.mac_address,
      "link-local-ip": options.link_local_ips,
      "driver-opt": {
        ...mapping(driver_opts),
        ...ifname !== undefined && { "com.docker.network.endpoint.ifname": ifname },
      },
      "gw-priority": options.gw_priority,
    });
    const notes = advice("network", network);
    if (settings.length === 0) return [`--network=${name}`, ...notes];
    if (name === name.toLowerCase()) return [`--network=name=${[name, ...settings].join(",")}`, ...notes];
    const lost = `${name} without ${settings.join(", ")}`;
    return [
      `--network=${name}`,
      ...notes,
      `networks: ${lost}: the Docker CLI takes them for lower-case names only.`,
    ];
  });
}

/** The command that makes the network or volume as Compose would; none where it is to be there already. */
function advice(kind: "network" | "volume", { name, external, ipam, ...settings }: Mapping): string[] {
  if (external === true) return [];
  const { driver, driver_opts: opt, labels: label, internal, attachable } = settings;
  const { driver: ipamDriver, options, config } = mapping(ipam);
  const fields = [
    { driver, opt, label, internal, attachable },
    // It is so anyway, and Docker CLIs before 28 do not know the flag.
    { ipv4: settings.enable_ipv4 === true ? undefined : settings.enable_ipv4, ipv6: settings.enable_ipv6 },
    { "ipam-driver": ipamDriver === "default" ? undefined : ipamDriver, "ipam-opt": options },
    ...items(config).map(({ subnet, ip_range, gateway, aux_addresses }) => (
      { subnet, "ip-range": ip_range, gateway, "aux-address": aux_addresses }
    )),
  ];
  const words = fields.flatMap(flags).map((word) => word.replace(/^(--\w+)=true$/, "$1"));
  // The engine makes a volume without settings itself.
  if (kind === "volume" && words.length === 0) return [];
  return [
    `The ${kind} ${name} has to be there before the first start ("docker compose down" removes it):\n` +
    `    ${shellLine(["docker", kind, "create", ...words, text(name)])}`,
  ];
}

/** `--volume` where that says all, as Compose does it, else `--mount`. */
export function volumes(value: unknown, project: ComposeProject): string[] {
  return items(value).flatMap(({ type, source: key, target, read_only, consistency, ...options }) => {
    const volume = type === "volume" && key !== undefined ? declared("volumes", key, project) : undefined;
    const source = volume?.name ?? key;
    const { selinux, create_host_path: isMade, ...bind } = mapping(options.bind);
    // e.g. `{ tmpfs: { size: 64 } }` → `tmpfs-size`
    const further = Object.entries({ ...options, bind }).flatMap(([kind, settings]) =>
      Object.entries(mapping(settings)).map(([name, setting]) => [`${kind}-${name}`, setting])
    );
    const { "tmpfs-mode": mode, "volume-labels": labels, ...others } = Object.fromEntries(further);
    const octal = mode === undefined ? undefined : Number(mode).toString(8);
    const settings = csvFields({ consistency, ...others, "volume-label": labels, "tmpfs-mode": octal });
    const access = [read_only === true && "ro", selinux].filter((word) => word).join(",");
    const parts = [source, target, access].filter((part) => part).map(text);
    const isReadable = !parts.some((part) => part.includes(":")) && (source || access === "");
    const isShort = type === "volume" || (type === "bind" && (options.bind === undefined || isMade));
    return [
      isShort && isReadable && settings.length === 0
        ? `--volume=${parts.join(":")}`
        : [mount({ type, source, target, readonly: read_only }), ...settings].join(","),
      ...volume === undefined ? [] : advice("volume", volume),
    ];
  });
}

function mount(fields: Mapping): string {
  return `--mount=${csvFields(fields).join(",")}`;
}

/** A secret or config that is a file is mounted, as Compose does it. */
export function mountedFiles(kind: "secrets" | "configs", folder: string): Row {
  return (value, project) =>
    items(value).map(({ source, target = source }) => {
      const { file } = declared(kind, source, project);
      const place = text(target).startsWith("/") ? target : folder + target;
      const flag = mount({ type: "bind", source: file ?? "FILE", target: place, readonly: true });
      return file !== undefined
        ? flag
        : `${kind}: "${source}" is no file; write it into one, and add: ${flag}`;
    });
}
