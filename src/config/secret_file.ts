/** A secret of the machine-wide config that stands in a file of its own, or in one of systemd's credentials. */
import type { Host } from "../host/host.ts";
import { folderOf, resolvePath } from "../host/paths.ts";
import { configError } from "./load_config.ts";

const LIMIT_BYTES = 64 * 1024;

/** What may stand in a header. */
export const ASCII = /^[\x20-\x7e]+$/;

/** The config that is being read. */
export interface ConfigText {
  readonly file: string;
  readonly text: string;
  readonly host: Host;
}

export interface SecretPlace {
  /** Of the section that wants it. */
  readonly path: readonly (string | number)[];
  /** The key that may name the file, e.g. `token_file`. */
  readonly key: string;
  /** The file that it names; undefined where it is not given. */
  readonly named: string | undefined;
  /** What systemd.exec(5), `LoadCredential=`, may have it under. */
  readonly credential: string;
}

/** The text in the file that the config names, else in the credential; undefined if there is neither. @throws ConfigError */
export async function readSecret(
  { file, text, host }: ConfigText,
  { path: section, key, named, credential }: SecretPlace,
): Promise<string | undefined> {
  const credentials = host.env("CREDENTIALS_DIRECTORY");
  if (named === undefined && !credentials) return undefined;
  const path = resolvePath(named ?? credential, named === undefined ? credentials! : folderOf(file));
  const read = await host.readFile(path, LIMIT_BYTES);
  const secret = read.kind === "content" ? new TextDecoder().decode(read.bytes).trim() : "";
  if (ASCII.test(secret)) return secret;
  if (read.kind === "missing" && named === undefined) return undefined;
  const reason = read.kind === "missing"
    ? "there is no such file"
    : read.kind === "error"
    ? read.reason
    : `it must hold a ${key.replace(/_file$/, "")} of ASCII characters`;
  const message = `names a file that can not be used, "${path}": ${reason}`;
  throw await configError(file, text, [{ path: [...section, ...named === undefined ? [] : [key]], message }]);
}
