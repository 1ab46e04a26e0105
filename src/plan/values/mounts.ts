/** `--mount`: `type=bind,source=/host,target=/path,readonly` and the options of each type. */
import { nearest } from "../../nearest.ts";
import type { Mount, VolumeOptions, WireInteger } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { explained } from "./explained.ts";
import { readCsvRecord } from "./csv.ts";
import { parseBool, parseInteger } from "./go_numbers.ts";
import { cut, quote, toLower, userMap } from "./go_strings.ts";
import { joinPath } from "../../host/paths.ts";
import { parseSize } from "./sizes.ts";

export interface ParsedMount {
  readonly mount: Mount;
  readonly warnings: readonly string[];
}

/** What the fields of one `--mount` say so far. */
interface MountFields {
  readonly cwd: string;
  readonly warnings: string[];
  /** The kinds of options that occurred (`bind-…`, `volume-…`): an option counts even where it says nothing. */
  readonly optionKinds: Set<string>;
  readonly volumeLabels: Map<string, string>;
  readonly driverOptions: Map<string, string>;
  type: string;
  source: string;
  target: string;
  readOnly: boolean;
  consistency: string;
  propagation: string;
  nonRecursive: boolean;
  readOnlyNonRecursive: boolean;
  readOnlyForceRecursive: boolean;
  noCopy: boolean;
  driverName: string;
  volumeSubpath: string;
  imageSubpath: string;
  tmpfsSize: WireInteger;
  tmpfsMode: number;
}

type SetField = (fields: MountFields, value: string) => void;

const setSource: SetField = (fields, value) => {
  fields.source = value.startsWith(".") ? joinPath(fields.cwd, value) : value;
};
const setTarget: SetField = (fields, value) => fields.target = value;
const setReadOnly: SetField = (fields, value) => fields.readOnly = parseBool(value);

const FIELDS: ReadonlyMap<string, SetField> = new Map<string, SetField>([
  ["type", (fields, value) => fields.type = toLower(value)],
  ["source", setSource],
  ["src", setSource],
  ["target", setTarget],
  ["dst", setTarget],
  ["destination", setTarget],
  ["readonly", setReadOnly],
  ["ro", setReadOnly],
  ["consistency", (fields, value) => fields.consistency = toLower(value)],
  ["bind-propagation", (fields, value) => fields.propagation = toLower(value)],
  ["bind-nonrecursive", (fields, value) => {
    fields.nonRecursive = parseBool(value);
    fields.warnings.push("bind-nonrecursive is deprecated, use bind-recursive=disabled instead");
  }],
  ["bind-recursive", setBindRecursive],
  ["volume-subpath", (fields, value) => fields.volumeSubpath = value],
  ["volume-nocopy", (fields, value) => fields.noCopy = parseBool(value)],
  ["volume-label", (fields, value) => setEntry(fields.volumeLabels, value)],
  ["volume-driver", (fields, value) => fields.driverName = value],
  ["volume-opt", (fields, value) => setEntry(fields.driverOptions, value)],
  ["image-subpath", (fields, value) => fields.imageSubpath = value],
  ["tmpfs-size", (fields, value) => fields.tmpfsSize = parseSize(value)],
  ["tmpfs-mode", (fields, value) => {
    fields.tmpfsMode = Number(parseInteger(value, { base: 8, bits: 32, signed: false }));
  }],
]);

/** These may stand without a value; `bind-nonrecursive` then warns of nothing. */
const BARE_FIELDS: ReadonlyMap<string, (fields: MountFields) => void> = new Map([
  ["readonly", (fields: MountFields) => fields.readOnly = true],
  ["ro", (fields: MountFields) => fields.readOnly = true],
  ["volume-nocopy", (fields: MountFields) => fields.noCopy = true],
  ["bind-nonrecursive", (fields: MountFields) => fields.nonRecursive = true],
]);

/** One `--mount`; a source that starts with `.` becomes absolute. */
export function parseMount(text: string, cwd: string): ParsedMount {
  const fields = newFields(cwd);
  for (const field of readCsvRecord(text)) setField(fields, field);
  checkFields(fields);
  return { mount: toMount(fields), warnings: fields.warnings };
}

function newFields(cwd: string): MountFields {
  return {
    cwd,
    warnings: [],
    optionKinds: new Set(),
    volumeLabels: new Map(),
    driverOptions: new Map(),
    type: "volume",
    source: "",
    target: "",
    readOnly: false,
    consistency: "",
    propagation: "",
    nonRecursive: false,
    readOnlyNonRecursive: false,
    readOnlyForceRecursive: false,
    noCopy: false,
    driverName: "",
    volumeSubpath: "",
    imageSubpath: "",
    tmpfsSize: 0,
    tmpfsMode: 0,
  };
}

