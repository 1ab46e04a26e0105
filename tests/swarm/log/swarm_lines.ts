/** Lines of a service's log as the engine writes them, made by hand. */

export interface Origin {
  readonly taskId: string;
  readonly nodeId: string;
}

/** What the engine writes before the text, sorted and encoded as moby's `attrsByteSlice` does it. */
export function details({ taskId, nodeId }: Origin, more: Readonly<Record<string, string>> = {}): string {
  const own = [
    ["com.docker.swarm.node.id", nodeId],
    ["com.docker.swarm.service.id", "s1"],
    ["com.docker.swarm.task.id", taskId],
  ] as const;
  const all = [...own, ...Object.entries(more)].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  return all.map((pair) => pair.map((text) => encodeURIComponent(text).replaceAll("%20", "+")).join("="))
    .join(",");
}
