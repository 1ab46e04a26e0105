/**
 * Credentials for the registry that an image is pulled from. Loaded by a pull or a build only.
 * In: the files in which `docker login` and the like keep them. Out: a header for the engine, which passes it on.
 */
import type { Host } from "../../host/host.ts";
import type { ImageContext } from "../wanted_image.ts";
import { askHelper } from "./credential_helper.ts";
import {
  type Credentials,
  findCredentials,
  parseDockerConfig,
  type ServerKey,
  serverKey,
} from "./docker_config.ts";

export interface RegistryAuth {
  /** The value of `X-Registry-Auth` of the Engine API. Secret. */
  readonly header: string;
  /** The file that has the credentials, or names the helper that has them. */
  readonly file: string;
}

const LIMIT_BYTES = 1024 * 1024;
/** Names a file, as for Podman and Skopeo: containers-auth.json(5). */
const FILE_VARIABLE = "REGISTRY_AUTH_FILE";
/** As the unit has it: `LoadCredential=docker-config:…`, systemd.exec(5). */
const CREDENTIAL = "docker-config";

/**
 * The credentials for a repository, in full like `docker.io/library/nginx`; undefined if no file has any. A file or
 * helper that can not be used is only warned of: most images can be pulled without credentials.
 */
export async function findRegistryAuth(
  repository: string,
  context: ImageContext,
): Promise<RegistryAuth | undefined> {
  const key = serverKey(repository);
  const found = await findAccount(key, context);
  return found && { header: encodeHeader({ ...found.credentials, serveraddress: key }), file: found.file };
}

/** The credentials for a registry, from the first file that has any for it. */
export async function findAccount(
  key: ServerKey,
  context: ImageContext,
): Promise<{ readonly credentials: Credentials; readonly file: string } | undefined> {
  for (const file of configFiles(context.host)) {
    const credentials = await lookUp(file, key, context);
    if (credentials !== undefined) return { credentials, file };
  }
  return undefined;
}

/** In the order in which they are asked. */
function configFiles({ env }: Host): string[] {
  const named = env(FILE_VARIABLE);
  const credentials = env("CREDENTIALS_DIRECTORY");
  const home = env("HOME");
  const folder = env("DOCKER_CONFIG") || (home && `${home}/.docker`);
  const files = [named, credentials && `${credentials}/${CREDENTIAL}`, folder && `${folder}/config.json`];
  return files.flatMap((file) => file || []);
}

async function lookUp(
  file: string,
  key: ServerKey,
  context: ImageContext,
): Promise<Credentials | undefined> {
  const { host, logger } = context;
  const warn = (reason: string) => {
    const message = `Cannot use the registry credentials of "${file}": ${reason}`;
    logger.log({ severity: "warn", source: "docker", message, data: { registry: key } });
    return undefined;
  };
  const read = await host.readFile(file, LIMIT_BYTES);
  // The other files are places to look; this one somebody has named, so that it has to exist.
  if (read.kind === "missing") {
    return file === host.env(FILE_VARIABLE) ? warn("there is no such file") : undefined;
  }
  if (read.kind === "error") return warn(read.reason);
  const config = parseDockerConfig(new TextDecoder().decode(read.bytes));
  if (config === undefined) return warn('it must be JSON as "docker login" writes it');
  const entry = findCredentials(config, key);
  const found = entry.kind === "helper" ? await askHelper(entry.name, key, context) : entry;
  if (found.kind === "broken") return warn(found.reason);
  return found.kind === "credentials" ? found.credentials : undefined;
}

/** JSON in base64 for URLs, as the Engine API has it. */
export function encodeHeader(value: object): string {
  const json = new TextEncoder().encode(JSON.stringify(value));
  return btoa(String.fromCharCode(...json)).replaceAll("+", "-").replaceAll("/", "_");
}
