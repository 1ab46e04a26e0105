/**
 * What is worth a message, and when: one for each problem until it is over, at most twenty an hour.
 * In: problems that begin and end, news, the time. Out: what is to be told now, and when to look again. Pure: the state is
 * plain data, which outlives the process, so that a crash loop is one story. Times are milliseconds since 1970.
 */
import { SERVICE_PROBLEM } from "../logging/log_record.ts";
import type { Item } from "./message.ts";
import {
  type Haste,
  type News,
  type Problem,
  type QuietRules,
  type QuietState,
  type Told,
} from "./quiet_state.ts";
import { lastingFor, overItem, repeatedItem } from "./sentences.ts";

/** What happens within this time is one message. */
const WINDOW_MS = 10_000;
/** What begins for the third time within this time comes again and again, and is over when it has been over for so long. */
const STEADY_MS = 600_000;
const REPEATED = 3;
const HOUR_MS = 3_600_000;
const MOST_AN_HOUR = 20;
/** The records of one and the same end of a service. */
const SAME_MS = 2_000;
const MOST_NEWS = 20;
/** What a message begins with. */
const IMPORTANCE: readonly Item["state"][] = ["begun", "repeated", "news", "lasting", "over"];

export class Quiet {
  constructor(readonly state: QuietState, public rules: QuietRules) {}

  begin(id: string, { what, lines }: Pick<Problem, "what" | "lines">, nowMs: number): void {
    this.#forgetFuture(nowMs);
    const before = this.state.problems[id];
    const lasts = before?.endedMs === null;
    // Each end of the service counts, but for those that are told by several records.
    const isSame = lasts && (id !== SERVICE_PROBLEM || nowMs - (before.begunMs.at(-1) ?? 0) < SAME_MS);
    if (isSame) return;
    this.#count(nowMs);
    const begunMs = [...before?.begunMs ?? [], nowMs].filter((atMs) => nowMs - atMs < STEADY_MS);
    const repeats = before?.repeats ?? "no";
    const isNowRepeated = repeats === "no" && begunMs.length >= REPEATED;
    this.state.problems[id] = {
      what,
      end: "",
      lines,
      sinceMs: lasts ? before.sinceMs : nowMs,
      endedMs: null,
      begunMs,
      count: (before?.count ?? 0) + 1,
      toldMs: before?.toldMs ?? null,
      repeats: isNowRepeated ? "untold" : repeats,
      repeatsMs: isNowRepeated ? nowMs : before?.repeatsMs ?? 0,
      isForgotten: false,
    };
  }

  end(id: string, what: string, nowMs: number): void {
    const problem = this.state.problems[id];
    if (problem === undefined || problem.endedMs !== null) return;
    this.#count(nowMs);
    problem.endedMs = nowMs;
    problem.end = what;
    problem.isForgotten = problem.toldMs === null && nowMs - problem.sinceMs < this.rules.afterMs;
    // A check that never fails for long enough is not one that fails too often.
    if (problem.isForgotten && id !== SERVICE_PROBLEM) problem.begunMs.pop();
  }

  /** `id`: what it is about; told once. */
  tellNews(news: Omit<News, "atMs">, id: string, nowMs: number): void {
    const { knownNews } = this.state;
    if (knownNews[news.kind] === id) return;
    knownNews[news.kind] = id;
    this.#count(nowMs);
    this.state.news = [...this.state.news, { ...news, atMs: nowMs }].slice(-MOST_NEWS);
  }

  /** Whether the problem lasts, as far as is known. */
  lasts(id: string): boolean {
    return this.state.problems[id]?.endedMs === null;
  }

