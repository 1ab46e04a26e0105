/**
 * SIGUSR1: a newer image of the same plan. It is looked for, and pulled, while the container goes on being watched; then
 * the new one takes its place (`exchange_image.ts`), and for a time the old one is kept (`probation.ts`).
 * In: requests, and all that happens to the service meanwhile. Out: the service as it is then. Loaded by the first request.
 */
import { UPDATE_DEFAULTS } from "../../config/update_config.ts";
import { pause } from "../../host/pause.ts";
import { UpdateBook } from "../../update/update_book.ts";
import { takeUpdateRequest, type UpdateRequest } from "../../update/update_request.ts";
import type { PostMortemOptions } from "../container/ended_container.ts";
import type { Context } from "../context.ts";
import type { Proof } from "../prove.ts";
import type { EngineAccess, Service } from "../service.ts";
import type { WatchEvent } from "../watch.ts";
import { type Exchanged, goToNewer, goToPrevious } from "./exchange_image.ts";
import { type Job, messageOf, type Updated } from "./job.ts";
import { look, type Looked } from "./look.ts";
import type { Probation } from "./probation.ts";

/** The service as it is after that. */
type Next = Omit<Updated, "remark">;

export class Updater {
  /** There from a request until what it has found is acted on. */
  #looking: { readonly job: Job; readonly done: Promise<Looked> } | undefined;
  /** There while the container of before an update is kept. */
  #probation: Probation | undefined;
  #remark: string | undefined;

  /** What the last update came to, for STATUS=; undefined when all is as wanted. */
  get remark(): string | undefined {
    return this.#probation?.remark ?? this.#remark;
  }

  get isOnProbation(): boolean {
    return this.#probation !== undefined;
  }

  /** Resolves when there is something to be done that nobody asks for any more; never where there is nothing. */
  async next(signal: AbortSignal): Promise<WatchEvent> {
    if (this.#looking !== undefined) {
      await this.#looking.done;
      return { kind: "looked" };
    }
    if (this.#probation === undefined) return await new Promise(() => {});
    await pause(this.#probation.leftMs, signal);
    return { kind: "settled" };
  }

  /** Somebody asks. @throws what leaves no container to go on with */
  async ask(service: Service, access: EngineAccess, context: PostMortemOptions): Promise<Next> {
    let request: UpdateRequest;
    try {
      request = await takeRequest(service, context);
      if (this.#looking !== undefined) throw new Error("an update is under way");
      if (this.#probation !== undefined && request.action !== "rollback") {
        throw new Error("the last update is still on probation");
      }
    } catch (error) {
      const message = `A request to update is ignored: ${messageOf(error)}`;
      context.logger.log({ severity: "notice", source: "service", message });
      return { service, isProven: true };
    }
    if (this.#probation !== undefined) {
      return this.#goOn(await this.#probation.rollBack(service, request.id, access, context));
    }
    const book = await UpdateBook.open(service.plan.image, request.id, context);
    book.tell({ state: "updating", from: null, to: null, why: null }, "An update is asked for");
    const job = { service, access, context, book };
    if (request.action === "rollback") {
      const before = this.#remark;
      const next = this.#goOn(await goToPrevious(job));
      // What could not be done is for whoever has asked, and hides nothing.
      if (next.service.container === service.container) this.#remark = before;
      return next;
    }
    this.#looking = { job, done: look(job, request) };
    return { service, isProven: true };
  }

  /** What follows from an event; undefined where that is not about an update. */
  async judge(
    service: Service,
    event: Proof | WatchEvent,
    access: EngineAccess,
    context: PostMortemOptions,
  ): Promise<Next | undefined> {
    if (event.kind === "looked" && this.#looking !== undefined) {
      const { job, done } = this.#looking;
      this.#looking = undefined;
      return this.#goOn(await goToNewer(await done, job, service));
    }
    const judged = await this.#probation?.judge(service, event, access, context);
    return judged && this.#goOn(judged);
  }

  /** Another container is going to take the place of both. */
  async beforeReplacing(access: EngineAccess, context: Context): Promise<void> {
    await this.#probation?.end(access, context);
    this.#probation = undefined;
  }

  #goOn({ probation, remark, ...next }: Updated & Partial<Exchanged>): Next {
    this.#probation = probation;
    this.#remark = remark;
    return next;
  }
}

/** @throws Error with the reason why it can not be met */
async function takeRequest(
  { loaded: { config } }: Service,
  { host, runtimeFolder }: Context,
): Promise<UpdateRequest> {
  const left = runtimeFolder && await takeUpdateRequest(runtimeFolder.path, host);
  if (left !== undefined) return left;
  const { mode } = config.update ?? UPDATE_DEFAULTS;
  if (mode === "never") throw new Error('"update.mode" is "never"');
  return { id: null, action: mode === "notify" ? "check" : "update", force: false };
}
