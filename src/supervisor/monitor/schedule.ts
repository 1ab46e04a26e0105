/**
 * When checks run: every `frequencyTicks` ticks of a second.
 * A check that is still under way when its turn comes again misses that turn: it never overlaps itself,
 * and never holds up another.
 */
import { pause } from "../pause.ts";
import { type Check, type CheckResult, failing } from "./check.ts";

const TICK_MS = 1000;
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

/** Runs the checks until the signal is aborted; resolves when none is under way any more. */
export async function runSchedule(checks: readonly Check[], options: ScheduleOptions): Promise<void> {
  const { service, signal, onResult, nowMs, startedAtMs } = options;
  const underWay = new Map<Check, Promise<void>>();
  // The first tick comes half a second to a second from now.
  const startMs = nowMs() - hash(service) % (TICK_MS / 2);
  const turns = checks.map((check) => {
    const { startAfterMs } = check;
    const notBeforeTick = startAfterMs === 0
      ? 0
      : Math.ceil((startedAtMs + startAfterMs - startMs) / TICK_MS);
    return { check, nextTick: firstTick(check, service, notBeforeTick) };
  });
  const nextMs = () =>
    startMs + TICK_MS * turns.reduce((least, { nextTick }) => Math.min(least, nextTick), Infinity);
  while (await waitUntil(nextMs(), nowMs, signal)) {
    // After a pause of the machine or a long turn of the event loop the ticks in between are gone.
    const tick = Math.floor((nowMs() - startMs) / TICK_MS);
    for (const turn of turns) {
      if (turn.nextTick > tick) continue;
      const { check } = turn;
      const missed = Math.floor((tick - turn.nextTick) / check.frequencyTicks);
      turn.nextTick += (missed + 1) * check.frequencyTicks;
      if (underWay.has(check)) continue;
      const begunMs = nowMs();
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
 * Where in its period a check has its turns, always the same for one check of one service, so that many services do not
 * check in step. In the period after the start the first turn comes in the second half, since what has just been started
 * may need a moment; after `start_after` in the first.
 */
export function firstTick(
  { kind, name, frequencyTicks }: Check,
  service: string,
  notBeforeTick: number,
): number {
  const shift = hash(`${service} ${kind} ${name}`) % Math.ceil(frequencyTicks / 2);
  return notBeforeTick > 0 ? notBeforeTick + shift : frequencyTicks - shift;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}

/** One run within the check's timeout; undefined if it was broken off because everything ends. */
export async function runCheck(check: Check, signal: AbortSignal): Promise<CheckResult | undefined> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error("no result in time")), check.timeoutMs);
  try {
    return await check.run(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (signal.aborted) return undefined;
    if (late.signal.aborted) return failing(`no result within ${check.timeoutMs / 1000} s`);
    return failing(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
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