  /** When `take` is to be called next; undefined if nothing is to come. */
  nextMs(nowMs: number): number | undefined {
    this.#forgetFuture(nowMs);
    const { problems, news } = this.state;
    const times = [
      ...Object.entries(problems).map(([id, problem]) => this.#dueMs(id, problem, { windowMs: WINDOW_MS })),
      ...news.map(({ atMs }) => atMs + WINDOW_MS),
    ];
    const nextMs = Math.min(...times);
    return nextMs === Infinity ? undefined : Math.max(nextMs, this.#throttledUntilMs(nowMs));
  }

  /** What is to be told now, which then counts as told; undefined if there is nothing, or may be nothing yet. */
  take(nowMs: number, haste: Haste = "none"): Told | undefined {
    const { state } = this;
    if (haste === "none" && (this.nextMs(nowMs) ?? Infinity) > nowMs) return undefined;
    // Of the end for good nobody is left to tell later.
    if (haste !== "final" && this.#throttledUntilMs(nowMs) > nowMs) return undefined;
    const items: Item[] = [];
    for (const [id, problem] of Object.entries(state.problems)) {
      // What else has happened goes along.
      if (this.#dueMs(id, problem, haste === "final" ? { afterMs: 0 } : {}) > nowMs) continue;
      const item = this.#tell(id, problem, nowMs);
      if (item !== undefined) items.push(item);
      if (problem.endedMs !== null && nowMs - problem.endedMs >= STEADY_MS) delete state.problems[id];
    }
    const isBad = items.some(({ state }) => state !== "over") || state.news.some(({ isBad }) => isBad);
    for (const { what, atMs, kind } of state.news) {
      const since = new Date(atMs).toISOString();
      items.push({ problem: kind, state: "news", what, since, until: null, lines: [] });
    }
    if (items.length === 0) return undefined;
    const { untold } = state;
    Object.assign(state, { news: [], untold: 0 });
    state.sentMs = [...state.sentMs.filter((atMs) => nowMs - atMs < HOUR_MS), nowMs];
    return {
      items: items.sort((a, b) => IMPORTANCE.indexOf(a.state) - IMPORTANCE.indexOf(b.state)),
      isBad,
      untold,
    };
  }

  /** What came and went while nobody wanted to hear of it. */
  forgetEnded(): void {
    for (const problem of Object.values(this.state.problems)) {
      if (problem.endedMs === null || problem.toldMs !== null) continue;
      problem.isForgotten = true;
      if (problem.repeats === "untold") problem.repeats = "no";
    }
  }

  /** The service stops, as it was asked to: what has not been told by now shows again when it starts. */
  forgetUntold(): void {
    const { problems } = this.state;
    for (const [id, { toldMs }] of Object.entries(problems)) if (toldMs === null) delete problems[id];
  }

  /** When there is something to be told of a problem. `windowMs`: how long others are waited for. */
  #dueMs(
    id: string,
    { sinceMs, endedMs, toldMs, repeats, repeatsMs, isForgotten }: Problem,
    { windowMs = 0, afterMs = this.rules.afterMs }: { readonly windowMs?: number; readonly afterMs?: number },
  ): number {
    const { reminderMs = Infinity } = this.rules;
    if (repeats === "untold") {
      return repeatsMs + Math.max(id === SERVICE_PROBLEM ? 0 : afterMs, windowMs);
    }
    if (endedMs === null) {
      return toldMs === null ? sinceMs + Math.max(afterMs, windowMs) : toldMs + reminderMs;
    }
    return repeats === "told" || (toldMs === null && isForgotten) ? endedMs + STEADY_MS : endedMs;
  }

  #tell(id: string, problem: Problem, nowMs: number): Item | undefined {
    const { what, lines, endedMs, toldMs, isForgotten } = problem;
    const since = new Date(problem.sinceMs).toISOString();
    if (problem.repeats === "untold") {
      Object.assign(problem, { repeats: "told", toldMs: nowMs });
      return repeatedItem(id, problem, nowMs);
    }
    if (endedMs === null) {
      problem.toldMs = nowMs;
      if (toldMs === null) return { problem: id, state: "begun", what, since, until: null, lines };
      const lasting = `Still, for ${lastingFor(nowMs - problem.sinceMs)}: ${what}`;
      return { problem: id, state: "lasting", what: lasting, since, until: null, lines };
    }
    if (toldMs === null && isForgotten) return undefined;
    const item = overItem(id, problem, toldMs !== null);
    Object.assign(problem, { toldMs: null, isForgotten: true, repeats: "no" });
    return item;
  }

  /** After a clock has been set back: what lies in the future has just been. */
  #forgetFuture(nowMs: number): void {
    const { state } = this;
    const past = (atMs: number) => Math.min(atMs, nowMs);
    state.sentMs = state.sentMs.filter((atMs) => atMs <= nowMs);
    state.news = state.news.map((news) => ({ ...news, atMs: past(news.atMs) }));
    for (const problem of Object.values(state.problems)) {
      const { sinceMs, repeatsMs, endedMs, toldMs } = problem;
      Object.assign(problem, {
        sinceMs: past(sinceMs),
        repeatsMs: past(repeatsMs),
        endedMs: endedMs && past(endedMs),
        toldMs: toldMs && past(toldMs),
      });
    }
  }

  /** The moment from which on there may be a message again. */
  #throttledUntilMs(nowMs: number): number {
    const sent = this.state.sentMs.filter((atMs) => nowMs - atMs < HOUR_MS);
    const first = sent.at(-MOST_AN_HOUR);
    return first === undefined ? 0 : first + HOUR_MS;
  }

  #count(nowMs: number): void {
    if (this.#throttledUntilMs(nowMs) > nowMs) this.state.untold++;
  }
}
