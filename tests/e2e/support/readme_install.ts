/** Installs the program on a host as the README says, by its own words. */
import { pageCommands } from "../../support/pages.ts";
import { compiledProgram } from "./compiled_program.ts";
import { EXCHANGE, type Host } from "./host.ts";

const RELEASE = "release";

/** Runs the commands of the chapter "Install"; yields what they print. */
export async function installAsReadmeSays(host: Host): Promise<string> {
  await placeRelease(host);
  // What a release would be asked for comes by way of the exchange folder instead: the host has no network.
  const commands = await pageCommands("README.md", "Install");
  const script = commands.replace(/^curl .*\/([^/\n]+)$/gm, `cp ${EXCHANGE}/${RELEASE}/$1 .`);
  if (script === commands) throw new Error("The README does not say how to download the program");
  return await host.shell(`cd "$(mktemp -d -p /var/tmp)"\n${script}`);
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
