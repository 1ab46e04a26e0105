/** Turns one service of a Compose file into a service of service_runner. */
import { nearest } from "../../nearest.ts";
import { rewordError } from "../../plan/values/reword_error.ts";
import { DECIMAL, parseInteger } from "../../plan/values/go_numbers.ts";
import { COMPOSE_KEYS } from "./compose_keys.ts";
import { containerName, type KeyContext } from "./compose_sections.ts";
import { ComposeError, type ComposeFile, type Mapping, mapping } from "./compose_file.ts";
import { list, nanoseconds, scalar, words } from "./compose_values.ts";
import { checkNetwork } from "./from_arguments.ts";
import { importHealthCheck } from "./health_check.ts";
import type { ImportedCheck, ImportedService } from "./imported.ts";

export interface ComposeOptions {
  /** As the user wrote it. */
  readonly path: string;
  readonly folder: string;
  /** Undefined for the only service of the file. */
  readonly service: string | undefined;
}

/** Any other policy, such as "build" or "daily", becomes "missing". */
const PULL_POLICIES = ["always", "never"];

/** @throws ComposeError */
export function importComposeService(file: ComposeFile, options: ComposeOptions): ImportedService {
  const { folder, path } = options;
  const service = chosenService(file, options.service);
  const definition = file.services[service]!;
  const context = { file, folder, service };
  const { flags, notes } = carryOver(definition, context);
  const name = containerName(service, file);
  const pull = scalar(definition.pull_policy ?? "missing");
  // --entrypoint takes one word; the other words of an entrypoint go before the command.
  const command = [...words(definition.entrypoint).slice(1), ...words(definition.command)];
  const check = rewordError(
    () => healthCheckOf(mapping(definition.healthcheck)),
    (reason) => `healthcheck: ${reason}`,
  );
  return {
    source: `${path}, service ${service}`,
    name: name.length > 1 ? name : `${file.project}-${name}`,
    image: scalar(definition.image ?? `${file.project}-${service}`),
    pull: definition.build === undefined
      ? PULL_POLICIES.find((policy) => policy === pull) ?? "missing"
      : "never",
    flags: flags.map((argument) => ({ argument })),
    command,
    network: networkOf(flags),
    checks: check === undefined ? [] : [check],
    notes,
  };
}

function chosenService({ services }: ComposeFile, wanted: string | undefined): string {
  const names = Object.keys(services);
  if (wanted === undefined && names.length === 1) return names[0]!;
  if (wanted !== undefined && Object.hasOwn(services, wanted)) return wanted;
  const known = names.map((name) => `"${name}"`).join(", ");
  if (wanted === undefined) throw new ComposeError(`it has several services, name one of them: ${known}`);
  const near = nearest(wanted, names);
  throw new ComposeError(
    `it has no service "${wanted}"; ${near === undefined ? `it has ${known}` : `did you mean "${near}"?`}`,
  );
}

function carryOver(definition: Mapping, context: KeyContext): { flags: string[]; notes: string[] } {
  const flags: string[] = [];
  const notes: string[] = [];
  for (const [key, value] of Object.entries(definition)) {
    const row = COMPOSE_KEYS.get(key);
    if (row === undefined && !key.startsWith("x-")) {
      notes.push(`${key}: not carried over: ${JSON.stringify(value)}`);
    }
    const carried = rewordError(() => row?.(value, context) ?? {}, (reason) => `${key}: ${reason}`);
    flags.push(...carried.flags ?? []);
    notes.push(...carried.notes ?? []);
  }
  const isAlone = Object.keys(context.file.services).length === 1;
  if (definition.networks === undefined && definition.network_mode === undefined && !isAlone) {
    const network = `${context.file.project}_default`;
    flags.push(`--network=name=${network},alias=${context.service}`);
    notes.push(`The services find each other on the network ${network}: docker network create ${network}`);
  }
  return { flags, notes };
}

function networkOf(flags: readonly string[]): string | undefined {
  const first = flags.map((flag) => /^--network=(?:name=)?([^,]*)/.exec(flag)?.[1])
    .find((name) => name !== undefined);
  return checkNetwork(first ?? "bridge");
}

function healthCheckOf(
  { test, interval, timeout, start_period: startPeriod, retries, disable }: Mapping,
): ImportedCheck | undefined {
  if (test === undefined || disable === true) return undefined;
  return importHealthCheck({
    Test: typeof test === "string" ? ["CMD-SHELL", test] : list(test).map(scalar),
    Interval: nanoseconds(interval),
    Timeout: nanoseconds(timeout),
    StartPeriod: nanoseconds(startPeriod),
    Retries: parseInteger(scalar(retries ?? 0), { ...DECIMAL, signed: false }),
  });
}
