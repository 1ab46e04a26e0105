/** The keys of a Compose service that have keys of their own. */
import { absolutePath } from "../../host/paths.ts";
import { type ComposeFile, mapping } from "./compose_file.ts";
import { list, realName, scalar } from "./compose_values.ts";
import { restartNote } from "./from_arguments.ts";

export interface KeyContext {
  readonly file: ComposeFile;
  readonly folder: string;
  readonly service: string;
}

/** What a key becomes. */
export interface Carried {
  readonly flags?: readonly string[];
  readonly notes?: readonly string[];
}

/** `networks:` → `--network`, by the names that Compose gives to networks. */
export function networks(value: unknown, { file }: KeyContext): Carried {
  const entries = Array.isArray(value)
    ? value.map((name) => [scalar(name), null])
    : Object.entries(mapping(value));
  const flags = entries.map(([name, options]) => {
    const { aliases, ipv4_address: ip, ipv6_address: ip6 } = mapping(options);
    const fields = [
      ...list(aliases).map((alias) => `alias=${scalar(alias)}`),
      ...ip === undefined ? [] : [`ip=${scalar(ip)}`],
      ...ip6 === undefined ? [] : [`ip6=${scalar(ip6)}`],
    ];
    const network = realName(scalar(name), file.networks, file.project);
    return `--network=${fields.length === 0 ? network : [`name=${network}`, ...fields].join(",")}`;
  });
  const own = entries.map(([name]) => realName(scalar(name), file.networks, file.project))
    .filter((name) => name.startsWith(`${file.project}_`));
  return {
    flags,
    notes: own.length === 0 ? [] : [
      `networks: "docker compose down" removes them; to keep them: ${
        own.map((name) => `docker network create ${name}`).join("; ")
      }`,
    ],
  };
}

export function networkMode(value: unknown, { file }: KeyContext): Carried {
  const service = /^service:(.*)$/.exec(scalar(value))?.[1];
  if (service === undefined) return { flags: [`--network=${scalar(value)}`] };
  return { flags: [`--network=container:${containerName(service, file)}`] };
}

/** The container name that the file gives, or the service's name; the imported service is named so. */
export function containerName(service: string, { services }: ComposeFile): string {
  return scalar(services[service]?.container_name ?? service);
}

export function deploy(value: unknown): Carried {
  const { resources, replicas, restart_policy: restart } = mapping(value);
  const { limits, reservations } = mapping(resources);
  const { cpus, memory, pids } = mapping(limits);
  const reserved = mapping(reservations).memory;
  const flags = [["cpus", cpus], ["memory", memory], ["pids-limit", pids], [
    "memory-reservation",
    reserved,
  ]] as const;
  const notes = [];
  if (replicas !== undefined && Number(replicas) !== 1) {
    notes.push(`deploy.replicas: one container a service.`);
  }
  if (restart !== undefined) notes.push(restartNote(scalar(mapping(restart).condition ?? "any")));
  return {
    flags: flags.filter(([, limit]) => limit !== undefined).map(([flag, limit]) =>
      `--${flag}=${scalar(limit)}`
    ),
    notes,
  };
}

export function files(kind: "secrets" | "configs", value: unknown, { file, folder }: KeyContext): Carried {
  const flags: string[] = [];
  const notes: string[] = [];
  for (const entry of list(value)) {
    const { source = entry, target } = mapping(entry);
    const name = scalar(source);
    const declared = mapping(file[kind][name]);
    const inContainer = scalar(target ?? name);
    const place = inContainer.startsWith("/")
      ? inContainer
      : `${kind === "secrets" ? "/run/secrets" : ""}/${inContainer}`;
    if (typeof declared.file === "string") {
      flags.push(`--mount=type=bind,source=${absolutePath(declared.file, folder)},target=${place},readonly`);
    } else notes.push(`${kind}: "${name}" is no file; write it into one, and mount that at ${place}.`);
  }
  return { flags, notes };
}

export function dependsOn(value: unknown, { file, service }: KeyContext): string {
  const needed = Array.isArray(value) ? value.map(scalar) : Object.keys(mapping(value));
  const units = needed.map((name) => `service_runner@${containerName(name, file)}.service`).join(" ");
  const finished = Object.entries(mapping(value))
    .filter(([, options]) => mapping(options).condition === "service_completed_successfully")
    .map(([name]) => name);
  return [
    `depends_on: systemd knows what needs what; "systemctl edit service_runner@${
      containerName(service, file)
    }":`,
    "    [Unit]",
    `    Wants=${units}`,
    `    After=${units}`,
    ...finished.map((name) => `${name} is to have ended before: that is a unit of Type=oneshot.`),
  ].join("\n");
}
