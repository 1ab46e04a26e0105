/** Whether the account of a service may read its config and the files that this names. */
import type { LoadedConfig } from "../../config/load_config.ts";
import { absolutePath, folderOf } from "../../host/paths.ts";
import { runProgram } from "../../host/run_program.ts";
import { wantedFiles } from "../../plan/wanted_files.ts";
import { shellLine } from "../shell_words.ts";
import type { Account } from "./as_account.ts";
import { type Advice, type Finding, findings } from "./finding.ts";

/** `loaded`: undefined where the config is no good; then only the config itself is looked at. */
export async function accessChecks(
  configPath: string,
  loaded: LoadedConfig | undefined,
  account: Account,
): Promise<Finding[]> {
  const { ok, unknown } = findings("files");
  if (!account.mayTry) {
    return [
      unknown(`only root can see whether "${account.name}" may read the service's files`, "run it as root"),
    ];
  }
  const files = [configPath, ...loaded === undefined ? [] : namedFiles(loaded)];
  const found = (await Promise.all(files.map((file) => readable(file, account)))).flat();
  return found.length > 0 ? found : [ok(`"${account.name}" may read the service's files`)];
}

/** Files that are there; what is missing is the matter of other findings. */
function namedFiles({ config, folder }: LoadedConfig): string[] {
  const { checkHttp, checkShellCommand, checkExe, checkInternalCommand } = config.monitor;
  const ofChecks = [
    ...checkHttp.flatMap(({ expected, tls }) => [expected.bodyFile, tls.caFile]),
    ...[...checkShellCommand, ...checkExe, ...checkInternalCommand].map(({ stdinFile }) => stdinFile),
  ];
  const named = ofChecks.flatMap((file) => file === undefined ? [] : absolutePath(file, folder));
  return [...new Set([...wantedFiles(config.containerCreateArgs, folder), ...named])];
}

async function readable(file: string, { name, host }: Account): Promise<Finding[]> {
  const { problem } = findings("files");
  const may = async (option: string, path: string) =>
    (await runProgram({ argv: ["test", option, path] }, host)).statusCode === 0;
  if ((await host.readFile(file, 0)).kind === "missing" || await may("-r", file)) return [];
  const folders = parentsOf(file);
  const entered = await Promise.all(folders.map((folder) => may("-x", folder)));
  const closed = folders[entered.indexOf(false)];
  if (closed !== undefined) {
    return [problem(`"${name}" may not read ${file}: it may not enter ${closed}`, {
      commands: [shellLine(["chgrp", name, closed]), shellLine(["chmod", "g+rx", closed])],
    })];
  }
  return [problem(`"${name}" may not read ${file}`, ownedBy(name, file))];
}

function ownedBy(account: string, file: string): Advice {
  return { commands: [shellLine(["chown", `${account}:`, file]), shellLine(["chmod", "u+r", file])] };
}

/** All folders above a file, from the root on. */
function parentsOf(file: string): string[] {
  const folder = folderOf(file);
  return folder === "/" || folder === "" ? ["/"] : [...parentsOf(folder), folder];
}
