/** What every row measures with: a private engine that nobody else uses, and ways to run things on it. */
import { ServiceBed } from "../support/service_bed.ts";
import type { CommandLine } from "./bundled_program.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";

export interface Setting {
  readonly socketPath: string;
  /** The command line of the program, to which the config is added. */
  readonly program: CommandLine;
  /** The Docker CLI, for comparison. */
  readonly docker: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A container that serves a page, and one check of it a second. */
export const WEB_WITH_CHECK = {
  image: TEST_IMAGES.web,
  pull: "never",
  monitor: { public_network_name: "bridge", check_http: [{ path: "/index.html", frequency: 1 }] },
};

/** Runs a command of the Docker CLI to its end. */
export async function docker(setting: Setting, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(setting.docker, { args, env: setting.env }).output();
  if (!success) throw new Error(`Cannot run docker ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** Runs `measure` on as many services at once; each has come up before. */
export async function withServices<T>(
  { program }: Setting,
  count: number,
  config: Readonly<Record<string, unknown>>,
  measure: (pids: readonly number[]) => Promise<T>,
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const pids: number[] = [];
  for (let index = 0; index < count; index++) {
    const bed = stack.use(await ServiceBed.create("bench"));
    pids.push((await bed.run(config, { program })).pid);
    await bed.ready();
  }
  return await measure(pids);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** `count` results, one after the other. */
export async function repeat<T>(count: number, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let index = 0; index < count; index++) results.push(await run());
  return results;
}
