/** Docker Compose as Debian has it, for tests: out of the package of a release, on a machine of any other. */
import { debianMirror } from "../e2e/support/apt_sources.ts";
import { cached } from "../e2e/support/cache.ts";
import { programOutput } from "../e2e/support/program_output.ts";
import { ensurePrograms } from "./debian_packages.ts";
import { progress } from "./progress.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import type { Host } from "../../src/host/host.ts";

/** The releases whose package is taken: Debian 13 has Compose 2.26, Debian 14 has 2.40. */
export const COMPOSE_SUITES = ["trixie", "forky"] as const;
export type ComposeSuite = typeof COMPOSE_SUITES[number];

const PROGRAM = "usr/libexec/docker/cli-plugins/docker-compose";

/** The path of the program, which is a plugin of the Docker CLI and runs alone as well; kept from one run to the next. */
export function composeProgram(suite: ComposeSuite): Promise<string> {
  return cached({
    kind: `docker-compose-${suite}`,
    recipe: PROGRAM,
    make: async (path) => {
      progress(`Getting Docker Compose out of the package of Debian ${suite}; once …`);
      // Where this machine is no Debian, that brings the keys of its archive.
      await ensurePrograms([
        { program: "debootstrap", package: "debootstrap", also: ["debian-archive-keyring"] },
      ]);
      const folder = await Deno.makeTempDir({ prefix: "service_runner-compose-" });
      try {
        await unpack(suite, folder);
        await Deno.copyFile(`${folder}/${PROGRAM}`, path);
        await Deno.chmod(path, 0o755);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** Into the folder; apt keeps its own lists and cache there, so that nothing of the machine's changes. */
async function unpack(suite: ComposeSuite, folder: string): Promise<void> {
  const keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
  await Deno.writeTextFile(
    `${folder}/sources.list`,
    `deb [signed-by=${keys}] ${await debianMirror()} ${suite} main\n`,
  );
  await Deno.mkdir(`${folder}/lists/partial`, { recursive: true });
  await Deno.mkdir(`${folder}/cache/archives/partial`, { recursive: true });
  const options = [
    `Dir::Etc::SourceList=${folder}/sources.list`,
    "Dir::Etc::SourceParts=/dev/null",
    `Dir::State::Lists=${folder}/lists`,
    `Dir::Cache=${folder}/cache`,
    "Acquire::Languages=none",
    // Else it drops its rights, and may not write into the folder.
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  await programOutput("apt-get", [...options, "update", "-q"]);
  await programOutput("apt-get", [...options, "download", "-q", "docker-compose"], { cwd: folder });
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".deb")) await programOutput("dpkg-deb", ["-x", name, "."], { cwd: folder });
  }
}

/** A host on which the program is found as `docker-compose`, and there is no `docker`. */
export async function hostWithCompose(suite: ComposeSuite = "forky"): Promise<Host> {
  return hostWithPrograms({ "docker-compose": await composeProgram(suite) });
}

/** The real host, but of the programs that Compose can be only those that are given, by their paths. */
export function hostWithPrograms(paths: Readonly<Record<string, string>>): Host {
  const host = denoHost();
  return {
    ...host,
    runProcess({ argv: [name = "", ...args], ...request }) {
      return host.runProcess({ ...request, argv: [paths[name] ?? `/nonexistent/${name}`, ...args] });
    },
  };
}

/** A part of a JSON Schema, as far as the Compose specification uses it. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
}

/** The definitions of the specification's JSON Schema, by name: it stands in the program as text. */
export async function composeSchema(suite: ComposeSuite): Promise<Readonly<Record<string, SchemaNode>>> {
  const program = new TextDecoder("latin1").decode(await Deno.readFile(await composeProgram(suite)));
  const start = program.lastIndexOf("{", program.search(/"(?:\$id|id)": "compose_spec\.json"/));
  let depth = 0;
  for (const token of program.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token[0] === "{") depth++;
    if (token[0] === "}") depth--;
    if (depth > 0) continue;
    const schema = JSON.parse(program.slice(start, start + token.index + 1));
    return schema.definitions ?? schema.$defs;
  }
  throw new Error("Cannot find the end of the schema");
}
