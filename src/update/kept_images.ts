/**
 * The images that a service keeps beside the one that its tag means, by names of ours; all others it has had go.
 * Sources: ImageTag, ImageDelete of the Engine API.
 */
import type { ContainerEngine } from "../engine/engine.ts";
import { parseImageReference } from "../engine/image_reference.ts";
import { EngineError } from "../errors.ts";
import { NEVER } from "../host/pause.ts";

/** The last part of an image's name, distribution's reference grammar. */
const NAME_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/** The engine takes 255 characters in all. */
const LONGEST_PART = 200;

interface ImageName {
  readonly repository: string;
  readonly tag: string;
}

/** e.g. `service_runner/web:previous`: the image to go back to. */
export function previousName(service: string): ImageName {
  return { repository: `service_runner/${namePart(service)}`, tag: "previous" };
}

/** Names of containers may have capitals, and more of which names of images have none. */
function namePart(service: string): string {
  if (NAME_PART.test(service)) return service.slice(0, LONGEST_PART);
  const bytes = new TextEncoder().encode(service);
  return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`.slice(0, LONGEST_PART);
}

/** Has the name of the image to go back to mean this one; yields which it was before. */
export async function keepAsPrevious(
  service: string,
  id: string | null,
  engine: ContainerEngine,
): Promise<string | undefined> {
  const name = previousName(service);
  const before = (await engine.inspectImage(`${name.repository}:${name.tag}`, NEVER))?.Id;
  if (id !== null) await engine.tagImage(id, name, NEVER);
  return before;
}

/**
 * Gives the image a name for the time of a pull: an engine with containerd's store may drop it as soon as its tag means
 * another one (https://github.com/moby/moby/pull/48374). `release` takes the name away; the image has to have another
 * one by then, or goes.
 */
export async function guardImage(
  service: string,
  id: string,
  engine: ContainerEngine,
): Promise<{ readonly release: () => Promise<void> }> {
  const name = { ...previousName(service), tag: "updating" };
  const text = `${name.repository}:${name.tag}`;
  // Left by a process that was killed: known by no other name, perhaps.
  const left = (await engine.inspectImage(text, NEVER))?.Id;
  await engine.tagImage(id, name, NEVER);
  return {
    release: async () => {
      await removeUnlessUsed(text, engine);
      if (left !== undefined && left !== id) await removeNameless([left], engine);
    },
  };
}

/** Has the reference, e.g. `nginx:1.27`, mean this image in the engine. */
export async function giveTag(reference: string, id: string, engine: ContainerEngine): Promise<void> {
  const parsed = parseImageReference(reference);
  if (parsed.kind === "id") return;
  await engine.tagImage(id, { repository: parsed.name, tag: parsed.tag ?? "latest" }, NEVER);
}

/** Removes those of the images that have no name any more, and that nobody uses; what can not be removed stays. */
export async function removeNameless(ids: readonly string[], engine: ContainerEngine): Promise<void> {
  for (const id of new Set(ids)) {
    const image = await engine.inspectImage(id, NEVER);
    // By the id of an image with one name, the engine would take that name away, whoever has given it.
    if (image === undefined || (image.RepoTags ?? []).length > 0) continue;
    await removeUnlessUsed(image.Id, engine);
  }
}

async function removeUnlessUsed(nameOrId: string, engine: ContainerEngine): Promise<void> {
  try {
    await engine.removeImage(nameOrId, NEVER);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
}
