/** The rooms of src and who may import whom; the picture to it is in CONTRIBUTING.md. */
import { deepEqual, ok } from "node:assert/strict";

const SRC = new URL("../src/", import.meta.url);

/** Each row may import from the rows above it, and a room from itself. What stands in none may import from all. */
const LAYERS: readonly (readonly string[])[] = [
  ["hash.ts", "printable.ts", "timers.ts"],
  ["errors.ts", "nearest.ts", "host/", "logging/log_record.ts", "systemd/"],
  ["config/", "engine/", "logging/"],
  ["plan/", "image/", "checks/", "alerts/"],
  ["update/"],
  ["supervisor/"],
  ["swarm/"],
];
/** How the engine is reached is handed in: the rooms above it know its interface only. */
const THE_REAL_ENGINE = ["engine/docker_engine.ts", "engine/docker_swarm.ts", "engine/http/"];

/** The only files that ask the runtime for anything. */
const MAY_USE_DENO = [
  "engine/http/unix_transport.ts",
  "host/deno_claim.ts",
  "host/deno_folder.ts",
  "host/deno_host.ts",
  "host/deno_process.ts",
  "host/deno_http_server.ts",
  "host/deno_terminal.ts",
  "systemd/libc.ts",
];

interface SourceFile {
  /** Relative to src. */
  readonly path: string;
  /** Without comments. */
  readonly code: string;
}

async function sourceFiles(folder = ""): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for await (const entry of Deno.readDir(new URL(folder, SRC))) {
    const path = folder + entry.name;
    if (entry.isDirectory) files.push(...await sourceFiles(`${path}/`));
    else if (path.endsWith(".ts")) {
      const text = await Deno.readTextFile(new URL(path, SRC));
      files.push({ path, code: text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "") });
    }
  }
  return files;
}

function importsOf({ path, code }: SourceFile): string[] {
  const specifiers = [...code.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, specifier]) =>
    specifier ?? ""
  );
  return specifiers.map((specifier) => new URL(specifier, new URL(path, SRC)).href.slice(SRC.href.length));
}

/** The file's layer, and the room within it. */
function roomOf(path: string): { readonly layer: number; readonly room: string } {
  for (const [layer, rooms] of LAYERS.entries()) {
    const room = rooms.find((room) => path.startsWith(room));
    if (room !== undefined) return { layer, room };
  }
  return { layer: LAYERS.length, room: "" };
}

function mayImport(path: string, imported: string): boolean {
  const [from, to] = [roomOf(path), roomOf(imported)];
  if (from.room === to.room) return true;
  if (from.layer < LAYERS.length && THE_REAL_ENGINE.some((part) => imported.startsWith(part))) return false;
  return to.layer < from.layer;
}

/** Files that import one another in a ring, by way of others or not, those of types included. */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path);
    if (at !== -1) found.push([...trail.slice(at), path].join(" → "));
    if (at !== -1 || done.has(path)) return;
    for (const imported of imports.get(path) ?? []) visit(imported, [...trail, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}

Deno.test("a room imports only from the layers above its own", async () => {
  const wrong = (await sourceFiles()).flatMap((file) =>
    importsOf(file).filter((imported) => !mayImport(file.path, imported))
      .map((imported) => `${file.path} imports ${imported}`)
  );
  deepEqual(wrong, []);
});

Deno.test("no file imports itself by way of others, not for its types either", async () => {
  const files = await sourceFiles();
  deepEqual(circles(new Map(files.map((file) => [file.path, importsOf(file)]))), []);
});

Deno.test("the test of circles sees one", () => {
  const imports = new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", ["a"]], ["d", []]]);
  deepEqual(circles(imports), ["a → b → c → a"]);
});

Deno.test("only the real implementations use Deno, only libc.ts loads a library, nothing in src exits", async () => {
  const files = await sourceFiles();
  const using = (text: string) =>
    files.filter(({ code }) => code.includes(text)).map(({ path }) => path).sort();
  deepEqual(using("Deno.").filter((path) => !MAY_USE_DENO.includes(path)), []);
  deepEqual(using("Deno.dlopen"), ["systemd/libc.ts"]);
  deepEqual(using("Deno.exit"), []);
});

Deno.test("source files stay small", async () => {
  const long: string[] = [];
  for (const { path } of await sourceFiles()) {
    const lines = (await Deno.readTextFile(new URL(path, SRC))).split("\n").length;
    if (lines > 250 && path !== "plan/flags/create_flags.ts") long.push(`${path}: ${lines} lines`);
  }
  deepEqual(long, []);
});

Deno.test("the life of one service is read in under 2,000 lines", async () => {
  let lines = 0;
  for (const { path } of await sourceFiles()) {
    if (path !== "run.ts" && !/^supervisor\/(?!log\/|verdicts\/|update\/)/.test(path)) continue;
    lines += (await Deno.readTextFile(new URL(path, SRC))).split("\n").length - 1;
  }
  ok(lines < 2000, `run.ts and supervisor/ without log/, verdicts/ and update/ have ${lines} lines`);
});

Deno.test("the test of the imports sees them", async () => {
  const files = await sourceFiles();
  ok(files.flatMap(importsOf).length > 50);
});
