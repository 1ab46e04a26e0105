/** The program as a user installs it: compiled into one file. */
import { progress } from "../../support/progress.ts";
import { cached } from "./cache.ts";
import { compilerFromNpm } from "./deno_runtime.ts";
import { programOutput } from "./program_output.ts";

const PROJECT = new URL("../../../", import.meta.url).pathname;
/** The task `build`. */
const BUILD = ".ci/build.ts";
/** The program has it in itself. */
const UNIT = "service_runner@.service";

/** The path of the compiled program; compiled when the source has changed. `flags`: of the task `build`. */
export async function compiledProgram(flags: readonly string[] = []): Promise<string> {
  return await cached({
    kind: `service_runner${flags.join("")}`,
    recipe: `${Deno.version.deno} ${Deno.env.get("DENORT_BIN") ?? ""}\n${await sourceText()}`,
    make: async (path) => {
      progress("Compiling the program …");
      await compile([...flags, "--output", path]);
    },
  });
}

/**
 * The task `build` with these flags: with the runtime of DENORT_BIN, or the one that Deno downloads, or else the one
 * from npm.
 */
export async function compile(flags: readonly string[]): Promise<void> {
  const args = ["run", "-A", BUILD, ...flags];
  try {
    await programOutput(Deno.execPath(), args, { cwd: PROJECT });
  } catch (error) {
    if (Deno.env.has("DENORT_BIN") || !/DENORT_BIN/.test((error as Error).message)) throw error;
    progress("Deno's download host is not reachable.");
    const { deno, runtime } = await compilerFromNpm();
    await programOutput(Deno.execPath(), [...args, "--compiler", deno], {
      cwd: PROJECT,
      env: { DENORT_BIN: runtime },
    });
  }
}

/** Everything that goes into the compiled program. */
async function sourceText(): Promise<string> {
  const files = [BUILD, "main.ts", "deno.json", "deno.lock", UNIT, ...await filesIn("src")];
  const texts = await Promise.all(
    files.map(async (file) => `${file}\n${await Deno.readTextFile(PROJECT + file)}`),
  );
  return texts.join("\n");
}

async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(PROJECT + folder)) {
    if (isDirectory) files.push(...await filesIn(`${folder}/${name}`));
    else files.push(`${folder}/${name}`);
  }
  return files.sort();
}
