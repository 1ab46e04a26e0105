/**
 * The Docker CLI's config.json, as far as it is about credentials for registries. Pure.
 * In: the file's text. Out: the credentials for a registry, or where they are; decided as in docker/cli, cli/config.
 */

/** What a registry gets to see: `AuthConfig` of the Engine API. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  /** In place of user and password, for the registry's token server. */
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** Names one registry in such files: by its host and port, but Docker Hub by an old address. */
export type ServerKey = string;

/** What a file, or a helper, has for a registry. */
export type Found =
  | { readonly kind: "none" }
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  /** There is something, and it can not be used. */
  | { readonly kind: "broken"; readonly reason: string };

/** What else is in the file stays in it. */
export interface DockerConfig extends Readonly<Record<string, unknown>> {
  readonly auths: Readonly<Record<string, unknown>>;
  readonly credHelpers: Readonly<Record<string, unknown>>;
  readonly credsStore: string;
}

const HUB = "docker.io";
const HUB_KEY: ServerKey = "https://index.docker.io/v1/";

/** `repository`: in full; e.g. `ghcr.io/a/b` → `ghcr.io`. */
export function serverKey(repository: string): ServerKey {
  const host = repository.slice(0, repository.indexOf("/"));
  return host === HUB ? HUB_KEY : host;
}

/** Undefined if the text is no such file. It does not say what is wrong: the text is full of secrets. */
export function parseDockerConfig(text: string): DockerConfig | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { auths = {}, credHelpers = {}, credsStore = "" } = value;
  if (!isRecord(auths) || !isRecord(credHelpers) || typeof credsStore !== "string") return undefined;
  return { ...value, auths, credHelpers, credsStore };
}

/**
 * The registry's own helper comes first, then the helper for all registries, then the entries of the file.
 * `helper`: the program `docker-credential-NAME` is to be asked.
 */
export function findCredentials(
  { auths, credHelpers, credsStore }: DockerConfig,
  key: ServerKey,
): Found | { readonly kind: "helper"; readonly name: string } {
  const name = Object.hasOwn(credHelpers, key) ? credHelpers[key] : credsStore;
  if (typeof name === "string" && name !== "") return { kind: "helper", name };
  const exact = Object.hasOwn(auths, key) ? key : undefined;
  const found = exact ?? Object.keys(auths).find((address) => keyOfAddress(address) === key);
  return found === undefined ? { kind: "none" } : readEntry(found, auths[found]);
}

/** Old files write `https://HOST/v1/` for any registry, and Podman writes `docker.io` for Docker Hub. */
function keyOfAddress(address: string): ServerKey {
  if (address === HUB || address === HUB_KEY) return HUB_KEY;
  return address.replace(/^[a-z]+:\/\//, "").replace(/\/.*/s, "");
}

/**
 * One file for the Docker CLI that has what several have: for each registry, the first file that knows it counts. Each
 * is named in `credHelpers`, by an empty name where the entry of `auths` counts, or another file's `credsStore` would.
 */
export function mergeDockerConfigs(configs: readonly DockerConfig[]): DockerConfig {
  const auths: Record<ServerKey, Credentials> = {};
  const credHelpers: Record<ServerKey, string> = {};
  for (const config of configs) {
    const keys = [...Object.keys(config.credHelpers), ...Object.keys(config.auths).map(keyOfAddress)];
    for (const key of keys.filter((key) => !Object.hasOwn(credHelpers, key))) {
      const found = findCredentials(config, key);
      if (found.kind === "helper") credHelpers[key] = found.name;
      if (found.kind !== "credentials") continue;
      auths[key] = found.credentials;
      credHelpers[key] = "";
    }
  }
  const credsStore = configs.map((config) => config.credsStore).find((name) => name !== "") ?? "";
  return { ...Object.assign({}, ...configs.toReversed()), auths, credHelpers, credsStore };
}

function readEntry(address: string, entry: unknown): Found {
  const reason = `its entry for "${address}" is not as "docker login" writes it`;
  if (!isRecord(entry)) return { kind: "broken", reason };
  const { auth, username, password, identitytoken, registrytoken } = entry;
  const pair = typeof auth === "string" && auth !== "" ? decodePair(auth) : { username, password };
  if (pair === undefined) return { kind: "broken", reason };
  const credentials = Object.fromEntries(
    Object.entries({ ...pair, identitytoken, registrytoken })
      .filter(([, value]) => typeof value === "string" && value !== ""),
  );
  // With a helper, `docker login` leaves an empty entry.
  return Object.keys(credentials).length === 0 ? { kind: "none" } : { kind: "credentials", credentials };
}

/** Reads base64 of `user:password`; undefined if it is none. */
function decodePair(auth: string): { username: string; password: string } | undefined {
  let text: string;
  try {
    text = new TextDecoder().decode(Uint8Array.from(atob(auth), (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
  const colon = text.indexOf(":");
  if (colon < 1) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/^\0+|\0+$/g, "") };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
