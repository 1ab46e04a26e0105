/** How a service does, in words: what the terminal's table and the page both say of it. */
import { clockTime } from "../../host/local_time.ts";
import type { ServiceRow } from "./service_row.ts";

/** So many restarts, the last one not longer ago: the service does not get anywhere. */
const MANY_RESTARTS = 3;
const STEADY_MS = 120_000;

/** How a unit does: `changing` where it does not stay in its state, `off` where nobody wants it to run. */
export type Tone = "up" | "down" | "changing" | "off" | "unknown";

/** Whether it is one of systemd's states in which no unit stays. */
export function isPassing(state: string): boolean {
  return state === "activating" || state === "deactivating" || state === "reloading";
}

/** The state of its unit, in a word or two. */
export function unitWord(row: ServiceRow, nowMs: number): { readonly text: string; readonly tone: Tone } {
  const { state, sub, result, exit_status: code } = row;
  if (keepsFailing(row, nowMs)) return { text: "keeps failing", tone: "down" };
  if (state === "active") return { text: "active", tone: "up" };
  if (state === "failed") {
    return { text: result === "exit-code" ? `failed (${code})` : `failed (${result})`, tone: "down" };
  }
  if (state === "activating" && sub === "auto-restart") return { text: "restarting", tone: "changing" };
  return { text: state, tone: isPassing(state) ? "changing" : state === "inactive" ? "off" : "unknown" };
}

/** What there is to be said of a service that is not simply up or down. */
export function story(row: ServiceRow, nowMs: number): string | undefined {
  const { state, status, last_failure: failure, container, checks } = row;
  const isComing = isPassing(state);
  if (failure !== null && (isComing || keepsFailing(row, nowMs))) return failure;
  const isTold = isComing || state === "failed" || /^(?:paused|stopped)$/.test(container) ||
    checks.some(({ ok }) => !ok);
  return isTold && status !== "" ? status : undefined;
}

/** The story, and that its alerts sleep; empty if there is neither. */
export function remarks(
  story: string | undefined,
  { silenced_until: until }: ServiceRow,
  nowMs: number,
): string {
  const asleep = until === null ? [] : [`alerts sleep until ${clockTime(new Date(until), new Date(nowMs))}`];
  return [...story === undefined ? [] : [story], ...asleep].join("; ");
}

/** Whether systemd restarts it again and again. */
function keepsFailing({ state, restarts, since }: ServiceRow, nowMs: number): boolean {
  // A clock that was set back leaves times to come.
  const isNew = since !== null && Math.abs(nowMs - Date.parse(since)) < STEADY_MS;
  return (state === "active" || state === "activating") && restarts >= MANY_RESTARTS && isNew;
}
