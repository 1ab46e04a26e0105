/** The Debian hosts that the end-to-end tests boot as containers: how to find them, and how to end them. */
// @ts-types="@types/dockerode"
import type Docker from "dockerode";
import type { EngineApi } from "./engine_api.ts";

/** Names the test run, so that runs on one engine do not take each other's hosts. */
export const HOSTS_VARIABLE = "SERVICE_RUNNER_TEST_HOSTS";

export const LABELS = {
  run: "service_runner.e2e.run",
  debian: "service_runner.e2e.debian",
  /** The folder of this machine that the host sees as /e2e. */
  exchange: "service_runner.e2e.exchange",
  /** Where the host is in the network of its run; not of hosts that are in none. */
  address: "service_runner.e2e.address",
} as const;

/** Those that a test run has booted so far. */
export async function hostsOf(engine: EngineApi, run: string): Promise<Docker.ContainerInfo[]> {
  return await engine.docker.listContainers({ all: true, filters: { label: [`${LABELS.run}=${run}`] } });
}

/** Ends the hosts of a test run; nothing of them stays. */
export async function removeHosts(engine: EngineApi, run: string): Promise<void> {
  for (const { Id, Labels } of await hostsOf(engine, run)) {
    await engine.removeContainer(Id);
    await removeFolder(Labels[LABELS.exchange] as string);
  }
  const filters = { label: [`${LABELS.run}=${run}`] };
  for (const { Id } of await engine.docker.listNetworks({ filters })) {
    await engine.docker.getNetwork(Id).remove();
  }
}

/** A host that could not be booted has lost its folder already. */
async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
