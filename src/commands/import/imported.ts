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
  readonly pull: string;
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

/** Flags begin with `--`; all other lines are notes. */
export function flagsAndNotes(lines: readonly string[]): Pick<ImportedService, "flags" | "notes"> {
  const isFlag = (line: string) => line.startsWith("--");
  return { flags: lines.filter(isFlag), notes: lines.filter((line) => !isFlag(line)) };
}

export function notCarriedOver(key: string, value: unknown): string[] {
  return [`${key}: not carried over: ${JSON.stringify(value)}`];
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
  const hasAddress = !/^(?:host|none|container:.*)$/.test(network);
  const check = health && importHealthCheck(health, hasAddress || network === "host");
  const notes = [...service.notes, ...restartNote(service.restart)];
  const args = flags.map((flag) => `  - ${flow(flag)}${/^--env=[^=]*$/.test(flag) ? FROM_ENVIRONMENT : ""}`);
  // On which checks reach the container.
  const networkLine = hasAddress
    ? [`  public_network_name: ${flow(network === "default" ? "bridge" : network)}`]
    : [];
  const lines = [
    `# Imported from ${source}.`,
    ...notes.flatMap(comment),
    "",
    `name: ${flow(service.name)}`,
    `image: ${flow(service.image)}`,
    `pull: ${pull}`,
    ...build === undefined ? [] : [`build: ${flow(build)}`],
    ...args.length === 0 ? [] : ["container_create_args:", ...args],
    ...command.length === 0 ? [] : ["service_args:", ...command.map((word) => `  - ${flow(word)}`)],
    ...check === undefined ? [] : ["monitor:", ...networkLine, ...checkLines(check)],
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

function checkLines({ kind, keys, notes }: ImportedCheck): string[] {
  return [
    `  ${kind}:`,
    ...Object.entries(keys).map(([key, value], at) => `    ${at === 0 ? "-" : " "} ${key}: ${flow(value)}`),
    ...notes.flatMap((note) => comment(note).map((line) => `      ${line}`)),
  ];
}

/** Texts that other YAML parsers read as a number, a boolean or null; they are quoted. */
const TYPED = /^(?:[-+]?[\d.][\d._]*(?:e[-+]?\d+)?|0[xob].*|true|false|yes|no|on|off|null|y|n)$/i;
const PLAIN = /^(?:--?\w|[\w/.])[\w@/.,:=+%-]*(?<!:)$/;

/** The value as YAML on one line; quoted texts are written as JSON, which is YAML too. */
function flow(value: unknown, isWithin = false): string {
  if (typeof value === "string") {
    // Within brackets, a comma would end it.
    const isPlain = PLAIN.test(value) && !TYPED.test(value) && !(isWithin && /[,:]/.test(value));
    return isPlain ? value : printableJson(JSON.stringify(value));
  }
  const inner = (item: unknown) => flow(item, true);
  if (Array.isArray(value)) return `[${value.map(inner).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const given = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${given.map(([key, item]) => `${inner(key)}: ${inner(item)}`).join(", ")}}`;
}

function comment(text: string): string[] {
  return text.split("\n").map((line) => line === "" ? "#" : `# ${line}`);
}
