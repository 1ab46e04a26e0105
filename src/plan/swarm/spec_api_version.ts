/**
 * What of a service's spec an engine would drop without a word, by its API version (1.41, Docker 20.10, and later): such
 * a service is refused, since it would run without what its flags ask for.
 */
import { compareVersions } from "../../engine/calls.ts";
import type { ContainerSpec, ServiceMount, ServiceSpec } from "../../engine/swarm_types.ts";

export interface AdaptedSpec {
  readonly spec: ServiceSpec;
  /** What this engine can not do. */
  readonly problems: readonly string[];
}

/** The spec for an engine of this API version, e.g. `1.41`. */
export function adaptSpecToApiVersion(spec: ServiceSpec, apiVersion: string): AdaptedSpec {
  const missing = FEATURES.filter(([, since, isUsed]) =>
    compareVersions(apiVersion, since) < 0 && isUsed(spec)
  );
  const problems = missing.map(([name, since]) =>
    `${name} in Swarm requires API version ${since}, but the Docker daemon API version is ${apiVersion}`
  );
  return { spec, problems };
}

/** What older engines drop: its name in messages, the first API version that has it, whether a spec uses it. */
const FEATURES: readonly [name: string, since: string, isUsed: (spec: ServiceSpec) => boolean][] = [
  ['"--health-start-interval"', "1.44", has(({ Healthcheck }) => Healthcheck?.StartInterval)],
  [
    '"--security-opt" but for labels',
    "1.44",
    has(({ Privileges }) => Privileges?.Seccomp ?? Privileges?.AppArmor ?? Privileges?.NoNewPrivileges),
  ],
  // Docker 26.0 has 1.45, too, and drops it; 26.1 keeps it.
  ["volume-subpath", "1.45", hasMount(({ VolumeOptions }) => VolumeOptions?.Subpath)],
  ['"--oom-score-adj"', "1.46", has(({ OomScoreAdj }) => OomScoreAdj)],
  ['the option "exec" of "--tmpfs"', "1.46", hasMount(({ TmpfsOptions }) => TmpfsOptions?.Options)],
  ['"--memory-swap"', "1.52", ({ TaskTemplate: { Resources } }) => Resources?.SwapBytes !== undefined],
  [
    '"--memory-swappiness"',
    "1.52",
    ({ TaskTemplate: { Resources } }) => Resources?.MemorySwappiness !== undefined,
  ],
];

function has(field: (container: ContainerSpec) => unknown): (spec: ServiceSpec) => boolean {
  return ({ TaskTemplate: { ContainerSpec } }) => field(ContainerSpec) !== undefined;
}

function hasMount(field: (mount: ServiceMount) => unknown): (spec: ServiceSpec) => boolean {
  return has(({ Mounts }) => Mounts?.find((mount) => field(mount) !== undefined));
}
