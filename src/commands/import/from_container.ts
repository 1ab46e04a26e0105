/**
 * A container that exists → a service: what its settings add to those of its image, as flags.
 * In: ContainerInspect and ImageInspect of the Engine API. Out: a service; settings that no flag gives are notes.
 */
import { importHealthCheck } from "./health_check.ts";
import { HOST_CONFIG_FLAGS, isNothing } from "./host_config_flags.ts";
import { restartNote } from "./from_arguments.ts";
import type { ImportedFlag, ImportedService } from "./imported.ts";

/** GET /containers/{id}/json and /images/{id}/json: the settings that both have. */
export interface ImageSettings {
  readonly Env?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Entrypoint?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
  readonly Volumes?: Readonly<Record<string, unknown>> | null;
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
  readonly StopTimeout?: number | null;
  readonly Hostname?: string;
  readonly Domainname?: string;
  readonly Tty?: boolean;
  readonly OpenStdin?: boolean;
  readonly Healthcheck?: {
    readonly Test?: readonly string[];
    readonly Interval?: number;
    readonly Timeout?: number;
    readonly StartPeriod?: number;
    readonly Retries?: number;
  } | null;
}

export interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Config: ImageSettings & { readonly Image: string };
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly NetworkSettings: {
    readonly Networks?: Readonly<Record<string, InspectedEndpoint>> | null;
  };
}

interface InspectedEndpoint {
  readonly Aliases?: readonly string[] | null;
  readonly IPAMConfig?: { readonly IPv4Address?: string; readonly IPv6Address?: string } | null;
}

/** Labels by which other programs know their own containers; this one is to be ours. */
const FOREIGN_LABEL = /^(?:com\.docker\.compose|service_runner|com\.docker\.stack|desktop\.docker)\b/;

export function importContainerSettings(
  container: InspectedContainer,
  image: ImageSettings,
): ImportedService {
  const { Config: config, HostConfig: host } = container;
  const flags: string[] = [...configFlags(container, image), ...networkFlags(container)];
  const notes: string[] = [];
  for (const [key, value] of Object.entries(host)) {
    const row = HOST_CONFIG_FLAGS.get(key);
    if (row !== undefined) flags.push(...row(value, host));
    else if (!isNothing(value)) notes.push(`HostConfig.${key}: not carried over: ${JSON.stringify(value)}`);
  }
  const restart = (host.RestartPolicy as { Name?: string } | undefined)?.Name ?? "";
  if (restart !== "" && restart !== "no") notes.push(restartNote(restart));
  const check = config.Healthcheck && importHealthCheck({
    test: config.Healthcheck.Test ?? [],
    interval: config.Healthcheck.Interval,
    timeout: config.Healthcheck.Timeout,
    startPeriod: config.Healthcheck.StartPeriod,
    retries: config.Healthcheck.Retries,
  });
  const network = Object.keys(container.NetworkSettings.Networks ?? {})[0];
  const name = container.Name.replace(/^\//, "");
  notes.push(
    `The container "${name}" itself has to go before the service can start: docker rm --force ${name}`,
  );
  const ownEntrypoint = !isEqual(config.Entrypoint ?? [], image.Entrypoint ?? []);
  const command = ownEntrypoint || !isEqual(config.Cmd ?? [], image.Cmd ?? []) ? config.Cmd ?? [] : [];
  return {
    source: `the container ${name}`,
    name,
    image: config.Image,
    pull: "missing",
    flags: flags.map((argument): ImportedFlag => ({ argument })),
    command: [...ownEntrypoint ? (config.Entrypoint ?? []).slice(1) : [], ...command],
    network: network === "host" || network === "none" ? undefined : network,
    checks: check ? [check] : [],
    notes,
  };
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function* configFlags({ Id, Config: config }: InspectedContainer, image: ImageSettings): Generator<string> {
  const fromImage = new Set(image.Env ?? []);
  for (const variable of config.Env ?? []) if (!fromImage.has(variable)) yield `--env=${variable}`;
  for (const [name, value] of Object.entries(config.Labels ?? {})) {
    if (image.Labels?.[name] !== value && !FOREIGN_LABEL.test(name)) yield `--label=${name}=${value}`;
  }
  if (!isEqual(config.Entrypoint ?? [], image.Entrypoint ?? [])) {
    yield `--entrypoint=${config.Entrypoint?.[0] ?? ""}`;
  }
  if (config.User && config.User !== image.User) yield `--user=${config.User}`;
  if (config.WorkingDir && config.WorkingDir !== image.WorkingDir) yield `--workdir=${config.WorkingDir}`;
  if (config.Hostname && !Id.startsWith(config.Hostname)) yield `--hostname=${config.Hostname}`;
  if (config.Domainname) yield `--domainname=${config.Domainname}`;
  if (config.StopSignal && config.StopSignal !== (image.StopSignal ?? "SIGTERM")) {
    yield `--stop-signal=${config.StopSignal}`;
  }
  if (config.StopTimeout !== undefined && config.StopTimeout !== null) {
    yield `--stop-timeout=${config.StopTimeout}`;
  }
  if (config.Tty) yield "--tty";
  if (config.OpenStdin) yield "--interactive";
  for (const path of Object.keys(config.Volumes ?? {})) {
    if (!Object.hasOwn(image.Volumes ?? {}, path)) yield `--volume=${path}`;
  }
}

/** All networks but the default one. */
function* networkFlags({ Id, HostConfig, NetworkSettings }: InspectedContainer): Generator<string> {
  const mode = String(HostConfig.NetworkMode ?? "default");
  const isName = !/^(?:default|bridge|host|none|container:.*)$/.test(mode);
  if (!isName) {
    if (mode !== "default" && mode !== "bridge") yield `--network=${mode}`;
    return;
  }
  for (const [name, { Aliases, IPAMConfig }] of Object.entries(NetworkSettings.Networks ?? {})) {
    const fields = [
      ...(Aliases ?? []).filter((alias) => !Id.startsWith(alias)).map((alias) => `alias=${alias}`),
      ...IPAMConfig?.IPv4Address ? [`ip=${IPAMConfig.IPv4Address}`] : [],
      ...IPAMConfig?.IPv6Address ? [`ip6=${IPAMConfig.IPv6Address}`] : [],
    ];
    yield fields.length === 0 ? `--network=${name}` : `--network=${[`name=${name}`, ...fields].join(",")}`;
  }
}
