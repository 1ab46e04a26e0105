/** What is known of a service's problems from one process to the next, as `quiet.ts` keeps it. Plain data. */
import type { Item } from "./message.ts";

export interface Problem {
  /** The sentence of its beginning, and of its end. */
  what: string;
  end: string;
  /** The container's last lines. */
  lines: readonly string[];
  sinceMs: number;
  /** Null while it lasts. */
  endedMs: number | null;
  /** When it has begun within the last ten minutes. */
  begunMs: number[];
  /** How often it has begun since it was steadily over. */
  count: number;
  /** Whether somebody believes that it lasts, and since when. */
  toldMs: number | null;
  /** Whether it comes again and again. */
  repeats: "no" | "untold" | "told";
  /** Since when it does. */
  repeatsMs: number;
  /** It is over, and nobody need hear of it. */
  isForgotten: boolean;
}

export interface News {
  readonly what: string;
  readonly atMs: number;
  /** e.g. `update` */
  readonly kind: string;
  readonly isBad: boolean;
}

export interface QuietState {
  readonly problems: Record<string, Problem>;
  news: News[];
  /** The last news of each kind, so that none is told twice. */
  readonly knownNews: Record<string, string>;
  /** When messages were made within the last hour. */
  sentMs: number[];
  /** What has happened since there may be no more messages. */
  untold: number;
}

export interface QuietRules {
  /** How long a problem has to last. */
  readonly afterMs: number;
  readonly reminderMs: number | undefined;
}

export interface Told {
  readonly items: readonly Item[];
  readonly isBad: boolean;
  /** So much more has happened since there were too many messages. */
  readonly untold: number;
}

/** The end of a service does not wait for the window; a final one for nothing. */
export type Haste = "none" | "end" | "final";

export function nothingKnown(): QuietState {
  return { problems: {}, news: [], knownNews: {}, sentMs: [], untold: 0 };
}
