/**
 * Whether there is a newer image of a service, and the image in the engine if it is to be taken.
 * In: what the service wants, what it runs now, its rules, what it remembers. Out: what there is, what is remembered then.
 */
import type { ImageInspect } from "../engine/api_types.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import { clockTime } from "../host/local_time.ts";
import { prepareImage, registryDigest } from "../image/prepare_image.ts";
import type { ImageContext, WantedImage } from "../image/wanted_image.ts";
import { neverUpdated } from "../plan/update_rules.ts";
import { remoteDigest } from "../image/registry/remote_digest.ts";
import { giveTag, guardImage, keepAsPrevious, removeNameless } from "./kept_images.ts";
import type { UpdateMemory } from "./update_memory.ts";

export interface LookOptions {
  readonly wanted: WantedImage;
  /** The id of the image that serves; undefined where none does. */
  readonly currentId: string | undefined;
  /** The id of the image to go back to from a newer one, where that is not the one that serves. */
  readonly provenId?: string | undefined;
  readonly rules: {
    readonly minAgeMs: number;
    /** Also one that is too young, or was refused before. */
    readonly force: boolean;
    /** Whether it is to be pulled; else nothing in the engine changes. */
    readonly pulls: boolean;
  };
  readonly memory: UpdateMemory;
  /** The time of day. */
  readonly nowMs: () => number;
  /** Called before what it is about is irrevocable. */
  readonly remember: (memory: UpdateMemory) => void;
}

export type Found =
  /** An image that is never updated. */
  | { readonly kind: "skipped"; readonly why: string }
  | { readonly kind: "current" }
  /** Too young; or not to be pulled now. */
  | { readonly kind: "waiting" | "available"; readonly digest: string; readonly why: string | undefined }
  | { readonly kind: "refused"; readonly id: string; readonly why: string }
  /** The engine has it now. */
  | { readonly kind: "newer"; readonly id: string; readonly digest: string | null };

/** Yields what is remembered in the end, too. @throws what `prepareImage` throws where the registry can not be asked, or the pull fails */
export async function lookForNewer(
  service: string,
  options: LookOptions,
  engine: ContainerEngine,
  context: ImageContext,
): Promise<{ readonly found: Found; readonly memory: UpdateMemory }> {
  const { wanted, rules: { pulls, minAgeMs, force } } = options;
  const why = neverUpdated(wanted);
  if (why !== undefined) return { found: { kind: "skipped", why }, memory: options.memory };
  if (!pulls || (minAgeMs > 0 && !force)) {
    const digest = await remoteDigest(wanted.image, engine, context);
    const memory = noteSeen(options.memory, digest, options.nowMs());
    const found = await judge(digest, { ...options, memory }, engine, context);
    if (found.kind !== "available" || !pulls) return { found, memory };
    return await pull(service, { ...options, memory, wantedDigest: digest }, engine, context);
  }
  return await pull(service, { ...options, wantedDigest: undefined }, engine, context);
}

/** Of the digests seen before only what still counts stays. */
function noteSeen(memory: UpdateMemory, digest: string, nowMs: number): UpdateMemory {
  // No later than now, should the clock have been wrong.
  const at = new Date(Math.min(Date.parse(memory.first_seen[digest] ?? "") || nowMs, nowMs));
  return { ...memory, first_seen: { [digest]: at.toISOString() } };
}

async function judge(
  digest: string,
  { currentId, rules: { minAgeMs, force }, memory: { refused, first_seen: firstSeen }, nowMs }: LookOptions,
  engine: ContainerEngine,
  { stop }: ImageContext,
): Promise<Found> {
  const current = currentId === undefined ? undefined : await engine.inspectImage(currentId, stop);
  if (hasDigest(current, digest)) return { kind: "current" };
  if (refused?.digest === digest && !force) return { kind: "refused", id: refused.id, why: refused.why };
  const readyAtMs = Date.parse(firstSeen[digest] ?? "") + minAgeMs;
  if (force || !(readyAtMs > nowMs())) return { kind: "available", digest, why: undefined };
  return { kind: "waiting", digest, why: `not before ${clockTime(new Date(readyAtMs))} ("min_age")` };
}

function hasDigest(image: ImageInspect | undefined, digest: string): boolean {
  return image?.RepoDigests?.some((known) => known.endsWith(`@${digest}`)) ?? false;
}

/**
 * What had the tag, or serves, is kept by another name from before the pull on; also if that is broken off, since the tag
 * may mean the other image already. `wantedDigest`: what the tag meant just now; undefined where anything will do.
 */
async function pull(
  service: string,
  { wanted, currentId, provenId, rules: { force }, memory, nowMs, wantedDigest, remember }: LookOptions & {
    readonly wantedDigest: string | undefined;
  },
  engine: ContainerEngine,
  context: ImageContext,
): Promise<{ readonly found: Found; readonly memory: UpdateMemory }> {
  const { stop } = context;
  const before = (await engine.inspectImage(currentId ?? wanted.image, stop))?.Id;
  const guard = before === undefined ? undefined : await guardImage(service, before, engine);
  const over = async (
    found: Found,
    memory: UpdateMemory,
    nameless: readonly (string | null | undefined)[],
  ) => {
    remember(memory);
    await guard?.release();
    await removeNameless(nameless.filter((id) => typeof id === "string"), engine);
    return { found, memory };
  };
  await prepareImage({ ...wanted, pull: "always" }, engine, context);
  const image = await engine.inspectImage(wanted.image, stop);
  if (image === undefined || image.Id === before) return await over({ kind: "current" }, memory, []);
  const { refused } = memory;
  if (refused?.id === image.Id && !force) {
    return await over({ kind: "refused", id: image.Id, why: refused.why }, memory, []);
  }
  const digest = registryDigest(image) ?? null;
  if (wantedDigest !== undefined && !hasDigest(image, wantedDigest)) {
    // A start takes what the tag means here, and this one is too young.
    if (before !== undefined) await giveTag(wanted.image, before, engine);
    const why = "its tag means yet another one by now, or a mirror has an older one";
    return await over({ kind: "waiting", digest: wantedDigest, why }, memory, [image.Id]);
  }
  const previous = provenId ?? before ?? null;
  const older = await keepAsPrevious(service, previous, engine);
  const seen = digest === null ? memory : noteSeen(memory, digest, nowMs());
  return await over(
    { kind: "newer", id: image.Id, digest },
    { ...seen, refused: null, previous },
    [memory.previous, refused?.id, before, older],
  );
}
