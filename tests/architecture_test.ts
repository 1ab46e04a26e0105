/** The rooms of src and who may import whom; the picture to it is in CONTRIBUTING.md. */
import { deepEqual, ok } from "node:assert/strict";

const SRC = new URL("../src/", import.meta.url);

/** What a file may import of ours, by the beginning of its path inside src; the first that fits counts. */
const MAY_IMPORT: readonly (readonly [file: string, rooms: readonly string[]])[] = [
  ["errors.ts", []],
  ["nearest.ts", []],
  ["outcome.ts", []],
  ["host/host.ts", []],
  ["logging/log_record.ts", []],
  ["host/", ["host/"]],
  ["config/", ["config/", "errors.ts", "host/host.ts", "logging/log_record.ts", "nearest.ts"]],
  ["engine/", ["engine/", "errors.ts", "logging/log_record.ts"]],
  ["systemd/", ["systemd/"]],
  ["logging/influxdb/", ["logging/", "host/host.ts"]],
  ["logging/", ["logging/"]],
  ["plan/", ["plan/", "engine/create_body.ts", "errors.ts", "host/host.ts", "nearest.ts"]],
  ["supervisor/", [
    "supervisor/",
    "plan/",
    "systemd/",
    "logging/",
    "host/host.ts",
    "config/check_options.ts",
    "config/load_config.ts",
    "config/monitor_config.ts",
    "config/service_config.ts",
    "engine/engine.ts",
    "engine/api_types.ts",
    "engine/build_output.ts",
    "engine/create_body.ts",
    "engine/log_entries.ts",
    "engine/log_frames.ts",
    "engine/pull_progress.ts",
    "engine/terminal_log.ts",
    "errors.ts",
    "outcome.ts",
  ]],
  ["exit.ts", ["errors.ts", "outcome.ts"]],
  ["cli.ts", ["nearest.ts"]],
  ["", [""]],
];

/** The only files that ask the runtime for anything. */
const MAY_USE_DENO = [
  "engine/unix_transport.ts",
  "host/deno_folder.ts",
  "host/deno_host.ts",
  "host/deno_tools.ts",
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

Deno.test("a room imports only from the rooms that it may know", async () => {
  const wrong: string[] = [];
  for (const file of await sourceFiles()) {
    const [, rooms] = MAY_IMPORT.find(([beginning]) => file.path.startsWith(beginning)) ?? ["", []];
    for (const imported of importsOf(file)) {
      if (!rooms.some((room) => imported.startsWith(room))) wrong.push(`${file.path} imports ${imported}`);
    }
  }
  deepEqual(wrong, []);
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
    if (lines > 250 && path !== "plan/create_flags.ts") long.push(`${path}: ${lines} lines`);
  }
  deepEqual(long, []);
});

Deno.test("the test of the imports sees them", async () => {
  const files = await sourceFiles();
  ok(files.flatMap(importsOf).length > 50);
});
