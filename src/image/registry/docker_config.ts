/**
 * The Docker CLI's config.json, as far as it says who we are to a registry. Pure.
 * In: the file's text. Out: where the credentials for a registry are, as the CLI (cli/config) decides it.
 */

/** What a registry is told about us: `AuthConfig` of the Engine API. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  /** Stands for user and password; the registry's token server takes it. */
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** Names one registry: its host and port, but for Docker Hub, which has an address from the time before. */
export type ServerKey = string;

export type Found =
  | { readonly kind: "none" }
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  /** The program `docker-credential-NAME` knows. */
  | { readonly kind: "helper"; readonly name: string }
  /** There is an entry, and it is no good. */
  | { readonly kind: "broken"; readonly reason: string };

export interface DockerConfig {
  readonly auths: Readonly<Record<string, unknown>>;
  readonly credHelpers: Readonly<Record<string, unknown>>;
  readonly credsStore: string;
}

const HUB = "docker.io";
const HUB_KEY: ServerKey = "https://index.docker.io/v1/";

/** `repository`: in full, e.g. `docker.io/library/nginx`. */
export function serverKey(repository: string): ServerKey {
  const host = repository.slice(0, repository.indexOf("/"));
  return host === HUB ? HUB_KEY : host;
}

/** Undefined where the text is no such file. What is wrong with it is not said: it is full of secrets. */
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
  return { auths, credHelpers, credsStore };
}

/** A helper of the registry's own comes before the one for all, and any helper before what stands in the file. */
export function findCredentials({ auths, credHelpers, credsStore }: DockerConfig, key: ServerKey): Found {
  const name = Object.hasOwn(credHelpers, key) ? credHelpers[key] : credsStore;
  if (typeof name === "string" && name !== "") return { kind: "helper", name };
  const exact = Object.hasOwn(auths, key) ? key : undefined;
  const found = exact ?? Object.keys(auths).find((address) => sameServer(address, key));
  return found === undefined ? { kind: "none" } : readEntry(found, auths[found]);
}

/** Old files have `https://HOST/v1/` for any registry, and Podman has `docker.io` for the Hub. */
function sameServer(address: string, key: ServerKey): boolean {
  if (key === HUB_KEY) return address === HUB;
  const host = address.replace(/^[a-z]+:\/\//, "").replace(/\/.*/s, "");
  return host === key;
}

function readEntry(address: string, entry: unknown): Found {
  const broken = { kind: "broken", reason: `its entry for "${address}" is not as "docker login" writes it` };
  if (!isRecord(entry)) return broken as Found;
  const { auth, username, password, identitytoken, registrytoken } = entry;
  const pair = typeof auth === "string" && auth !== "" ? decodePair(auth) : { username, password };
  if (pair === undefined) return broken as Found;
  const credentials = Object.fromEntries(
    Object.entries({ ...pair, identitytoken, registrytoken })
      .filter(([, value]) => typeof value === "string" && value !== ""),
  );
  // `docker login` with a helper leaves empty entries.
  return Object.keys(credentials).length === 0 ? { kind: "none" } : { kind: "credentials", credentials };
}

/** Base64 of `user:password`. */
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
