/**
 * When checks run: every `frequencyTicks` ticks of a second. Of those that start a program, only so many run at once.
 * A check that is still under way when its turn comes again misses that turn: it never overlaps itself,
 * and never holds up another.
 */
import { pause } from "../../host/pause.ts";
import type { Check, CheckResult } from "../../checks/check.ts";
import { runCheck } from "../../checks/run_check.ts";
import { hash } from "../../hash.ts";

const TICK_MS = 1000;
/** Turns come together in steps of this, so that many checks do not wake the program too often. */
const SLOT_MS = 100;
/** Programs that checks run at once: each takes some files and memory, and two processors do not run more any faster. */
const MOST_PROGRAMS = 100;
/** So many of a slot begin together: a thousand would have a thousand connections at once, each with its buffers. */
const MOST_TOGETHER = 20;
/** In this time a check of something near has its answer. */
const APART_MS = 2;
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
  /** Called when a check could not be run, for lack of what this machine has too little of. */
  readonly onLack: (reason: string) => void;
  /** Milliseconds of a clock that is never set. */
  readonly nowMs: () => number;
  /** When the container was started, by that clock. */
  readonly startedAtMs: number;
  /** Whether the container is, or at some time since then was, paused: what a check saw then says nothing of it. */
  readonly wasPausedSince: (atMs: number) => boolean;
}

/** Runs the checks until the signal is aborted; resolves then, whatever becomes of runs that are under way. */
export async function runSchedule(checks: readonly Check[], options: ScheduleOptions): Promise<void> {
  const { service, signal, onResult, onLack, nowMs, startedAtMs, wasPausedSince } = options;
  const underWay = new Map<Check, Promise<void>>();
  const programs = new Places(MOST_PROGRAMS, signal);
  const run = async (check: Check) => {
    using _ = check.startsProgram && await programs.take();
    const begunMs = nowMs();
    const result = await runCheck(check, signal, onLack);
    underWay.delete(check);
    if (result === undefined || wasPausedSince(begunMs)) return;
    onResult(check, { result, durationMs: nowMs() - begunMs });
  };
  const turns = checks.map((check) => ({ check, nextMs: startedAtMs + firstTurnMs(check, service) }));
  for (const turn of turns) skipMissed(turn, nowMs());
  const earliestMs = () => turns.reduce((least, { nextMs }) => Math.min(least, nextMs), Infinity);
  while (await waitUntil(earliestMs(), nowMs, signal)) {
    const begunMs = nowMs();
    let begun = 0;
    for (const turn of turns) {
      if (turn.nextMs > begunMs) continue;
      const { check } = turn;
      skipMissed(turn, begunMs);
      if (underWay.has(check) || wasPausedSince(begunMs)) continue;
      if (begun++ % MOST_TOGETHER === MOST_TOGETHER - 1) await wait(APART_MS, signal);
      underWay.set(check, run(check));
    }
  }
  await Promise.all(underWay.values());
}

/**
 * So many may go on at once; whoever comes then waits until one has ended, in the order of coming. One begins in each
 * turn of the event loop: to start a program takes it milliseconds, in which no other check gets its answer.
 */
class Places {
  readonly #waiting: (() => void)[] = [];
  #lastBegin: Promise<void> = Promise.resolve();

  constructor(private free: number, readonly stop: AbortSignal) {}

  async take(): Promise<Disposable> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    await (this.#lastBegin = this.#lastBegin.then(() => this.#nextTurn()));
    return { [Symbol.dispose]: () => this.#giveBack() };
  }

  async #nextTurn(): Promise<void> {
    if (!this.stop.aborted) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.free++;
    else next();
  }
}

interface Turn {
  readonly check: Check;
  nextMs: number;
}

/** To the next turn that is still to come: a reload, a pause of the machine, a long turn of the event loop use some up. */
function skipMissed(turn: Turn, nowMs: number): void {
  const periodMs = turn.check.frequencyTicks * TICK_MS;
  if (turn.nextMs <= nowMs) turn.nextMs += (Math.floor((nowMs - turn.nextMs) / periodMs) + 1) * periodMs;
}

/**
 * How long after the container's start a check has its first turn, always the same for one check of one service, so that
 * neither the checks of one service nor those of fifty run in step. In the period after the start it comes in the second
 * half, since what has just been started may need a moment; after `start_after` in the first.
 */
export function firstTurnMs({ kind, name, frequencyTicks, startAfterMs }: Check, service: string): number {
  const periodMs = frequencyTicks * TICK_MS;
  const shiftMs = hash(`${service} ${kind} ${name}`) % (periodMs / 2 / SLOT_MS) * SLOT_MS;
  return startAfterMs > 0 ? startAfterMs + shiftMs : periodMs - shiftMs;
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
