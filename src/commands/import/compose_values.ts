/** Values of Compose keys, which can often be written in several ways, as values of flags. */
import { type ComposeFile, mapping } from "./compose_file.ts";
import { ValueError } from "../../errors.ts";
import { parseDuration } from "../../plan/values/durations.ts";
import { quote } from "../../plan/values/go_strings.ts";
import { absolutePath } from "../../host/paths.ts";
import { shellWords } from "../shell_words.ts";

/** A text, number or boolean as text. */
export function scalar(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** A list; one value alone is a list of one. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === null || value === undefined ? [] : [value];
}

/** `{A: 1}` or `["A=1"]` → `["A=1"]`; a name without a value stays alone. */
export function pairs(value: unknown, separator = "="): string[] {
  if (Array.isArray(value)) return value.map(scalar);
  return Object.entries(mapping(value)).map(([name, item]) =>
    item === null || item === undefined ? name : `${name}${separator}${scalar(item)}`
  );
}

/** The words of a command that is a list, or a line that is split as a shell does. */
export function words(value: unknown): string[] {
  return typeof value === "string" ? shellWords(value) : list(value).map(scalar);
}

/** The long syntax of a port, or the short one, as `--publish` takes it. */
export function port(value: unknown): string {
  if (typeof value !== "object" || value === null) return scalar(value);
  const { target, published, host_ip: address, protocol } = mapping(value);
  const hostPort = published === undefined ? "" : `${scalar(published)}:`;
  const host = address === undefined ? hostPort : `${scalar(address)}:${hostPort === "" ? ":" : hostPort}`;
  return `${host}${scalar(target)}${protocol === undefined ? "" : `/${scalar(protocol)}`}`;
}

/** The short syntax becomes `--volume`, the long one `--mount` or `--tmpfs`. */
export function volume(value: unknown, file: ComposeFile, folder: string): string {
  if (typeof value !== "object" || value === null) {
    const [source = "", ...rest] = scalar(value).split(":");
    if (rest.length === 0) return `--volume=${source}`;
    return `--volume=${[sourceOf(source, file, folder), ...rest].join(":")}`;
  }
  const entry = mapping(value);
  const { type = "volume", source, target, read_only: readOnly } = entry;
  if (type === "tmpfs") {
    const { size } = mapping(entry.tmpfs);
    return `--tmpfs=${scalar(target)}${size === undefined ? "" : `:size=${scalar(size)}`}`;
  }
  const fields = [`type=${scalar(type)}`];
  if (source !== undefined) fields.push(`source=${sourceOf(scalar(source), file, folder)}`);
  fields.push(`target=${scalar(target)}`);
  if (readOnly === true) fields.push("readonly");
  const { propagation } = mapping(entry.bind);
  if (propagation !== undefined) fields.push(`bind-propagation=${scalar(propagation)}`);
  if (mapping(entry.volume).nocopy === true) fields.push("volume-nocopy");
  return `--mount=${fields.join(",")}`;
}

/** An absolute path, or the name that Compose gives the volume. */
function sourceOf(source: string, file: ComposeFile, folder: string): string {
  if (source.startsWith("/")) return source;
  if (/^\.{1,2}(?:\/|$)/.test(source)) return absolutePath(source, folder);
  if (source.startsWith("~")) return source;
  return realName(source, file.volumes, file.project);
}

/** What Compose calls a volume or network in the engine. */
export function realName(name: string, declared: Readonly<Record<string, unknown>>, project: string): string {
  const { name: own, external } = mapping(declared[name]);
  if (typeof own === "string") return own;
  if (external !== undefined && external !== false) return scalar(mapping(external).name ?? name);
  return Object.hasOwn(declared, name) || name === "default" ? `${project}_${name}` : name;
}

/** `1m30s` in nanoseconds, in Go's grammar as Compose has it; 0 where none is given. @throws ValueError */
export function nanoseconds(value: unknown): number {
  if (value === undefined || value === null) return 0;
  const duration = Number(parseDuration(scalar(value)));
  if (duration < 0) throw new ValueError(`invalid duration ${quote(scalar(value))}; must not be negative`);
  return duration;
}
