/**
 * A service that is being imported, and its config as YAML text.
 * What the source says but a config can not say becomes a comment.
 */
import { isLatest } from "../../engine/image_reference.ts";
import type { HealthConfig } from "../../engine/create_body.ts";
import { type ImportedCheck, importHealthCheck } from "./health_check.ts";
import { printableJson } from "../../printable.ts";

/** What the three sources have in common; the rest of the config follows from it. */
export interface ImportedService {
  /** Where it comes from, e.g. `docker run nginx`. */
  readonly source: string;
  readonly name: string;
  readonly image: string;
  readonly pull: string | undefined;
  /** The keys of `build`; undefined where the image is not built. */
  readonly build?: Readonly<Record<string, unknown>> | undefined;
  /** One argument each, e.g. `--publish=8080:80`. */
  readonly flags: readonly string[];
  readonly command: readonly string[];
  /** Becomes a check. */
  readonly health: HealthConfig | undefined;
  /** The restart policy: systemd does that instead. */
  readonly restart: string;
  /** What could not be carried over, a sentence each. */
  readonly notes: readonly string[];
}

const NETWORK = /^--net(?:work)?=(?:name=)?([^,]+)/;
const FROM_ENVIRONMENT = " # from the environment of the unit, see Environment= and EnvironmentFile= there";

/** The config as YAML text, comments included. */
export function renderConfig(service: ImportedService): string {
  const { source, flags, command, build, health } = service;
  // Docker pulls "latest" once and never again, which for a service is not meant.
  const pull = service.pull === "missing" && build === undefined && isLatest(service.image)
    ? "prefer"
    : service.pull;
  const [network = "bridge"] = flags.flatMap((flag) => NETWORK.exec(flag)?.[1] ?? []);
  const isReachable = !/^(?:none|container:.*)$/.test(network);
  const check = health && importHealthCheck(health, isReachable);
  const notes = [...service.notes, ...restartNote(service.restart)];
  const args = flags.map((flag) => `  - ${flow(flag)}${/^--env=[^=]*$/.test(flag) ? FROM_ENVIRONMENT : ""}`);
  const lines = [
    `# Imported from ${source}.`,
    ...notes.flatMap(comment),
    "",
    `name: ${flow(service.name)}`,
    `image: ${flow(service.image)}`,
    ...pull === undefined ? [] : [`pull: ${flow(pull)}`],
    ...build === undefined ? [] : [`build: ${flow(build)}`],
    ...args.length === 0 ? [] : ["container_create_args:", ...args],
    ...command.length === 0 ? [] : ["service_args:", ...command.map((word) => `  - ${flow(word)}`)],
    ...check === undefined ? [] : ["monitor:", ...networkLine(network), ...checkLines(check)],
  ];
  return `${lines.join("\n")}\n`;
}

/** The note on a restart policy; none where there is nothing to say. */
export function restartNote(policy: string): string[] {
  if (["", "no", "none"].includes(policy)) return [];
  const always = policy.startsWith("on-failure")
    ? ""
    : "; to have it restarted after exit code 0 as well, write Restart=always in a drop-in";
  return [`restart ${policy}: systemd restarts the service when it fails${always}.`];
}

/** The network on which checks reach the container; none where it has no address of its own. */
function networkLine(name: string): string[] {
  if (/^(?:host|none|container:.*)$/.test(name)) return [];
  return [`  public_network_name: ${flow(name === "default" ? "bridge" : name)}`];
}

function checkLines({ kind, keys, notes }: ImportedCheck): string[] {
  const entries = Object.entries(keys).filter(([, value]) => value !== undefined);
  return [
    `  ${kind}:`,
    ...entries.map(([key, value], index) => `    ${index === 0 ? "-" : " "} ${key}: ${flow(value)}`),
    ...notes.flatMap((note) => comment(note).map((line) => `      ${line}`)),
  ];
}

/** Texts that other YAML parsers read as a number, a boolean or null; they are quoted. */
const TYPED = /^(?:[-+]?[\d.][\d._]*(?:e[-+]?\d+)?|0[xob].*|true|false|yes|no|on|off|null|y|n)$/i;
const PLAIN = /^(?:--?\w|[\w/.])[\w@/.,:=+%-]*(?<!:)$/;
/** Texts that need no quotes within brackets, where a comma would end them. */
const PLAIN_WITHIN = /^(?:--?\w|[\w/.])[\w@/.=+%-]*$/;

/** The value as YAML on one line; quoted texts are written as JSON, which is YAML too. */
function flow(value: unknown, plain = PLAIN): string {
  if (typeof value === "string") {
    return plain.test(value) && !TYPED.test(value) ? value : printableJson(JSON.stringify(value));
  }
  const inner = (item: unknown) => flow(item, PLAIN_WITHIN);
  if (Array.isArray(value)) return `[${value.map(inner).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const given = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${given.map(([key, item]) => `${inner(key)}: ${inner(item)}`).join(", ")}}`;
}

function comment(text: string): string[] {
  return text.split("\n").map((line) => line === "" ? "#" : `# ${line}`);
}
