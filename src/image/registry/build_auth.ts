/**
 * Credentials for the registries that a Dockerfile takes images from. Loaded by a build only.
 * Only these are looked up: to ask a credential helper for others too may take long, or fail.
 */
import { parseImageReference } from "../../engine/image_reference.ts";
import { ValueError, valueOrError } from "../../errors.ts";
import type { ImageContext } from "../wanted_image.ts";
import { type Credentials, type ServerKey, serverKey } from "./docker_config.ts";
import { encodeHeader, findAccount } from "./registry_auth.ts";

export interface BuildAuth {
  /** The value of `X-Registry-Config` of the Engine API. Secret. */
  readonly header: string;
  /** The files that have the credentials, or name the helpers that have them. */
  readonly files: readonly string[];
}

/** Undefined if there are no credentials for any of the registries. A file that can not be used is only warned of. */
export async function findBuildAuth(
  dockerfile: string,
  args: Readonly<Record<string, string>>,
  context: ImageContext,
): Promise<BuildAuth | undefined> {
  const accounts: Record<ServerKey, Credentials> = {};
  const files = new Set<string>();
  for (const key of baseRegistries(dockerfile, args)) {
    const found = await findAccount(key, context);
    if (found === undefined) continue;
    accounts[key] = found.credentials;
    files.add(found.file);
  }
  return files.size === 0 ? undefined : { header: encodeHeader(accounts), files: [...files] };
}

/** `FROM --platform=… IMAGE`, `COPY --from=IMAGE` or `ARG NAME=DEFAULT`, each on a line of its own. */
const INSTRUCTION =
  /^[ \t]*(?:FROM[ \t]+(?:--\S+[ \t]+)*(\S+)|(?:COPY|ADD)[ \t].*--from=(\S+)|ARG[ \t]+(.*))/gim;
const ARGUMENT = /(\w+)=(?:"([^"]*)"|'([^']*)'|(\S*))/g;
const VARIABLE = /\$(?:(\w+)|\{(\w+)(?::-([^}]*))?[^}]*\})/g;

/**
 * The registries of all images that the Dockerfile begins with or copies from. The name of a stage is taken for an
 * image too, on Docker Hub; that does no harm.
 */
export function baseRegistries(dockerfile: string, args: Readonly<Record<string, string>>): ServerKey[] {
  const values = new Map<string, string>();
  const expand = (text: string) =>
    text.replace(
      VARIABLE,
      (_, plain?: string, braced?: string, otherwise = "") => values.get(plain ?? braced ?? "") ?? otherwise,
    );
  const keys = new Set<ServerKey>();
  for (const [, from, copied, declared = ""] of dockerfile.matchAll(INSTRUCTION)) {
    for (const [, name = "", double, single, bare = ""] of declared.matchAll(ARGUMENT)) {
      values.set(name, expand(double ?? single ?? bare));
    }
    for (const [name, value] of Object.entries(args)) values.set(name, value);
    const key = registryOf(expand(from ?? copied ?? ""));
    if (key !== undefined) keys.add(key);
  }
  return [...keys];
}

function registryOf(image: string): ServerKey | undefined {
  const reference = valueOrError(() => parseImageReference(image));
  return !(reference instanceof ValueError) && reference.kind === "name"
    ? serverKey(reference.name)
    : undefined;
}
