/** Installs the program on a host as the README says, by its own words. */
import { compiledProgram } from "./compiled_program.ts";
import { EXCHANGE, type Host } from "./host.ts";

const README = new URL("../../../README.md", import.meta.url);
const RELEASE = "release";

/** Runs the commands of the chapter "Install"; yields what they print. */
export async function installAsReadmeSays(host: Host): Promise<string> {
  const [first] = await readmeBlocks("Install");
  const commands = (first ?? "").split("\n");
  const downloads = commands.filter((command) => command.startsWith("curl "));
  if (downloads.length === 0 || commands.length < 3) {
    throw new Error('Cannot find the commands of the chapter "Install" in README.md');
  }
  await placeRelease(host);
  // What a release would be asked for comes by way of the exchange folder instead: the host has no network.
  const script = commands.map((command) =>
    command.replace(/^curl .*\/([^/]+)$/, `cp ${EXCHANGE}/${RELEASE}/$1 .`)
  );
  return await host.shell(`cd "$(mktemp -d -p /var/tmp)"\n${script.join("\n")}\n`);
}

/** The blocks of commands in a chapter of the README. */
export async function readmeBlocks(chapter: string): Promise<string[]> {
  const readme = await Deno.readTextFile(README);
  const text = new RegExp(`^## ${chapter}\\n(.*?)^## `, "ms").exec(readme)?.[1] ?? "";
  return [...text.matchAll(/(?:^ {4}\S.*\n)+/gm)].map(([block]) => block.replace(/^ {4}/gm, "").trimEnd());
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
