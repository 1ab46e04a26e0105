/** The verbs for a swarm on an engine that answers as a test says. */
import { DockerEngine } from "../../src/engine/docker_engine.ts";
import { unixTransport } from "../../src/engine/http/unix_transport.ts";
import type { SwarmEngine } from "../../src/engine/swarm_engine.ts";
import { type Answer, EngineServer } from "../support/engine_server.ts";

export async function withSwarm(
  answer: Answer,
  use: (swarm: SwarmEngine, server: EngineServer) => Promise<void>,
): Promise<void> {
  await using server = await EngineServer.start(answer);
  using transport = unixTransport(server.socketPath);
  await use(await new DockerEngine(server.socketPath, transport.send).swarm(), server);
}

/** The query of a request's path. */
export function queryOf(path: string | undefined): Record<string, string> {
  return Object.fromEntries(new URL(path ?? "", "http://docker").searchParams);
}
