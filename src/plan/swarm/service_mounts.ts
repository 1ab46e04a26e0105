/** All flags that mount something, as mounts of a service of a swarm. */
import { type Mount, stringifyBody, type WireInteger } from "../../engine/create_body.ts";
import type { ServiceMount } from "../../engine/swarm_types.ts";
import { ValueError } from "../../errors.ts";
import { cleanPath } from "../../host/paths.ts";
import { withoutZeros } from "../body/without_zeros.ts";
import type { GivenFlags } from "../flags/given_flags.ts";
import type { PlanInputs } from "../plan_inputs.ts";
import { parseInteger } from "../values/go_numbers.ts";
import { cut, quote } from "../values/go_strings.ts";
import { parseMount } from "../values/mounts.ts";
import { parseSize } from "../values/sizes.ts";
import { parseVolume } from "../values/volumes.ts";
import { literal, literalValues } from "./templates.ts";

const SHM = "/dev/shm";
/** As the engine mounts it for a container. */
const SHM_MODE = 0o1777;

/** Not yet as templates. Problems are added to `given.problems`. */
export function serviceMounts(given: GivenFlags, { cwd }: PlanInputs): ServiceMount[] {
  const mounts: ServiceMount[] = [];
  const targets = new Map<string, string>();
  const add = (mount: ServiceMount) => {
    checkPaths(mount);
    const target = cleanPath(mount.Target);
    const text = stringifyBody(mount);
    const same = targets.get(target);
    if (same !== undefined && same !== text) throw new ValueError(`${quote(target)} is mounted twice`);
    if (same === undefined) mounts.push(mount);
    targets.set(target, text);
  };
  const driver = given.value("volume-driver");
  given.read("volume", (text) => add(ofVolume(parseVolume(text, cwd).spec, driver)));
  given.read("mount", (text) => add(ofMount(parseMount(text, cwd).mount)));
  given.read("tmpfs", (text) => add(ofTmpfs(text)));
  given.readLast("shm-size", (text) => {
    const TmpfsOptions = { SizeBytes: parseSize(text), Mode: SHM_MODE };
    // 0 is the engine's default.
    if (TmpfsOptions.SizeBytes !== 0) add({ Type: "tmpfs", Target: SHM, TmpfsOptions });
  });
  return mounts;
}

/** The mount such that Swarm's templates make of it what it is. */
export function literalMount({ Type, Source, Target, VolumeOptions, ...others }: ServiceMount): ServiceMount {
  const { Labels, DriverConfig } = VolumeOptions ?? {};
  return {
    Type,
    ...(Source !== undefined && { Source: literal(Source) }),
    Target: literal(Target),
    ...others,
    ...(VolumeOptions !== undefined && {
      VolumeOptions: {
        ...VolumeOptions,
        ...(Labels !== undefined && { Labels: literalValues(Labels) }),
        ...(DriverConfig?.Options !== undefined && {
          DriverConfig: { ...DriverConfig, Options: literalValues(DriverConfig.Options) },
        }),
      },
    }),
  };
}

/** What a container's engine would say at once, a swarm only by tasks that fail. */
function checkPaths({ Type, Source = "", Target = "", VolumeOptions }: ServiceMount): void {
  if (!Target.startsWith("/") || cleanPath(Target) === "/") {
    throw new ValueError(`the target must be an absolute path, and not "/", got ${quote(Target)}`);
  }
  if (Type === "bind" && !Source.startsWith("/")) {
    throw new ValueError(`the source must be an absolute path, got ${quote(Source)}`);
  }
  const driver = VolumeOptions?.DriverConfig;
  if (Type === "volume" && Source === "" && driver !== undefined) {
    // The nodes would create one more volume, which nobody uses, each time that a task starts.
    throw new ValueError("a volume without a name cannot have a driver in Swarm");
  }
  if (Type === "volume" && (driver?.Name ?? "local") === "local" && Source.includes("/")) {
    throw new ValueError(`${quote(Source)} is no name of a volume; a path begins with "/" or "."`);
  }
  if (Type === "tmpfs" && Source !== "") throw new ValueError("a tmpfs has no source");
}

type Kind = "access" | "label" | "propagation" | "copy" | "consistency";

/** Words of the third part of `--volume`, of each kind at most one. */
const WORDS: Readonly<Record<Kind, readonly string[]>> = {
  access: ["rw", "ro"],
  label: ["z", "Z"],
  propagation: ["private", "rprivate", "shared", "rshared", "slave", "rslave"],
  copy: ["nocopy"],
  // On Linux the engine takes them, and does nothing.
  consistency: ["consistent", "cached", "delegated"],
};

