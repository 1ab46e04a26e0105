/**
 * The keys of a Compose service that name something beside it: networks, volumes, secrets and configs.
 * What `docker compose up` would make first becomes a command to be pasted, in a note.
 */
import { csvFields, plainValues } from "../../plan/flags/flag_writers.ts";
import { isUserDefined } from "../../plan/values/networks.ts";
import { shellLine } from "../shell_words.ts";
import {
  type ComposeProject,
  items,
  type KeyContext,
  list,
  type Mapping,
  mapping,
  text,
} from "./compose_project.ts";

type Kind = "networks" | "volumes" | "secrets" | "configs";

/** What the project says of it; `name` is the one that the engine knows. */
function declared(kind: Kind, key: string, project: ComposeProject): Mapping & { readonly name: string } {
  const found = mapping(mapping(project[kind])[key]);
  return { ...found, name: text(found.name ?? key) };
}

/** `--network` for each, in the order in which Compose attaches them; the service's name is an alias on each. */
export function networks(value: unknown, { project, service }: KeyContext): string[] {
  // The network that Compose makes for every project is of no use to a service that is alone in it.
  if (Object.keys(project.services).length === 1 && isUntouchedDefault(value, project)) return [];
  const attached = Object.entries(mapping(value))
    .map((
      [key, options],
    ) => ({ network: declared("networks", key, project), ...mapping(options) } as Mapping))
    .sort((a, b) => Number(b.priority ?? 0) - Number(a.priority ?? 0));
  return attached.flatMap(({ network, aliases, driver_opts, interface_name, ...options }) => {
    const { name } = network as { readonly name: string };
    const fields = csvFields({
      alias: isUserDefined(name) ? [...new Set([service, ...list(aliases)])] : [],
      ip: options.ipv4_address,
      ip6: options.ipv6_address,
      "mac-address": options.mac_address,
      "link-local-ip": options.link_local_ips,
      "driver-opt": driver_opts,
      "gw-priority": options.gw_priority,
      ...interface_name !== undefined &&
        { "driver-opt": { ...mapping(driver_opts), "com.docker.network.endpoint.ifname": interface_name } },
    });
    const notes = advice("network", network as Mapping);
    if (fields.length === 0) return [`--network=${name}`, ...notes];
    if (name === name.toLowerCase()) return [`--network=${["name=" + name, ...fields].join(",")}`, ...notes];
    notes.push(
      `networks: ${name} without ${fields.join(", ")}: the Docker CLI takes them for lower-case names only.`,
    );
    return [`--network=${name}`, ...notes];
  });
}

function isUntouchedDefault(value: unknown, project: ComposeProject): boolean {
  const plain = { name: `${project.name}_default`, ipam: {} };
  return JSON.stringify(value) === '{"default":null}' &&
    JSON.stringify(mapping(project.networks).default ?? plain) === JSON.stringify(plain);
}

/** The command that makes the network or volume as Compose would; none where it is to be there already. */
function advice(kind: "network" | "volume", { name, external, ipam, ...settings }: Mapping): string[] {
  if (external === true) return [];
  const { driver = "default", options, config } = mapping(ipam);
  const flags: [flag: string, value: unknown][] = [
    ["driver", settings.driver],
    ["opt", settings.driver_opts],
    ["label", settings.labels],
    ["internal", settings.internal],
    ["attachable", settings.attachable],
    ["ipv4", settings.enable_ipv4],
    ["ipv6", settings.enable_ipv6],
    ["ipam-driver", driver === "default" ? [] : driver],
    ["ipam-opt", options],
    ...items(config).flatMap(({ subnet, ip_range, gateway, aux_addresses }): [string, unknown][] => [
      ["subnet", subnet],
      ["ip-range", ip_range],
      ["gateway", gateway],
      ["aux-address", aux_addresses],
    ]),
  ];
  const words = flags.flatMap(([flag, value]) =>
    plainValues(value ?? []).map((item) => item === true ? `--${flag}` : `--${flag}=${item}`)
  );
  // The engine makes a volume without settings itself.
  if (kind === "volume" && words.length === 0) return [];
  return [
    `The ${kind} ${name} has to be there before the first start ("docker compose down" removes it):\n` +
    `    ${shellLine(["docker", kind, "create", ...words, text(name)])}`,
  ];
}

/** `--volume` where that says all, as Compose does it, else `--mount`. */
export function volumes(value: unknown, { project }: KeyContext): string[] {
  return items(value).flatMap(({ type, source: from, target, read_only, consistency, ...entry }) => {
    const isNamed = type === "volume" && from !== undefined;
    const volume = isNamed ? declared("volumes", text(from), project) : undefined;
    const source = volume?.name ?? from;
    const { selinux, create_host_path, ...bind } = mapping(entry.bind);
    const options = { ...entry, bind };
    const fields = Object.entries(options).flatMap(([kind, settings]) =>
      Object.entries(mapping(settings)).map(([name, setting]) => [`${kind}-${name}`, setting])
    );
    const notes = volume === undefined ? [] : advice("volume", volume);
    const isShort = type === "volume" || (type === "bind" && (entry.bind === undefined || create_host_path));
    const flags = [read_only === true && "ro", selinux].filter((flag) => flag).join(",");
    const parts = [source, target, flags].filter((part) => part).map(text);
    const isReadable = !parts.some((part) => part.includes(":")) && (source || flags === "");
    if (isShort && isReadable && consistency === undefined && fields.length === 0) {
      return [`--volume=${parts.join(":")}`, ...notes];
    }
    return [
      mount({ type, source, target, readonly: read_only, consistency, ...Object.fromEntries(fields) }),
      ...notes,
    ];
  });
}

/** `fields`: as `--mount` names them, but for what Compose writes in another way. */
function mount({ "volume-labels": labels, "tmpfs-mode": mode, ...fields }: Mapping): string {
  const others = {
    "volume-label": labels,
    "tmpfs-mode": mode === undefined ? mode : Number(mode).toString(8),
  };
  return `--mount=${csvFields({ ...fields, ...others }).join(",")}`;
}

/** A secret or config that is a file is mounted, as Compose does it. */
export function secretsOrConfigs(kind: "secrets" | "configs", folder: string) {
  return (value: unknown, { project }: KeyContext): string[] =>
    items(value).map(({ source, target = source }) => {
      const { file } = declared(kind, text(source), project);
      const place = text(target).startsWith("/") ? target : folder + target;
      const flag = mount({ type: "bind", source: file ?? "FILE", target: place, readonly: true });
      return file !== undefined
        ? flag
        : `${kind}: "${source}" is no file; write it into one, and add: ${flag}`;
    });
}
