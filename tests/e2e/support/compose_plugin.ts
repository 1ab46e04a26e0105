/** Docker Compose on a host, as the plugin that a package of Debian's would bring. */
import { composeProgram, type ComposeSuite } from "../../support/docker_compose.ts";
import type { Debian } from "./debian_root.ts";
import { EXCHANGE, type Host } from "./host.ts";

/** Debian 12 has none; there it is the plugin file of a newer release. */
const SUITES: Readonly<Record<Debian, ComposeSuite>> = { "12": "forky", "13": "trixie", "14": "forky" };
const PLUGIN = "/usr/local/lib/docker/cli-plugins/docker-compose";

/** Until it is disposed of. */
export async function addCompose(host: Host): Promise<AsyncDisposable> {
  await Deno.copyFile(await composeProgram(SUITES[host.debian]), `${host.exchange}/docker-compose`);
  await host.shell('install -D "$1" "$2"', `${EXCHANGE}/docker-compose`, PLUGIN);
  return {
    async [Symbol.asyncDispose]() {
      await host.run("rm", PLUGIN);
    },
  };
}
