/** What the steps of an update share. */
import type { UpdateBook } from "../../update/update_book.ts";
import type { Context } from "../context.ts";
import type { Replaced } from "../replace.ts";
import type { EngineAccess, Service } from "../service.ts";

export interface Job {
  /** As it serves now. */
  readonly service: Service;
  readonly access: EngineAccess;
  readonly context: Context & { readonly restarts: number };
  readonly book: UpdateBook;
}

export interface Updated extends Omit<Replaced, "refusal"> {
  /** What is to be said of it in STATUS= from now on; undefined when all is as wanted. */
  readonly remark: string | undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
