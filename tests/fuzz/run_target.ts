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

/** `seed`: for the same inputs as before; by default others each time. */
export async function fuzz(
  name: TargetName,
  { seconds, seed = Math.floor(Math.random() * 2 ** 31) }: {
    readonly seconds: number;
    readonly seed?: number | undefined;
  },
): Promise<{ readonly report: string; readonly ok: boolean }> {
  const property = TARGETS[name] as fc.IAsyncProperty<unknown>;
  for (const known of SEEDS.filter(({ target }) => target === name)) {
    await fc.assert(property, { seed: known.seed, path: known.path, numRuns: 1 });
  }
  const heapBefore = Deno.memoryUsage().heapUsed;
  const details = await fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false,
  });
  const grown = Math.round((Deno.memoryUsage().heapUsed - heapBefore) / 1024 / 1024);
  const report = `${name}: ${details.numRuns} inputs, seed ${seed}, heap ${
    grown >= 0 ? "+" : ""
  }${grown} MiB`;
  if (!details.failed) return { report, ok: true };
  return { report: `${report}\n${fc.defaultReportMessage(details)}`, ok: false };
}
