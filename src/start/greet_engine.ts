/** The engine of `DOCKER_HOST`, which is asked for something as soon as the program runs. */
import type { ContainerEngine } from "../engine/engine.ts";
import { ConfigError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { within } from "../host/pause.ts";

const DEFAULT_SOCKET = "/var/run/docker.sock";
/** In this time a request goes out, and an engine that is up has answered. */
const MOMENT_MS = 5;

export interface GreetedEngine {
  readonly engine: ContainerEngine;
  /** Its answer to a first `negotiate`, if there has been one; it may still be under way. */
  readonly greeting?: Promise<string>;
}

/** Asks for the version to talk in; undefined where there is nobody to ask, since DOCKER_HOST names no socket. */
export async function greetEngine(
  { host, connectEngine }: {
    readonly host: Host;
    readonly connectEngine: (socketPath: string) => ContainerEngine;
  },
  stop: AbortSignal,
): Promise<GreetedEngine | undefined> {
  const socketPath = findEngineSocket(host);
  if (socketPath === undefined) return undefined;
  const engine = connectEngine(socketPath);
  const greeting = engine.negotiate(stop);
  // What comes next keeps the thread busy. A failure is told by whoever needs the engine.
  await within(MOMENT_MS, greeting.catch(() => {}));
  return { engine, greeting };
}

/** The path of the engine's socket. @throws ConfigError */
export function engineSocket(host: Pick<Host, "env">): string {
  return findEngineSocket(host) ?? refuseDockerHost(host);
}

function findEngineSocket({ env }: Pick<Host, "env">): string | undefined {
  const address = env("DOCKER_HOST") || `unix://${DEFAULT_SOCKET}`;
  return address.startsWith("unix:///") ? address.slice("unix://".length) : undefined;
}

/** @throws ConfigError: DOCKER_HOST names no socket */
export function refuseDockerHost({ env }: Pick<Host, "env">): never {
  const message = `Cannot use DOCKER_HOST "${env("DOCKER_HOST")}": must be like unix://${DEFAULT_SOCKET}`;
  throw new ConfigError("DOCKER_HOST", [{ path: [], message }], message);
}
