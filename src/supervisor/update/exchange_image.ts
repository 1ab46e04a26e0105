/** A container of another image in the place of the one that serves, and what is told of it. */
import { UPDATE_DEFAULTS } from "../../config/update_config.ts";
import { EngineError, NotReadyError } from "../../errors.ts";
import { digestOf, registryDigest } from "../../image/prepare_image.ts";
import { prefixStatus } from "../../systemd/notify.ts";
import type { ChosenImage } from "../../update/choose_image.ts";
import type { Found } from "../../update/newer_image.ts";
import { BY_HAND } from "../../update/update_memory.ts";
import { replaceContainer, type Replaced, type ReplaceOptions } from "../replace.ts";
import type { Service } from "../service.ts";
import { type Job, messageOf, type Updated } from "./job.ts";
import type { Looked } from "./look.ts";
import { Probation } from "./probation.ts";

export interface Exchanged extends Updated {
  /** There while the old container is kept. */
  readonly probation: Probation | undefined;
}

/**
 * Takes what has been found. `service`: as it is by now.
 * @throws what leaves no container to go on with, e.g. EngineUnreachableError if the engine does not come back
 */
export async function goToNewer(looked: Looked, before: Job, service: Service): Promise<Exchanged> {
  const { book } = before;
  const job = { ...before, service };
  const { from, found } = looked;
  const isOther = service.container.id !== before.service.container.id;
  if (found === undefined || (isOther && found.kind === "newer")) {
    const why = isOther ? "another container has taken the place meanwhile" : messageOf(looked.error);
    book.tell(
      { state: "failed", from, to: null, why },
      "A newer image can not be looked for or pulled, the container stays",
      "error",
    );
    return staying(job, `update failed: ${why}`);
  }
  return found.kind === "newer" ? await replace(found, from, job) : stay(found, from, job);
}

/** The container stays. */
function staying({ service }: Job, remark?: string): Exchanged {
  return { service, isProven: true, remark, probation: undefined };
}

/** There is no newer image, or it is not to be taken. */
function stay(found: Exclude<Found, { kind: "newer" }>, from: string | null, job: Job): Exchanged {
  const { image } = job.service.plan;
  const story = {
    current: `There is no newer image "${image}"`,
    skipped: `The image "${image}" is never updated`,
    waiting: `The newer image "${image}" is too young to be taken`,
    refused: `The image "${image}" is still the one that was refused`,
    available: `There is a newer image "${image}"`,
  }[found.kind];
  const to = "digest" in found ? found.digest : "id" in found ? found.id : null;
  const isNews = found.kind === "available";
  const { refused } = job.book.memory;
  const digest = found.kind === "refused" ? refused?.digest ?? null : undefined;
  const why = "why" in found && found.why !== undefined ? found.why : null;
  const outcome = { state: found.kind, from, to, why, ...digest !== undefined && { digest } };
  job.book.tell(outcome, story, isNews ? "notice" : "info");
  const remark = isNews
    ? "a newer image is there"
    : found.kind === "refused"
    ? `update refused: ${why}`
    : undefined;
  return staying(job, remark);
}

async function replace(
  { id: to, digest }: Found & { kind: "newer" },
  from: string | null,
  job: Job,
): Promise<Exchanged> {
  const { service: old, context, book } = job;
  const { probationMs } = old.loaded.config.update ?? UPDATE_DEFAULTS;
  const image = { digest: digest ?? to, insteadId: undefined };
  const { refusal, ...replaced } = await exchange(image, job, {
    keepsOld: probationMs > 0,
    // Before all else: whatever comes now, it is not started again.
    onRefusal: (refusal) => {
      if (isImagesFault(refusal)) book.refuse({ id: to, digest, why: messageOf(refusal) });
    },
  });
  const exchanged = { ...replaced, remark: undefined, probation: undefined };
  if (context.stop.aborted) return exchanged;
  if (refusal !== undefined) {
    const why = messageOf(refusal);
    const state = isImagesFault(refusal) ? "taken_back" : "failed";
    const story = "The update is taken back, the old container serves again";
    book.tell({ state, from, to, digest, why, isNews: true }, story, "error");
    return { ...exchanged, remark: `update taken back: ${why}` };
  }
  const probation = new Probation({ old, book, from, to, digest, probationMs });
  if (probationMs === 0) {
    probation.tellUpdated();
    return exchanged;
  }
  probation.tellBegun();
  return { ...exchanged, probation };
}

/** Back to the image of before, which then is started as long as the tag means the other one. @throws as `goToNewer` */
export async function goToPrevious(job: Job): Promise<Exchanged> {
  const { service: { container }, access: { engine }, context: { stop }, book } = job;
  const { memory } = book;
  let from: string | null = null;
  let to: string | null = null;
  const fail = (why: string): Exchanged => {
    book.tell({ state: "failed", from, to, why }, "The service is not rolled back", "error");
    return staying(job, `not rolled back: ${why}`);
  };
  let chosen: ChosenImage;
  try {
    from = (await engine.inspectContainer(container.id, stop))?.Image ?? null;
    const previous = memory.previous === null ? undefined : await engine.inspectImage(memory.previous, stop);
    if (from === null || previous === undefined || previous.Id === from) {
      return fail("there is no image to go back to");
    }
    to = previous.Id;
    chosen = { digest: digestOf(previous) ?? to, insteadId: to };
    const digest = registryDigest(await engine.inspectImage(from, stop)) ?? null;
    book.refuse({ id: from, digest, why: BY_HAND });
  } catch (error) {
    return fail(messageOf(error));
  }
  const back = exchange(chosen, job, { onRefusal: () => book.remember(memory) }, "Rolling back");
  const { refusal, ...replaced } = await back;
  if (stop.aborted) return { ...replaced, remark: undefined, probation: undefined };
  if (refusal !== undefined) return { ...fail(messageOf(refusal)), ...replaced };
  book.tell({ state: "rolled_back", from, to, why: BY_HAND }, "The image of before serves again", "notice");
  return { ...replaced, remark: undefined, probation: undefined };
}

function exchange(
  image: ChosenImage,
  { service, access, context }: Job,
  options: ReplaceOptions,
  what = "Updating",
): Promise<Replaced> {
  const notifier = prefixStatus(what, context.notifier);
  return replaceContainer(service, { ...service, image }, access, { ...context, notifier }, options);
}

/**
 * With a plan that has served, a bad request is one of the image, e.g. a command that is not in it. A name or a port
 * that is taken, a full disk, an engine that is away say nothing about it.
 */
function isImagesFault(refusal: unknown): boolean {
  return refusal instanceof NotReadyError || (refusal instanceof EngineError && refusal.httpStatus === 400);
}
