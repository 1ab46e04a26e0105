/**
 * When two create bodies ask for the same container: the engine takes a missing field, `null` and a zero value for
 * the same, so that these are dropped before bodies are compared. Entries of maps whose keys the user chose and
 * elements of lists always say something.
 */

/** The body in a normal form: two bodies are equal when `assertEquals` finds their normal forms equal. */
export function normalizeBody(body: object): unknown {
  const { NetworkingConfig, ...rest } = body as {
    NetworkingConfig?: { EndpointsConfig?: Record<string, object> };
  };
  const normal = normalStruct({ ...rest, NetworkingConfig: withoutLoneEndpoint(body, NetworkingConfig) });
  const env = (body as { Env?: string[] }).Env;
  return env && env.length > 0 ? { ...normal, Env: effectiveEnv(env) } : normal;
}

const USER_MAPS = new Set([
  "Annotations",
  "Config",
  "DriverOpts",
  "EndpointsConfig",
  "ExposedPorts",
  "Labels",
  "Options",
  "PortBindings",
  "StorageOpt",
  "Sysctls",
  "Tmpfs",
  "Volumes",
]);

/** Fields whose zero value is not the same as none; in those marked with a value, that value is. */
const ZERO_COUNTS = new Map<string, unknown>([
  ["Entrypoint", undefined],
  ["Init", undefined],
  ["MaskedPaths", undefined],
  ["MemorySwappiness", -1],
  ["ReadonlyPaths", undefined],
  ["StopTimeout", undefined],
]);

/** Other ways to say "not set". */
const UNSET: Record<string, (value: unknown) => boolean> = {
  ConsoleSize: (value) => String(value) === "0,0",
  Isolation: (value) => value === "default",
  // The engine has not heeded it since API 1.42.
  KernelMemory: () => true,
  NetworkMode: (value) => value === "default",
  PidsLimit: (value) => Number(value) <= 0,
};

const UNORDERED: Record<string, (list: unknown[]) => unknown> = {
  Binds: (list) => [...new Set(list)].sort(),
  CapAdd: normalCapabilities,
  CapDrop: normalCapabilities,
  Ulimits: (list) =>
    [...new Map(list.map((limit) => [(limit as { Name: string }).Name, limit])).entries()].sort(),
};

function normalStruct(struct: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(struct).flatMap(([name, value]) => {
      const normal = normalField(name, value);
      return normal === undefined ? [] : [[name, normal]];
    }),
  );
}

function normalField(name: string, value: unknown): unknown {
  if (value === null || value === undefined || UNSET[name]?.(value)) return undefined;
  if (name === "RestartPolicy") return normalRestart(value as { Name?: string });
  if (["Cmd", "Entrypoint", "CapAdd", "CapDrop"].includes(name) && typeof value === "string") {
    return normalField(name, [value]);
  }
  const normal = USER_MAPS.has(name)
    ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, normalElement(entry)]))
    : UNORDERED[name] && Array.isArray(value)
    ? UNORDERED[name](value.map(normalElement))
    : normalElement(value);
  if (ZERO_COUNTS.has(name)) return value === ZERO_COUNTS.get(name) ? undefined : normal;
  return isZero(normal) ? undefined : normal;
}

/** Elements and map entries stay, also where they are empty. Numbers become texts: they may exceed 2^53. */
function normalElement(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalElement);
  if (typeof value === "object" && value !== null) return normalStruct(value);
  return typeof value === "number" || typeof value === "bigint" ? { number: String(value) } : value;
}

function isZero(normal: unknown): boolean {
  if (typeof normal !== "object" || normal === null) return normal === "" || normal === false;
  return Object.keys(normal).length === 0 || "number" in normal && normal.number === "0";
}

function normalRestart(policy: { Name?: string }): unknown {
  const normal = normalStruct({ ...policy, Name: policy.Name === "no" ? "" : policy.Name });
  return isZero(normal) ? undefined : normal;
}

function normalCapabilities(list: unknown[]): unknown {
  const names = list.map((name) => String(name).toUpperCase().replace(/^CAP_/, ""));
  return [...new Set(names)].sort();
}

/** The engine makes an endpoint for the network mode anyway: one without settings adds nothing. */
function withoutLoneEndpoint(
  body: { HostConfig?: { NetworkMode?: string } },
  config: { EndpointsConfig?: Record<string, object> } | undefined,
): object | undefined {
  const [[name, endpoint] = [], ...others] = Object.entries(config?.EndpointsConfig ?? {});
  const isLone = endpoint !== undefined && others.length === 0 &&
    name === (body.HostConfig?.NetworkMode || "default");
  return isLone && Object.keys(normalStruct(endpoint)).length === 0 ? undefined : config;
}

/** The last value of a variable wins; a bare name takes a variable away, unless an entry gives it a value. */
function effectiveEnv(entries: string[]): Record<string, string | null> {
  const variables = new Map<string, string | null>();
  for (const entry of entries) {
    const [, name = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(entry)!;
    if (value !== undefined || !variables.has(name)) variables.set(name, value ?? null);
  }
  return Object.fromEntries([...variables].sort());
}
