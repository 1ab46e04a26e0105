/** Checks of a Swarm service: whether this machine may run one, whose the service is, whether its tasks run. */
import { encodePath } from "../../engine/calls.ts";
import type { Node, Service, SwarmInfo, Task } from "../../engine/swarm_types.ts";
import { standingOf } from "../../swarm/reach_swarm.ts";
import { progressOf } from "../../swarm/sentences.ts";
import { isOurs, ownerOf } from "../../swarm/service_labels.ts";
import { hostName, type ServiceState } from "../../swarm/service_state.ts";
import { tally } from "../../swarm/tally.ts";
import type { EngineQueries } from "../engine_queries.ts";
import { type Finding, findings, run } from "./finding.ts";

export async function swarmChecks(name: string, engine: EngineQueries): Promise<Finding[]> {
  const { ok, problem } = findings("swarm");
  const info = await engine.get<{ readonly Swarm: SwarmInfo }>("ask the engine for its swarm", "/info");
  const standing = standingOf(info?.Swarm ?? { LocalNodeState: "inactive" });
  if (standing.kind !== "manager") return [problem(standing.reason)];
  const nodes = await engine.get<Node[]>("list the nodes of the swarm", "/nodes") ?? [];
  return [
    nodesFinding(nodes),
    ok("this machine is one of its managers"),
    ...await serviceFindings(name, standing.nodeId, nodes, engine),
  ];
}

function nodesFinding(nodes: readonly Node[]): Finding {
  const { ok, warning } = findings("nodes");
  const away = nodes.filter(({ Status }) => Status.State !== "ready");
  if (away.length === 0) return ok(`${nodes.length} of ${nodes.length} are ready`);
  const names = away.map(({ Description, ID, Status }) => `${Description.Hostname ?? ID} (${Status.State})`);
  return warning(`away: ${names.join(", ")}`, run("docker node ls"));
}

async function serviceFindings(
  name: string,
  nodeId: string,
  nodes: readonly Node[],
  engine: EngineQueries,
): Promise<Finding[]> {
  const { ok, problem } = findings("service name");
  const path = `/services/${encodePath(name)}`;
  const service = await engine.get<Service>("inspect the service", path);
  if (service === undefined || service.Spec.Name !== name) return [ok(`"${name}" is free`)];
  if (!isOurs(service)) {
    const words = "rename yours, or end that one:";
    return [problem(`"${name}" is taken by a Swarm service that service_runner has not created`, {
      words,
      commands: [`docker service rm ${name}`],
    })];
  }
  const byId = new Map(nodes.map((node) => [node.ID, node]));
  const owner = ownerOf(service);
  const whose = owner === "" || owner === nodeId ? ok(`"${name}" is the service's own`) : problem(
    `"${name}" is supervised on ${hostName(byId, owner)}`,
    "stop it there, or leave it to that machine",
  );
  return [whose, await tasksFinding({ service, nodes: byId }, engine)];
}

async function tasksFinding(
  seen: Pick<ServiceState, "service" | "nodes">,
  engine: EngineQueries,
): Promise<Finding> {
  const { ok, problem } = findings("tasks");
  const list = async (filters: object) =>
    await engine.get<Task[]>("list the tasks of the service", "/tasks", {
      query: { filters: JSON.stringify(filters) },
    }) ?? [];
  const service = [seen.service.ID];
  const [tasks, renewed] = await Promise.all([list({ service }), list({ service, "_up-to-date": ["true"] })]);
  const state = { ...seen, tasks, upToDate: new Set(renewed.map(({ ID }) => ID)) };
  const counted = tally(state);
  const words = progressOf(state, counted);
  if (counted.renewed >= counted.wanted) return ok(words);
  return problem(words, run(`docker service ps --no-trunc ${seen.service.Spec.Name}`));
}
