/**
 * Fits a create body to the engine's API version (1.41, Docker 20.10, and later), as the Docker CLI does. Where the
 * CLI sends a field that an older engine silently ignores, the plan is refused instead.
 *
 * | from | what |
 * | --- | --- |
 * | 1.42 | `KernelMemory` is gone: it is not sent |
 * | 1.43 | annotations: refused below |
 * | 1.44 | several networks at create: below, all but the main one are connected afterwards |
 * | 1.44 | a MAC address per network: below, that of the main network is container-wide, others are refused |
 * | 1.44 | `--health-start-interval`, `bind-recursive=readonly`: refused below |
 * | 1.45 | `volume-subpath`: refused below, where the engine would mount the whole volume |
 * | 1.48 | image mounts, `gw-priority`: refused below |
 */
import { compareVersions } from "../engine/calls.ts";
import type { CreateBody, EndpointSettings, Mount } from "../engine/create_body.ts";
import { userMap } from "./values/go_strings.ts";

export interface AdaptedBody {
  readonly body: CreateBody;
  /** Networks to connect the container to between its creation and its start. */
  readonly connect: readonly { readonly network: string; readonly endpoint: EndpointSettings }[];
  /** What this engine can not do. */
  readonly problems: readonly string[];
}

/** The body for an engine of this API version, e.g. `1.41`. */
export function adaptToApiVersion(body: CreateBody, apiVersion: string): AdaptedBody {
  const isOlder = (than: string) => compareVersions(apiVersion, than) < 0;
  const missing = FEATURES.filter(([, since, isUsed]) => isOlder(since) && isUsed(body));
  const problems = missing.map(([name, since]) =>
    `${name} requires API version ${since}, but the Docker daemon API version is ${apiVersion}`
  );
  const { KernelMemory, ...HostConfig } = body.HostConfig ?? {};
  const adapted = isOlder("1.42") || KernelMemory === undefined ? body : { ...body, HostConfig };
  if (!isOlder("1.44")) return { body: adapted, connect: [], problems };
  return { ...withOneEndpoint(adapted), problems };
}

/** What older engines ignore: its name in messages, the first API version that has it, whether a body uses it. */
const FEATURES: readonly [name: string, since: string, isUsed: (body: CreateBody) => boolean][] = [
  ['"--annotation"', "1.43", ({ HostConfig }) => HostConfig?.Annotations !== undefined],
  ['"--health-start-interval"', "1.44", ({ Healthcheck }) => Healthcheck?.StartInterval !== undefined],
  ["bind-recursive=readonly", "1.44", hasMount(({ BindOptions }) => BindOptions?.ReadOnlyForceRecursive)],
  [
    "a mac-address for a network other than the first",
    "1.44",
    (body) => Object.values(otherEndpoints(body)).some(({ MacAddress }) => MacAddress !== undefined),
  ],
  ["volume-subpath", "1.45", hasMount(({ VolumeOptions }) => VolumeOptions?.Subpath !== undefined)],
  ["a mount of type image", "1.48", hasMount(({ Type }) => Type === "image")],
  [
    "gw-priority",
    "1.48",
    (body) => Object.values(endpoints(body)).some(({ GwPriority }) => GwPriority !== undefined),
  ],
];

function hasMount(isSuch: (mount: Mount) => boolean | undefined): (body: CreateBody) => boolean {
  return ({ HostConfig }) => HostConfig?.Mounts?.some(isSuch) ?? false;
}

/**
 * The main network stays in the body, and its MAC address becomes that of the container; the other networks are
 * connected after the create.
 */
function withOneEndpoint(body: CreateBody): Pick<AdaptedBody, "body" | "connect"> {
  const main = mainNetwork(body);
  const { MacAddress, ...endpoint } = endpoints(body)[main] ?? {};
  const { NetworkingConfig: _networks, ...rest } = body;
  return {
    body: {
      ...rest,
      ...(MacAddress !== undefined && { MacAddress }),
      ...(Object.keys(endpoint).length > 0 && {
        NetworkingConfig: { EndpointsConfig: userMap([[main, endpoint]]) },
      }),
    },
    connect: Object.entries(otherEndpoints(body)).map(([network, endpoint]) => ({ network, endpoint })),
  };
}

function endpoints({ NetworkingConfig }: CreateBody): Record<string, EndpointSettings> {
  return NetworkingConfig?.EndpointsConfig ?? {};
}

function otherEndpoints(body: CreateBody): Record<string, EndpointSettings> {
  const { [mainNetwork(body)]: _main, ...others } = endpoints(body);
  return others;
}

function mainNetwork({ HostConfig }: CreateBody): string {
  return HostConfig?.NetworkMode ?? "default";
}
