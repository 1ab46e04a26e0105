/**
 * The time after an update in which the old container is kept, stopped: if the new one ends by itself, or a check that
 * acts fails, the very same old container is started again, with all that it has written.
 */
import { clockTime } from "../../host/local_time.ts";
import { prefixStatus } from "../../systemd/notify.ts";
import type { UpdateBook } from "../../update/update_book.ts";
import { BY_HAND } from "../../update/update_memory.ts";
import {
  endedFromOutside,
  type PostMortemOptions,
  reportExit,
  stopContainer,
} from "../container/ended_container.ts";
import type { Context } from "../context.ts";
import type { Proof } from "../prove.ts";
import { goBack, GOING_BACK, removeOld } from "../replace.ts";
import type { EngineAccess, Service } from "../service.ts";
import type { WatchEvent } from "../watch.ts";
import type { Updated } from "./job.ts";

interface ProbationOptions {
  /** The service as it was, its container stopped. */
  readonly old: Service;
  readonly book: UpdateBook;
  /** Ids of the old and the new image. */
  readonly from: string | null;
  readonly to: string;
  /** The new image's, as the registry has it. */
  readonly digest: string | null;
  readonly probationMs: number;
}

export class Probation {
  readonly #endsAtMs: number;
  readonly #endsAt: Date;

  constructor(readonly options: ProbationOptions) {
    this.#endsAtMs = performance.now() + options.probationMs;
    this.#endsAt = new Date(Date.now() + options.probationMs);
  }

  get leftMs(): number {
    return Math.max(0, this.#endsAtMs - performance.now());
  }

  /** For STATUS=. */
  get remark(): string {
    return `updated, on probation until ${clockTime(this.#endsAt)}`;
  }

  tellBegun(): void {
    const { book, from, to, digest } = this.options;
    const story = `The new image serves; the old container is kept until ${clockTime(this.#endsAt)}`;
    book.tell({ state: "probation", from, to, digest, why: null, at: this.#endsAt }, story, "notice");
  }

  tellUpdated(): void {
    const { book, from, to, digest } = this.options;
    book.tell({ state: "updated", from, to, digest, why: null }, "The service is updated", "notice");
  }

  /** The old container is needed no more. */
  async end(access: EngineAccess, context: Context): Promise<void> {
    await removeOld(this.options.old, access, context);
    this.tellUpdated();
  }

  /** What follows from an event; undefined where that says nothing about the new image. */
  async judge(
    service: Service,
    event: Proof | WatchEvent,
    access: EngineAccess,
    context: PostMortemOptions,
  ): Promise<Updated | undefined> {
    const { container } = service;
    switch (event.kind) {
      case "settled":
        await this.end(access, context);
        return { service, isProven: true, remark: undefined };
      case "ended": {
        if (container.hasEnded || await endedFromOutside(container)) return undefined;
        const why = `the new container has ended, with exit code ${event.exit.statusCode}`;
        this.#refuse(why);
        await reportExit(container, event.exit, context);
        return await this.#goBack(service, why, access, context);
      }
      case "fail": {
        const why = `check "${event.check.name}" fails: ${event.reason}`;
        return await this.#takeBack(service, why, access, context);
      }
      case "not_ready":
        return await this.#takeBack(service, event.error.message, access, context);
      default:
        return undefined;
    }
  }

  /** Somebody does not want to wait for its end. `request`: whoever that is gets to hear what comes of it. */
  async rollBack(
    service: Service,
    request: string | null,
    access: EngineAccess,
    context: Context,
  ): Promise<Updated> {
    const { book, from, to } = this.options;
    book.answer(request);
    book.tell({ state: "updating", from: to, to: from, why: null }, "A way back is asked for");
    return await this.#takeBack(service, BY_HAND, access, context);
  }

  /** Stops the new container, and starts the old one again. */
  async #takeBack(
    service: Service,
    why: string,
    access: EngineAccess,
    context: Context,
  ): Promise<Updated> {
    this.#refuse(why);
    const notifier = prefixStatus(GOING_BACK, context.notifier);
    await stopContainer(service.container, access.engine, { ...context, notifier });
    return await this.#goBack(service, why, access, context);
  }

  #refuse(why: string): void {
    const { book, to, digest } = this.options;
    book.refuse({ id: to, digest, why });
  }

  /** A reload may have changed what needs no other container. */
  async #goBack(
    { loaded, plan }: Service,
    why: string,
    access: EngineAccess,
    context: Context,
  ): Promise<Updated> {
    const { old: { container }, book, from, to, digest } = this.options;
    const back = await goBack({ loaded, plan, container }, access, context);
    const told = { from, to, digest, why };
    if (why === BY_HAND) {
      book.tell({ ...told, state: "rolled_back" }, "The old container serves again", "notice");
      return { ...back, remark: undefined };
    }
    const story = "The update is taken back, the old container serves again";
    book.tell({ ...told, state: "taken_back" }, story, "error");
    return { ...back, remark: `update taken back: ${why}` };
  }
}
