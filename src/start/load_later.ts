/** Code that a run loads while the engine does what it has been asked for, instead of before the first request. */
import { after } from "../timers.ts";

/** In this time what has just been asked for is on its way. */
const REQUEST_MS = 1;

/** Loads a moment later: loading keeps the thread busy, and the request from going out. */
export function meanwhile<T>(load: () => Promise<T>): Promise<T> {
  return new Promise((resolve) => after(REQUEST_MS, () => resolve(load())));
}

export function loadStart() {
  return import("../supervisor/container/start_container.ts");
}

/** All that a running container takes, its end and node:timers (see `timers.ts`) included. */
export async function loadSupervision() {
  const [supervision] = await Promise.all([import("../supervisor/supervise.ts"), loadCleanUp()]);
  clearTimeout(setTimeout(() => {}));
  return supervision;
}

export function loadCleanUp() {
  return import("../supervisor/container/clean_up.ts");
}
