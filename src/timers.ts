/**
 * Timers for what runs before the container does. The first `setTimeout` or `setInterval` of a program has Deno (2.9.6)
 * load node:timers and all that this needs, which takes as long as the whole config; the timeout of a signal does not.
 */

interface Alarm {
  readonly atMs: number;
  readonly callback: () => void;
}

/**
 * A signal's timeout can not be taken back, and takes two KiB until it is over: so there is one only where none rings
 * early enough for what waits.
 */
class Alarms {
  readonly #waiting = new Set<Alarm>();
  /** When the timeouts that are under way ring. */
  readonly #ringsAtMs = new Set<number>();

  add(alarm: Alarm): Disposable {
    this.#waiting.add(alarm);
    this.#ringFor(alarm);
    return { [Symbol.dispose]: () => void this.#waiting.delete(alarm) };
  }

  #ringFor({ atMs }: Alarm): void {
    for (const ringsAtMs of this.#ringsAtMs) if (ringsAtMs <= atMs) return;
    this.#ringsAtMs.add(atMs);
    const timeout = AbortSignal.timeout(Math.max(0, Math.ceil(atMs - performance.now())));
    timeout.addEventListener("abort", () => this.#ring(atMs), { once: true });
  }

  #ring(ringsAtMs: number): void {
    this.#ringsAtMs.delete(ringsAtMs);
    const nowMs = performance.now();
    const alarms = [...this.#waiting].sort((a, b) => a.atMs - b.atMs);
    const isDue = ({ atMs }: Alarm) => atMs <= nowMs || atMs === ringsAtMs;
    for (const alarm of alarms) {
      if (!isDue(alarm)) this.#ringFor(alarm);
      // Each by itself, should one throw; and one may take another back.
      else queueMicrotask(() => this.#waiting.delete(alarm) && alarm.callback());
    }
  }
}

const ALARMS = new Alarms();

/** Calls back once, after that time, unless it is disposed of before. */
export function after(ms: number, callback: () => void): Disposable {
  return ALARMS.add({ atMs: performance.now() + ms, callback });
}

/** Calls back each time that this time has passed, until it is disposed of. */
export function every(ms: number, callback: () => void): Disposable {
  let next = after(ms, tick);
  function tick(): void {
    next = after(ms, tick);
    callback();
  }
  return { [Symbol.dispose]: () => next[Symbol.dispose]() };
}
