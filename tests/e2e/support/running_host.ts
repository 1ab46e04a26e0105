/** The hosts of this test run. Test modules share nothing but the engine: it is asked which hosts there are. */
import type { EngineApi } from "../../support/engine_api.ts";
import { HOSTS_VARIABLE, hostsOf, LABELS } from "../../support/e2e_hosts.ts";
import { bootHost, type BootOptions } from "./boot_host.ts";
import type { Debian } from "./debian_root.ts";
import { Host } from "./host.ts";
import { installAsReadmeSays } from "./readme_install.ts";

const hosts = new Map<Debian, Promise<Host>>();

/** The host of this release, with the program; booted when no test has needed it yet. */
export function runningHost(debian: Debian, engine: EngineApi): Promise<Host> {
  const host = hosts.get(debian) ?? find(debian, engine);
  hosts.set(debian, host);
  return host;
}

async function find(debian: Debian, engine: EngineApi): Promise<Host> {
  const run = runOfHosts();
  const present = (await hostsOf(engine, run)).find(({ Labels }) => Labels[LABELS.debian] === debian);
  if (present !== undefined) {
    return new Host({ debian, exchange: present.Labels[LABELS.exchange] as string });
  }
  const host = await boot({ debian, engine, run, name: debian });
  await installAsReadmeSays(host);
  return host;
}

/** A host for one test alone, on which the program is not installed. */
export async function freshHost(debian: Debian, engine: EngineApi): Promise<Host> {
  return await boot({ debian, engine, run: runOfHosts(), name: `${debian}-fresh` });
}

/** Of this test run, by which its hosts are found. */
export function runOfHosts(): string {
  const run = Deno.env.get(HOSTS_VARIABLE);
  if (run === undefined) throw new Error(`Cannot find ${HOSTS_VARIABLE}: run "deno task test"`);
  return run;
}

export interface BootRequest extends Pick<BootOptions, "debian" | "engine" | "hostname" | "network"> {
  readonly run: string;
  /** By which it is found among the hosts of the run. */
  readonly name: string;
}

/** Boots a host, which goes at the end of the run. */
export async function boot({ run, name, ...options }: BootRequest): Promise<Host> {
  const exchange = await Deno.makeTempDir({ prefix: "service_runner-e2e-" });
  await Deno.chmod(exchange, 0o755);
  const labels = {
    [LABELS.run]: run,
    [LABELS.debian]: name,
    [LABELS.exchange]: exchange,
    ...options.network && { [LABELS.address]: options.network.address },
  };
  return await bootHost({ ...options, labels, exchange }).catch(async (error) => {
    await Deno.remove(exchange, { recursive: true });
    throw error;
  });
}