/** `/path`, `name:/path[:options]` or `/host:/path[:options]` */
function ofVolume(spec: string, driver: string): ServiceMount {
  const [first = "", second, mode] = spec.split(":");
  const Target = second ?? first;
  const Source = second === undefined ? "" : first;
  const { access, label, propagation, copy } = wordsOf(mode);
  const isBind = Source.startsWith("/");
  if (label !== undefined) {
    throw new ValueError(`"${label}" is not available in Swarm: the nodes relabel no files for SELinux`);
  }
  if (isBind ? copy : propagation) {
    throw new ValueError(`${quote(copy ?? propagation!)} is not for ${isBind ? "paths" : "volumes"}`);
  }
  const VolumeOptions = withoutZeros({
    NoCopy: copy !== undefined,
    DriverConfig: withoutZeros({ Name: isBind ? "" : driver }),
  });
  return withoutZeros<ServiceMount>({
    Type: isBind ? "bind" : "volume",
    Source,
    Target,
    ReadOnly: access === "ro",
    BindOptions: withoutZeros({ Propagation: propagation }),
    VolumeOptions,
  });
}

/** @throws {ValueError} for a word that is unknown, and for two of one kind */
function wordsOf(mode: string | undefined): Partial<Record<Kind, string>> {
  const found: Partial<Record<Kind, string>> = {};
  for (const word of mode?.split(",") ?? []) {
    const kind = (Object.keys(WORDS) as Kind[]).find((kind) => WORDS[kind].includes(word));
    if (kind === undefined || found[kind] !== undefined) {
      const allowed = Object.values({ ...WORDS, label: [] }).flat().join(", ");
      throw new ValueError(`invalid mode ${quote(mode ?? "")}; must be of ${allowed}`);
    }
    found[kind] = word;
  }
  return found;
}

function ofMount({ Type, Source, Target, ReadOnly, ...options }: Mount): ServiceMount {
  if (Type !== "bind" && Type !== "volume" && Type !== "tmpfs") {
    throw new ValueError(`the type must be bind, volume or tmpfs in Swarm, got ${quote(Type)}`);
  }
  const { BindOptions: bind = {}, VolumeOptions, TmpfsOptions: tmpfs = {} } = options;
  const { ReadOnlyForceRecursive, ReadOnlyNonRecursive } = bind;
  if (ReadOnlyForceRecursive || ReadOnlyNonRecursive) {
    // The engine's conversion drops both without a word.
    const word = ReadOnlyForceRecursive ? "readonly" : "writable";
    throw new ValueError(`bind-recursive=${word} is not available in Swarm: the nodes are not told of it`);
  }
  if (bind.Propagation && !WORDS.propagation.includes(bind.Propagation)) {
    throw new ValueError(`bind-propagation must be one of ${WORDS.propagation.join(", ")}`);
  }
  return withoutZeros<ServiceMount>({
    Type,
    Source,
    Target,
    ReadOnly,
    BindOptions: withoutZeros({ Propagation: bind.Propagation, NonRecursive: bind.NonRecursive }),
    VolumeOptions,
    TmpfsOptions: withoutZeros({ SizeBytes: tmpfs.SizeBytes, Mode: Number(tmpfs.Mode ?? 0) }),
  });
}

/** `/run:size=64m,mode=755`. The engines know few options, and have nosuid and nodev always, noexec unless told. */
function ofTmpfs(text: string): ServiceMount {
  const [Target, options] = cut(text, ":");
  let ReadOnly = false;
  let exec = false;
  let size: WireInteger = 0;
  let mode = 0;
  for (const option of options?.split(",") ?? []) {
    const [name, value] = cut(option, "=");
    if (name === "size" && value !== undefined) size = parseSize(value);
    else if (name === "mode" && value !== undefined) {
      mode = Number(parseInteger(value, { base: 8, bits: 32, signed: false }));
    } else if (option === "ro" || option === "rw") ReadOnly = option === "ro";
    else if (option === "exec" || option === "noexec") exec = option === "exec";
    else if (option !== "" && option !== "nosuid" && option !== "nodev") {
      const allowed = "size=…, mode=…, ro, rw, exec, noexec, nosuid or nodev";
      throw new ValueError(`the option ${quote(option)} is not available in Swarm; must be ${allowed}`);
    }
  }
  const TmpfsOptions = withoutZeros<NonNullable<ServiceMount["TmpfsOptions"]>>({
    SizeBytes: size,
    Mode: mode,
    Options: exec ? [["exec"]] : [],
  });
  return withoutZeros<ServiceMount>({ Type: "tmpfs", Target, ReadOnly, TmpfsOptions });
}
