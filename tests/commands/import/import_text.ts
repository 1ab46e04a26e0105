/** Imports a Compose file by a real Compose, for tests; what comes of it has to be a config that is right. */
import { deepEqual } from "node:assert/strict";
import { importCompose } from "../../../src/commands/import.ts";
import { checkFile } from "../../../src/commands/validate/check_file.ts";
import { loadServiceConfig } from "../../../src/config/load_config.ts";
import { type ComposeSuite, hostWithCompose } from "../../support/docker_compose.ts";
import { tempDir } from "../../support/temp_dir.ts";

export interface ImportOptions {
  readonly service?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** By default the one of Debian 14. */
  readonly suite?: ComposeSuite;
  /** The files that are imported; by default the Compose file. */
  readonly named?: readonly [string, ...string[]];
  /** Whether they are named by `-f`. */
  readonly areNamed?: boolean;
  readonly options?: Readonly<Record<string, readonly string[]>>;
}

/** The config of a service of a Compose file in the folder `shop`, which stands for FOLDER. */
export async function importText(compose: string, given: ImportOptions = {}) {
  const { service, files = {}, suite, named = ["compose.yaml"], areNamed = false, options = {} } = given;
  await using dir = await tempDir();
  for (const [name, text] of Object.entries(files)) await dir.write(`shop/${name}`, text);
  await dir.write("shop/compose.yaml", compose);
  const host = { ...await hostWithCompose(suite), cwd: () => `${dir.path}/shop` };
  const { stdout, stderr, exitCode } = await importCompose(
    { files: named, areNamed, service, options },
    host,
  );
  if (exitCode !== 0) return { text: stdout, stderr, exitCode, args: [] as string[], config: undefined };
  const file = await dir.write("shop/out.yaml", stdout);
  deepEqual((await checkFile(file, host)).errors, [], stdout);
  const { config } = await loadServiceConfig(file, host);
  const args = config.containerCreateArgs.map((argument) =>
    argument.replaceAll(`${dir.path}/shop`, "FOLDER").replaceAll(dir.path, "ABOVE")
  );
  return { text: stdout, stderr, exitCode, args, config };
}
