/**
 * A Deno and a runtime that together make `deno compile` work where Deno's own download host cannot be
 * reached, only npm's registry.
 *
 * For testing only: that the project compiles, and that what comes out does its work. A release is made with the
 * pinned Deno and its own runtime.
 *
 * The runtime is taken out of a program that was itself made with `deno compile` (Deno 2.6.10) and published to npm:
 * what lies beyond the end of the ELF image is that program's payload, and is cut off. Deno 2.6.8 writes the same
 * format of payload, and npm has it.
 */
import { requireProgram } from "../../support/debian_packages.ts";
import { progress } from "../../support/progress.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { cached } from "./cache.ts";
import { programOutput } from "./program_output.ts";

const RUNTIME_PACKAGE = "@dgellow/rfc-linux-x64@0.0.6";
const RUNTIME_PROGRAM = "package/bin/rfc";
const RUNTIME_SHA256 = "1b136202dc147212ad0b129de0c10eb5f17060917c9754c7921cd68f764ad2e2";
const DENO_PACKAGE = "@deno/linux-x64-glibc@2.6.8";
const DENO_PROGRAM = "package/deno";

export interface Compiler {
  /** The Deno that compiles. */
  readonly deno: string;
  /** The runtime that goes into the compiled program. */
  readonly runtime: string;
}

/** Both of them, from the cache or from npm. @throws On any machine but Linux on x86_64. */
export async function compilerFromNpm(): Promise<Compiler> {
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") {
    throw new Error(
      `Cannot compile on ${Deno.build.target}: Deno's download host is not reachable; ` +
        "set DENORT_BIN to a runtime of this version of Deno",
    );
  }
  const [deno, runtime] = await Promise.all([
    cached({ kind: "deno", recipe: DENO_PACKAGE, make: makeDeno }),
    cached({ kind: "denort", recipe: RUNTIME_SHA256, make: makeRuntime }),
  ]);
  return { deno, runtime };
}

async function makeDeno(path: string): Promise<void> {
  progress(`Getting ${DENO_PACKAGE} from npm, to compile the program …`);
  await Deno.writeFile(path, await fileOfPackage(DENO_PACKAGE, DENO_PROGRAM), { mode: 0o755 });
}

async function makeRuntime(path: string): Promise<void> {
  progress(`Getting a runtime for compiled programs from npm …`);
  const image = elfImage(await fileOfPackage(RUNTIME_PACKAGE, RUNTIME_PROGRAM));
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", image)).toHex();
  if (sum !== RUNTIME_SHA256) {
    throw new Error(
      `Cannot use the runtime of ${RUNTIME_PACKAGE}: its SHA-256 must be ${RUNTIME_SHA256}, got ${sum}`,
    );
  }
  await Deno.writeFile(path, image, { mode: 0o755 });
}

/** A file out of a package, by npm's own client. */
async function fileOfPackage(name: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  await using dir = await tempDir();
  const npm = await requireProgram("npm");
  const archive = await programOutput(npm, ["pack", "--silent", name], { cwd: dir.path });
  await programOutput("tar", ["-xzf", archive.trim(), path], { cwd: dir.path });
  return await Deno.readFile(`${dir.path}/${path}`);
}

/** The program without what was appended to it: an ELF file ends with its table of sections. */
function elfImage(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const header = new DataView(file.buffer, file.byteOffset);
  const tableStart = Number(header.getBigUint64(0x28, true));
  const entryBytes = header.getUint16(0x3a, true);
  const entries = header.getUint16(0x3c, true);
  return file.subarray(0, tableStart + entryBytes * entries);
}
