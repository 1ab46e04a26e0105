/**
 * Credentials for the registry that an image is pulled from. Loaded by a pull or a build only.
 * In: the files in which `docker login` and the like keep them. Out: a header for the engine, which passes it on.
 */
import type { Host } from "../../host/host.ts";
import type { ImageContext } from "../wanted_image.ts";
import { askHelper } from "./credential_helper.ts";
import {
  type Credentials,
  type DockerConfig,
  findCredentials,
  parseDockerConfig,
  serverKey,
} from "./docker_config.ts";

export interface RegistryAuth {
  /** The value of `X-Registry-Auth` of the Engine API. Secret. */
  readonly header: string;
  /** The same for who asks the registry without the engine. Secret. */
  readonly credentials: Credentials;
  /** The file that has the credentials, or names the helper that has them. */
  readonly file: string;
}

const LIMIT_BYTES = 1024 * 1024;
/** Names a file, as for Podman and Skopeo: containers-auth.json(5). */
const FILE_VARIABLE = "REGISTRY_AUTH_FILE";
/** As the unit has it: `LoadCredential=docker-config:…`, systemd.exec(5). */
const CREDENTIAL = "docker-config";

/** The files in which credentials may be, in the order in which they are asked. */
export interface DockerConfigFiles {
  /** Somebody has named it, so that it has to exist. */
  readonly named: string | undefined;
  readonly credential: string | undefined;
  /** The Docker CLI's own. */
  readonly own: string | undefined;
}

/**
 * The credentials for a repository, in full like `docker.io/library/nginx`; undefined if no file has any. A file or
 * helper that can not be used is only warned of: most images can be pulled without credentials.
 */
export async function findRegistryAuth(
  repository: string,
  context: Omit<ImageContext, "notifier">,
  files: DockerConfigFiles = dockerConfigFiles(context.host),
): Promise<RegistryAuth | undefined> {
  const key = serverKey(repository);
  const warn = warningOf(context, { registry: key });
  for await (const { file, config } of readDockerConfigs(context.host, warn, files)) {
    const entry = findCredentials(config, key);
    const found = entry.kind === "helper" ? await askHelper(entry.name, key, context) : entry;
    if (found.kind === "broken") warn(file, found.reason);
    if (found.kind !== "credentials") continue;
    const { credentials } = found;
    return { header: encodeHeader({ ...credentials, serveraddress: key }), credentials, file };
  }
  return undefined;
}

/** The folder in which the Docker CLI keeps its config; undefined for an account without a home. */
export function dockerConfigFolder({ env }: Host): string | undefined {
  const home = env("HOME");
  return env("DOCKER_CONFIG") || (home && `${home}/.docker`) || undefined;
}

export function dockerConfigFiles(host: Host): DockerConfigFiles {
  const credentials = host.env("CREDENTIALS_DIRECTORY");
  const folder = dockerConfigFolder(host);
  return {
    named: host.env(FILE_VARIABLE),
    credential: credentials && `${credentials}/${CREDENTIAL}`,
    own: folder && `${folder}/config.json`,
  };
}

/** The files that are there and can be used, in the order in which they are asked. */
export async function* readDockerConfigs(
  host: Host,
  warn: (file: string, reason: string) => void,
  { named, credential, own }: DockerConfigFiles = dockerConfigFiles(host),
): AsyncGenerator<{ readonly file: string; readonly config: DockerConfig }> {
  for (const file of [named, credential, own].flatMap((file) => file || [])) {
    const read = await host.readFile(file, LIMIT_BYTES);
    if (read.kind === "content") {
      const config = parseDockerConfig(new TextDecoder().decode(read.bytes));
      if (config !== undefined) yield { file, config };
      else warn(file, 'it must be JSON as "docker login" writes it');
    } else if (read.kind === "error") warn(file, read.reason);
    // The other files are places to look; this one somebody has named, so that it has to exist.
    else if (file === named) warn(file, "there is no such file");
  }
}

/** Logs that a file or helper can not be used: that is no failure, most images can be pulled without credentials. */
export function warningOf({ logger }: Pick<ImageContext, "logger">, data: Readonly<Record<string, string>>) {
  return (file: string, reason: string): void => {
    const message = `Cannot use the registry credentials of "${file}": ${reason}`;
    logger.log({ severity: "warn", source: "docker", message, data });
  };
}

/** JSON in base64 for URLs, as the Engine API has it. */
function encodeHeader(value: object): string {
  const json = new TextEncoder().encode(JSON.stringify(value));
  return btoa(String.fromCharCode(...json)).replaceAll("+", "-").replaceAll("/", "_");
}
