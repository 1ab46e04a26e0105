/**
 * Who we are to the registries that a Dockerfile takes images from. Loaded by a build only.
 * Only those are looked up: asking a credential helper may take its time, or fail, for others.
 */
import { parseImageReference } from "../../engine/image_reference.ts";
import { ValueError } from "../../errors.ts";
import type { ImageContext } from "../wanted_image.ts";
import { type Credentials, type ServerKey, serverKey } from "./docker_config.ts";
import { encodeHeader, findAccount } from "./registry_auth.ts";

export interface BuildAuth {
  /** `X-Registry-Config` of the Engine API. Secret. */
  readonly header: string;
  /** The files that it comes from. */
  readonly files: readonly string[];
}

/** Undefined where nothing is known of any of the registries. What is wrong with a file is logged and no more. */
export async function findBuildAuth(
  dockerfile: string,
  args: Readonly<Record<string, string>>,
  context: Pick<ImageContext, "host" | "logger" | "stop">,
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

/** `FROM --platform=… IMAGE`, `COPY --from=IMAGE` and `ARG NAME=DEFAULT`, on one line each. */
const INSTRUCTION =
  /^[ \t]*(?:FROM[ \t]+(?:--\S+[ \t]+)*(\S+)|(?:COPY|ADD)[ \t].*--from=(\S+)|ARG[ \t]+(.*))/gim;
const ARGUMENT = /(\w+)=(?:"([^"]*)"|'([^']*)'|(\S*))/g;
const VARIABLE = /\$(?:(\w+)|\{(\w+)(?::-([^}]*))?[^}]*\})/g;

/** The registries of the images that stages begin with, or copy from; a stage's name looks like an image on the Hub. */
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
  try {
    const reference = parseImageReference(image);
    return reference.kind === "name" ? serverKey(reference.name) : undefined;
  } catch (error) {
    if (error instanceof ValueError) return undefined;
    throw error;
  }
}
