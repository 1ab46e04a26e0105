/**
 * The program as `deno task build` compiles it, run by the pinned Deno. The compiled file itself is not measured:
 * where Deno's download host can not be reached it has an older runtime in it, which takes more memory and starts
 * later.
 */
import { bundle, OPTIONS } from "../../.ci/build.ts";

export type CommandLine = readonly [program: string, ...args: string[]];

/** Puts the program into a folder; yields the command line that runs it, to which a config is added. */
export async function bundledProgram(folder: string): Promise<CommandLine> {
  if (await bundle(folder, false) !== 0) throw new Error(`Cannot bundle the program into "${folder}"`);
  return denoRun(`${folder}/main.js`);
}

/** Runs a file with the options that the program itself is compiled with. */
export function denoRun(file: string): CommandLine {
  return [Deno.execPath(), "run", ...OPTIONS, file];
}