function setField(fields: MountFields, field: string): void {
  const [name, value] = cut(field, "=");
  const key = toLower(name);
  if (value === undefined) {
    const setBare = BARE_FIELDS.get(key);
    if (!setBare) throw new ValueError(`invalid field ${quote(field)}: must be a key=value pair`);
    setBare(fields);
  } else {
    const set = FIELDS.get(key);
    if (!set) {
      const near = nearest(key, FIELDS.keys());
      const advice = near === undefined
        ? `known keys: ${[...FIELDS.keys()].join(", ")}`
        : `did you mean "${near}"?`;
      throw new ValueError(`unexpected key ${quote(key)} in ${quote(field)}; ${advice}`);
    }
    explained(() => set(fields, value), (reason) => `invalid value for ${key}: ${reason}`);
  }
  const kind = /^(bind|volume|image|tmpfs)-/.exec(key)?.[1];
  // "bind-recursive=enabled" is the default, and takes no part in the check of the mount's type.
  if (kind && !(key === "bind-recursive" && value === "enabled")) fields.optionKinds.add(kind);
}

function setBindRecursive(fields: MountFields, value: string): void {
  if (value === "disabled") fields.nonRecursive = true;
  else if (value === "writable") fields.readOnlyNonRecursive = true;
  else if (value === "readonly") fields.readOnlyForceRecursive = true;
  else if (value !== "enabled") {
    throw new ValueError(`${quote(value)} (must be "enabled", "disabled", "writable", or "readonly")`);
  }
}

function setEntry(map: Map<string, string>, text: string): void {
  const [key, value = ""] = cut(text, "=");
  if (key !== "") map.set(key, value);
}

function checkFields(fields: MountFields): void {
  if (fields.type === "") throw new ValueError("type is required");
  if (fields.target === "") throw new ValueError("target is required");
  for (const kind of fields.optionKinds) {
    if (kind !== fields.type) {
      throw new ValueError(`cannot mix '${kind}-*' options with mount type ${quote(fields.type)}`);
    }
  }
  const recursion = fields.readOnlyNonRecursive
    ? "writable"
    : fields.readOnlyForceRecursive
    ? "readonly"
    : undefined;
  if (recursion && !fields.readOnly) {
    throw new ValueError(
      `option 'bind-recursive=${recursion}' requires 'readonly' to be specified in conjunction`,
    );
  }
  if (fields.readOnlyForceRecursive && fields.propagation !== "rprivate") {
    throw new ValueError(
      "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction",
    );
  }
}

function toMount(fields: MountFields): Mount {
  const { type, optionKinds } = fields;
  return {
    Type: type,
    ...(fields.source !== "" && { Source: fields.source }),
    Target: fields.target,
    ...(fields.readOnly && { ReadOnly: true }),
    ...(fields.consistency !== "" && { Consistency: fields.consistency }),
    ...(optionKinds.has("bind") && {
      BindOptions: {
        ...(fields.propagation !== "" && { Propagation: fields.propagation }),
        ...(fields.nonRecursive && { NonRecursive: true }),
        ...(fields.readOnlyNonRecursive && { ReadOnlyNonRecursive: true }),
        ...(fields.readOnlyForceRecursive && { ReadOnlyForceRecursive: true }),
      },
    }),
    ...(optionKinds.has("volume") && { VolumeOptions: toVolumeOptions(fields) }),
    ...(fields.imageSubpath !== "" && { ImageOptions: { Subpath: fields.imageSubpath } }),
    ...(optionKinds.has("tmpfs") && {
      TmpfsOptions: {
        ...(fields.tmpfsSize !== 0 && { SizeBytes: fields.tmpfsSize }),
        ...(fields.tmpfsMode !== 0 && { Mode: fields.tmpfsMode }),
      },
    }),
  };
}

function toVolumeOptions(fields: MountFields): VolumeOptions {
  const driver = {
    ...(fields.driverName !== "" && { Name: fields.driverName }),
    ...(fields.driverOptions.size > 0 && { Options: userMap(fields.driverOptions) }),
  };
  return {
    ...(fields.noCopy && { NoCopy: true }),
    ...(fields.volumeLabels.size > 0 && { Labels: userMap(fields.volumeLabels) }),
    ...(Object.keys(driver).length > 0 && { DriverConfig: driver }),
    ...(fields.volumeSubpath !== "" && { Subpath: fields.volumeSubpath }),
  };
}
