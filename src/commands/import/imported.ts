/**
 * A service that is being imported, and its config as YAML text.
 * What the source says but a config can not say becomes a comment.
 */
import { keyPath, keysOf } from "../../config/schema_keys.ts";
import { serviceSchema } from "../../config/service_config.ts";
import { FLAGS_BY_NAME } from "../../plan/flags/create_flags.ts";

/** One flag, e.g. `--publish=8080:80`. */
export interface ImportedFlag {
  readonly argument: string;
  /** Written at the end of its line. */
  readonly comment?: string;
}

/** A check with its keys as in a config; `notes` become comments. */
export interface ImportedCheck {
  readonly kind: "check_http" | "check_internal_command";
  readonly keys: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

export interface ImportedService {
  /** Where it comes from, e.g. `docker run`. */
  readonly source: string;
  readonly name: string;
  readonly image: string;
  readonly pull: string | undefined;
  readonly flags: readonly ImportedFlag[];
  readonly command: readonly string[];
  /** The network on which checks reach the container; undefined where nothing is to be checked over it. */
  readonly network: string | undefined;
  readonly checks: readonly ImportedCheck[];
  /** What could not be carried over, a sentence each. */
  readonly notes: readonly string[];
}

/** A flag as one argument: `--memory=512m`, `--tty` */
export function flagArgument(name: string, value: string): string {
  return FLAGS_BY_NAME.get(name)?.kind === "bool" && value === "true" ? `--${name}` : `--${name}=${value}`;
}

/** The config as YAML text, comments included. */
export function renderConfig(service: ImportedService): string {
  const { source, notes, flags, command, pull } = service;
  const args = flags.map(({ argument, comment }) =>
    `  - ${flow(argument)}${comment === undefined ? "" : ` # ${oneLine(comment)}`}`
  );
  const lines = [
    `# Imported from ${source}.`,
    ...notes.flatMap(comment),
    "",
    `name: ${flow(service.name)}`,
    `image: ${flow(service.image)}`,
    ...pull === undefined ? [] : [`pull: ${flow(pull)}`],
    ...args.length === 0 ? [] : ["container_create_args:", ...args],
    ...command.length === 0 ? [] : ["service_args:", ...command.map((word) => `  - ${flow(word)}`)],
    ...service.checks.length === 0 ? [] : renderMonitor(service),
  ];
  return `${lines.join("\n")}\n`;
}

function renderMonitor({ checks, network }: ImportedService): string[] {
  const known = keysOf(serviceSchema);
  const lines = ["monitor:"];
  if (network !== undefined) lines.push(`  public_network_name: ${flow(network)}`);
  for (const [kind, ofKind] of Map.groupBy(checks, ({ kind }) => kind)) {
    lines.push(`  ${kind}:`);
    for (const { keys, notes } of ofKind) {
      const entries = Object.entries(keys);
      const taken = entries.filter(([key]) => known.has(keyPath(["monitor", kind, 0, key])));
      for (const [index, [key, value]] of taken.entries()) {
        lines.push(`    ${index === 0 ? "-" : " "} ${key}: ${flow(value)}`);
      }
      const left = entries.filter((entry) => !taken.includes(entry)).map(([key, value]) =>
        `${key}: ${flow(value)}`
      );
      for (const note of [...left, ...notes]) lines.push(...comment(note).map((line) => `      ${line}`));
    }
  }
  return lines;
}

/** Texts that other YAML parsers read as a number, a boolean or null; they are quoted. */
const TYPED = /^(?:[-+]?[\d.][\d._]*(?:e[-+]?\d+)?|0[xob].*|true|false|yes|no|on|off|null|y|n)$/i;
const PLAIN = /^(?:--?\w|[\w/.])[\w@/.,:=+%-]*(?<!:)$/;
/** Texts that need no quotes within brackets, where a comma would end them. */
const PLAIN_WITHIN = /^(?:--?\w|[\w/.])[\w@/.=+%-]*$/;

/** The value as YAML on one line; quoted texts are written as JSON, which is YAML too. */
function flow(value: unknown, plain = PLAIN): string {
  if (typeof value === "string") {
    return plain.test(value) && !TYPED.test(value) ? value : JSON.stringify(value);
  }
  const inner = (item: unknown) => flow(item, PLAIN_WITHIN);
  if (Array.isArray(value)) return `[${value.map(inner).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value).map(([key, item]) => `${inner(key)}: ${inner(item)}`).join(", ")}}`;
}

function comment(text: string): string[] {
  return text.split("\n").map((line) => line === "" ? "#" : `# ${line}`);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}
