/** Installs the program on a host as the README says, by its own words. */
import { compiledProgram } from "./compiled_program.ts";
import { EXCHANGE, type Host } from "./host.ts";

const README = new URL("../../../README.md", import.meta.url);
const RELEASE = "release";

/** Runs the commands of the chapter "Install"; yields what they print. */
export async function installAsReadmeSays(host: Host): Promise<string> {
  const [first = ""] = await readmeBlocks("Install");
  const commands = first.split("\n");
  if (!commands[0]?.startsWith("curl ")) {
    throw new Error('Cannot find a download in the first commands under "Install" in README.md');
  }
  await placeRelease(host);
  // What a release would be asked for comes by way of the exchange folder instead: the host has no network.
  const script = commands.map((command) =>
    command.replace(/^curl .*\/([^/]+)$/, `cp ${EXCHANGE}/${RELEASE}/$1 .`)
  );
  return await host.shell(`cd "$(mktemp -d -p /var/tmp)"\n${script.join("\n")}\n`);
}

/** The blocks of commands under a heading of the README, indented or fenced. @throws When there are none. */
export async function readmeBlocks(heading: string): Promise<string[]> {
  const readme = await Deno.readTextFile(README);
  const text = new RegExp(`^##+ ${heading}\\n(.*?)^##`, "ms").exec(readme)?.[1] ?? "";
  const withoutConfigs = text.replace(/^```(?:yaml|json|ini)\n.*?^```$/gms, "");
  const blocks = withoutConfigs.matchAll(/^```\w*\n(.*?)^```$|((?:^ {4}[^\n]+\n)+)/gms);
  const commands = [...blocks].map(([, fenced, indented = ""]) => fenced ?? indented.replace(/^ {4}/gm, ""));
  if (commands.length === 0) throw new Error(`Cannot find commands under "${heading}" in README.md`);
  return commands.map((block) => block.trimEnd());
}

/** The files of a release, as the workflow makes them. */
async function placeRelease(host: Host): Promise<void> {
  const folder = `${host.exchange}/${RELEASE}`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.copyFile(await compiledProgram(), `${folder}/service_runner`);
  // A release has more files than somebody downloads.
  await host.shell(
    'cd "$1"; echo other >other; sha256sum service_runner other >SHA256SUMS; rm other',
    `${EXCHANGE}/${RELEASE}`,
  );
}
