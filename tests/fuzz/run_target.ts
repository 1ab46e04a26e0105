/** One target of the fuzzing, for a while. */
import fc from "fast-check";
import { SEEDS, TARGETS } from "./targets.ts";

export type TargetName = keyof typeof TARGETS;

/** Those that are named, or all. @throws Error for one that there is not */
export function names(wanted: readonly string[]): TargetName[] {
  const all = Object.keys(TARGETS) as TargetName[];
  const unknown = wanted.filter((name) => !all.some((target) => target === name));
  if (unknown.length > 0) {
    throw new Error(`Cannot fuzz "${unknown.join('", "')}": the targets are ${all.join(", ")}`);
  }
  return wanted.length === 0 ? all : all.filter((name) => wanted.includes(name));
}

/** Inputs are tried in slices of at most so many seconds; what is held after each shows what is lost. */
const SLICE_SECONDS = 300;
/** More than this between the end of the first slice and that of the last counts as a leak. */
const LEAK_MIB = 24;

/** `seed`: for the same inputs as before; by default others each time. Each slice takes the next one. */
export async function fuzz(
  name: TargetName,
  { seconds, seed = Math.floor(Math.random() * 2 ** 30) }: {
    readonly seconds: number;
    readonly seed?: number | undefined;
  },
): Promise<{ readonly report: string; readonly ok: boolean }> {
  const property = TARGETS[name] as fc.IAsyncProperty<unknown>;
  for (const known of SEEDS.filter(({ target }) => target === name)) {
    await fc.assert(property, { seed: known.seed, path: known.path, numRuns: 1 });
  }
  const lastRun = watchRuns(property);
  const slices = Math.max(1, Math.round(seconds / SLICE_SECONDS));
  const heldMiB: number[] = [];
  let inputs = 0;
  for (let slice = 0; slice < slices; slice++) {
    const details = await fc.check(property, {
      seed: seed + slice,
      numRuns: Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: seconds * 1000 / slices,
      markInterruptAsFailure: false,
    });
    // The time may have run out in the middle of a run, which then goes on by itself.
    await lastRun();
    inputs += details.numRuns;
    if (details.failed) return { report: `${name}: ${fc.defaultReportMessage(details)}`, ok: false };
    heldMiB.push(heldAfterCollection());
  }
  const report = `${name}: ${inputs} inputs, seed ${seed}, held after each slice: ${heldMiB.join(" ")} MiB`;
  return { report, ok: heldMiB.at(-1)! - heldMiB[0]! < LEAK_MIB };
}

/** Yields what resolves when the run that was begun last is over. */
function watchRuns(property: fc.IAsyncProperty<unknown>): () => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  const run = property.run.bind(property);
  property.run = (...args) => {
    const running = run(...args);
    // A property of what is not asynchronous yields no promise.
    last = Promise.resolve(running);
    return running;
  };
  return () => last.then(() => {}, () => {});
}

/** The heap in MiB; `--expose-gc` makes it what is still in use. */
function heldAfterCollection(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Math.round(Deno.memoryUsage().heapUsed / 1024 / 1024);
}
