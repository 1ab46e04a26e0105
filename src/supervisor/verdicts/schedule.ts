/**
 * When checks run: every `frequencyTicks` ticks of a second.
 * A check that is still under way when its turn comes again misses that turn: it never overlaps itself,
 * and never holds up another.
 */
import { pause } from "../../host/pause.ts";
import type { Check, CheckResult } from "../../checks/check.ts";
import { runCheck } from "../../checks/run_check.ts";

const TICK_MS = 1000;
/** Turns come together in steps of this, so that many checks do not wake the program too often. */
const SLOT_MS = 100;
/** A timer takes some 24 days at most. */
const LONGEST_WAIT_MS = 3_600_000;

/** One run of a check, with how long it took. */
export interface CheckRun {
  readonly result: CheckResult;
  readonly durationMs: number;
}

export interface ScheduleOptions {
  /** The service's name: the checks of many services are not to run in step. */
  readonly service: string;
  readonly signal: AbortSignal;
  readonly onResult: (check: Check, run: CheckRun) => void;
  /** Milliseconds of a clock that is never set. */
  readonly nowMs: () => number;
  /** When the container was started, by that clock. */
  readonly startedAtMs: number;
}

/** Runs the checks until the signal is aborted; resolves then, whatever becomes of runs that are under way. */
export async function runSchedule(checks: readonly Check[], options: ScheduleOptions): Promise<void> {
  const { service, signal, onResult, nowMs, startedAtMs } = options;
  const underWay = new Map<Check, Promise<void>>();
  const startMs = nowMs();
  const turns = checks.map((check) => {
    const { startAfterMs } = check;
    const notBeforeMs = startAfterMs === 0 ? 0 : startedAtMs + startAfterMs - startMs;
    return { check, nextMs: startMs + firstTurnMs(check, { service, notBeforeMs }) };
  });
  const earliestMs = () => turns.reduce((least, { nextMs }) => Math.min(least, nextMs), Infinity);
  while (await waitUntil(earliestMs(), nowMs, signal)) {
    const begunMs = nowMs();
    for (const turn of turns) {
      if (turn.nextMs > begunMs) continue;
      const { check } = turn;
      const periodMs = check.frequencyTicks * TICK_MS;
      // After a pause of the machine or a long turn of the event loop the turns in between are gone.
      turn.nextMs += (Math.floor((begunMs - turn.nextMs) / periodMs) + 1) * periodMs;
      if (underWay.has(check)) continue;
      const run = runCheck(check, signal).then((result) => {
        underWay.delete(check);
        if (result !== undefined) onResult(check, { result, durationMs: nowMs() - begunMs });
      });
      underWay.set(check, run);
    }
  }
  await Promise.all(underWay.values());
}

/**
 * Where in its period a check has its turns, always the same for one check of one service, so that neither the checks of
 * one service nor those of fifty run in step. In the period after the start the first turn comes in the second half,
 * since what has just been started may need a moment; after `start_after` in the first.
 */
export function firstTurnMs(
  { kind, name, frequencyTicks }: Check,
  { service, notBeforeMs }: { readonly service: string; readonly notBeforeMs: number },
): number {
  const periodMs = frequencyTicks * TICK_MS;
  const shiftMs = hash(`${service} ${kind} ${name}`) % (periodMs / 2 / SLOT_MS) * SLOT_MS;
  return notBeforeMs > 0 ? notBeforeMs + shiftMs : periodMs - shiftMs;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}

/** False if the signal is aborted first; what is far away, or never, is waited for in pieces. */
async function waitUntil(dueMs: number, nowMs: () => number, signal: AbortSignal): Promise<boolean> {
  do {
    if (!await wait(Math.min(dueMs - nowMs(), LONGEST_WAIT_MS), signal)) return false;
  } while (nowMs() < dueMs);
  return true;
}

function wait(ms: number, signal: AbortSignal): Promise<boolean> {
  return pause(Math.max(0, ms), signal).then(() => true, () => false);
}
