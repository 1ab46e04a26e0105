/**
 * Who we are to the registry that an image comes from. Loaded by a pull only.
 * In: the files in which `docker login` and its like keep that. Out: the header that the engine passes on.
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
  /** `X-Registry-Auth` of the Engine API. Secret. */
  readonly header: string;
  /** The file that it comes from, directly or by way of a helper. */
  readonly file: string;
}

interface ConfigFile {
  readonly path: string;
  /** Somebody named it: it has to be there. */
  readonly isNamed: boolean;
}

const LIMIT_BYTES = 1024 * 1024;
/** Its name in the unit: `LoadCredential=docker-config:…`. */
const CREDENTIAL = "docker-config";

/**
 * Of the first file that knows this registry; undefined where none does. What is wrong with a file, or a helper,
 * is logged and no more: many images can be had by anybody.
 * `repository`: in full, e.g. `docker.io/library/nginx`.
 */
export async function findRegistryAuth(
  repository: string,
  context: Pick<ImageContext, "host" | "logger" | "stop">,
): Promise<RegistryAuth | undefined> {
  const key = serverKey(repository);
  const found = await findAccount(key, context);
  return found && { header: encodeHeader({ ...found.credentials, serveraddress: key }), file: found.file };
}

/** What the first file that knows this registry says of it; undefined where none does. */
export async function findAccount(
  key: ServerKey,
  context: Pick<ImageContext, "host" | "logger" | "stop">,
): Promise<{ readonly credentials: Credentials; readonly file: string } | undefined> {
  for (const file of configFiles(context.host)) {
    const credentials = await lookUp(file, key, context);
    if (credentials !== undefined) return { credentials, file: file.path };
  }
  return undefined;
}

/** The most particular first. */
function configFiles({ env }: Host): ConfigFile[] {
  const named = env("REGISTRY_AUTH_FILE");
  const credentials = env("CREDENTIALS_DIRECTORY");
  const folder = env("DOCKER_CONFIG");
  const home = env("HOME");
  return [
    ...(named ? [{ path: named, isNamed: true }] : []),
    ...(credentials ? [{ path: `${credentials}/${CREDENTIAL}`, isNamed: false }] : []),
    ...(folder
      ? [{ path: `${folder}/config.json`, isNamed: false }]
      : home
      ? [{ path: `${home}/.docker/config.json`, isNamed: false }]
      : []),
  ];
}

async function lookUp(
  { path, isNamed }: ConfigFile,
  key: ServerKey,
  context: Pick<ImageContext, "host" | "logger" | "stop">,
): Promise<Credentials | undefined> {
  const { host, logger } = context;
  const warn = (reason: string) => {
    const message = `Cannot use the registry credentials of "${path}": ${reason}`;
    logger.log({ severity: "warn", source: "docker", message, data: { registry: key } });
    return undefined;
  };
  const read = await host.readFile(path, LIMIT_BYTES);
  if (read.kind === "missing") return isNamed ? warn("there is no such file") : undefined;
  if (read.kind === "error") return warn(read.reason);
  const config = parseDockerConfig(new TextDecoder().decode(read.bytes));
  if (config === undefined) return warn('it must be JSON as "docker login" writes it');
  const found = findCredentials(config, key);
  if (found.kind === "none") return undefined;
  if (found.kind === "broken") return warn(found.reason);
  if (found.kind === "credentials") return found.credentials;
  const answer = await askHelper(found.name, key, context);
  if (answer.kind === "failed") return warn(`docker-credential-${found.name}: ${answer.reason}`);
  return answer.kind === "credentials" ? answer.credentials : undefined;
}

/** JSON in base64, in the alphabet for URLs. */
export function encodeHeader(value: object): string {
  const json = new TextEncoder().encode(JSON.stringify(value));
  return btoa(String.fromCharCode(...json)).replaceAll("+", "-").replaceAll("/", "_");
}
