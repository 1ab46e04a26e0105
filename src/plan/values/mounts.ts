/** `--mount`: `type=bind,source=/host,target=/path,readonly` and the options of each type. */
import { nearest } from "../../nearest.ts";
import type { Mount, UserMap } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { withoutZeros } from "../body/without_zeros.ts";
import { rewordError } from "./reword_error.ts";
import { readCsvRecord } from "./csv.ts";
import { parseBool, parseInteger } from "./go_numbers.ts";
import { cut, quote, toLower, userMap } from "./go_strings.ts";
import { joinPath } from "../../host/paths.ts";
import { parseSize } from "./sizes.ts";

export interface ParsedMount {
  readonly mount: Mount;
  readonly warnings: readonly string[];
}

/** One `--mount` while its fields are read. */
interface MountDraft {
  readonly cwd: string;
  readonly mount: Mount;
  readonly warnings: string[];
}

/** By the prefix of a field (`bind-propagation`): the part of the mount that it sets, made when the first one occurs. */
const OPTIONS = {
  bind: "BindOptions",
  volume: "VolumeOptions",
  image: "ImageOptions",
  tmpfs: "TmpfsOptions",
} as const;
type Kind = keyof typeof OPTIONS;

type SetField = (draft: MountDraft, value: string) => void;

const setSource: SetField = ({ mount, cwd }, value) => {
  mount.Source = value.startsWith(".") ? joinPath(cwd, value) : value;
};
const setTarget: SetField = ({ mount }, value) => mount.Target = value;
const setReadOnly: SetField = ({ mount }, value) => mount.ReadOnly = parseBool(value);

const FIELDS: ReadonlyMap<string, SetField> = new Map<string, SetField>([
  ["type", ({ mount }, value) => mount.Type = toLower(value)],
  ["source", setSource],
  ["src", setSource],
  ["target", setTarget],
  ["dst", setTarget],
  ["destination", setTarget],
  ["readonly", setReadOnly],
  ["ro", setReadOnly],
  ["consistency", ({ mount }, value) => mount.Consistency = toLower(value)],
  ["bind-propagation", ({ mount }, value) => mount.BindOptions!.Propagation = toLower(value)],
  ["bind-nonrecursive", ({ mount }, value) => mount.BindOptions!.NonRecursive = parseBool(value)],
  ["bind-recursive", setBindRecursive],
  ["volume-subpath", ({ mount }, value) => mount.VolumeOptions!.Subpath = value],
  ["volume-nocopy", ({ mount }, value) => mount.VolumeOptions!.NoCopy = parseBool(value)],
  ["volume-label", ({ mount: { VolumeOptions: volume } }, value) => {
    volume!.Labels = withEntry(volume!.Labels, value);
  }],
  ["volume-driver", ({ mount: { VolumeOptions: volume } }, value) => {
    volume!.DriverConfig = withoutZeros({ ...volume!.DriverConfig, Name: value });
  }],
  ["volume-opt", ({ mount: { VolumeOptions: volume } }, value) => {
    const Options = withEntry(volume!.DriverConfig?.Options, value);
    volume!.DriverConfig = withoutZeros({ ...volume!.DriverConfig, Options });
  }],
  ["image-subpath", ({ mount }, value) => mount.ImageOptions!.Subpath = value],
  ["tmpfs-size", ({ mount }, value) => mount.TmpfsOptions!.SizeBytes = parseSize(value)],
  ["tmpfs-mode", ({ mount }, value) => {
    mount.TmpfsOptions!.Mode = parseInteger(value, { base: 8, bits: 32, signed: false });
  }],
]);

/** These may stand without a value. */
const BARE_FIELDS = ["readonly", "ro", "volume-nocopy", "bind-nonrecursive"];

/** One `--mount`; a source that starts with `.` becomes absolute. */
export function parseMount(text: string, cwd: string): ParsedMount {
  const draft: MountDraft = { cwd, mount: { Type: "volume", Target: "" }, warnings: [] };
  for (const field of readCsvRecord(text)) setField(draft, field);
  const { mount, warnings } = draft;
  checkMount(mount);
  // As the CLI does, keep the part of an option that has an empty value: `bind-propagation=` sends `BindOptions: {}`.
  const options = Object.values(OPTIONS).filter((name) => mount[name] !== undefined)
    .map((name) => [name, withoutZeros(mount[name] as object)]);
  return { mount: { ...withoutZeros(mount), ...Object.fromEntries(options) }, warnings };
}

function setField(draft: MountDraft, field: string): void {
  const [name, value] = cut(field, "=");
  const key = toLower(name);
  if (value === undefined && !BARE_FIELDS.includes(key)) {
    throw new ValueError(`invalid field ${quote(field)}: must be a key=value pair`);
  }
  const set = FIELDS.get(key);
  if (!set) {
    const near = nearest(key, FIELDS.keys());
    const advice = near === undefined
      ? `known keys: ${[...FIELDS.keys()].join(", ")}`
      : `did you mean "${near}"?`;
    throw new ValueError(`unexpected key ${quote(key)} in ${quote(field)}; ${advice}`);
  }
  // "bind-recursive=enabled" is the default; the CLI accepts it for mounts of any type.
  const isDefault = key === "bind-recursive" && value === "enabled";
  const kind = /^[a-z]+(?=-)/.exec(key)?.[0];
  if (kind !== undefined && !isDefault) draft.mount[OPTIONS[kind as Kind]] ??= {};
  rewordError(() => set(draft, value ?? "true"), (reason) => `invalid value for ${key}: ${reason}`);
  if (key === "bind-nonrecursive" && value !== undefined) {
    draft.warnings.push("bind-nonrecursive is deprecated, use bind-recursive=disabled instead");
  }
}

function setBindRecursive({ mount: { BindOptions: bind } }: MountDraft, value: string): void {
  if (value === "disabled") bind!.NonRecursive = true;
  else if (value === "writable") bind!.ReadOnlyNonRecursive = true;
  else if (value === "readonly") bind!.ReadOnlyForceRecursive = true;
  else if (value !== "enabled") {
    throw new ValueError(`${quote(value)} (must be "enabled", "disabled", "writable", or "readonly")`);
  }
}

function withEntry(map: UserMap = {}, text: string): UserMap {
  const [key, value = ""] = cut(text, "=");
  return key === "" ? map : userMap([...Object.entries(map), [key, value]]);
}

function checkMount(mount: Mount): void {
  if (mount.Type === "") throw new ValueError("type is required");
  if (mount.Target === "") throw new ValueError("target is required");
  for (const [kind, name] of Object.entries(OPTIONS)) {
    if (mount[name] !== undefined && kind !== mount.Type) {
      throw new ValueError(`cannot mix '${kind}-*' options with mount type ${quote(mount.Type)}`);
    }
  }
  const { ReadOnlyNonRecursive, ReadOnlyForceRecursive, Propagation } = mount.BindOptions ?? {};
  const recursion = ReadOnlyNonRecursive ? "writable" : ReadOnlyForceRecursive ? "readonly" : undefined;
  if (recursion && !mount.ReadOnly) {
    throw new ValueError(
      `option 'bind-recursive=${recursion}' requires 'readonly' to be specified in conjunction`,
    );
  }
  if (ReadOnlyForceRecursive && Propagation !== "rprivate") {
    throw new ValueError(
      "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction",
    );
  }
}
