// deno-lint-ignore-file camelcase -- the keys are as the user writes them
/** What each key below `swarm` is for, and examples of its value; see `key_texts.ts`. */
export const SWARM_TEXTS: Readonly<Record<string, readonly [description: string, ...examples: unknown[]]>> = {
  replicas: ["How many tasks run: a number, or global for one on every node.", 3, "global"],
  constraints: ["What a node has to be for a task to run on it, compared by == or !=.", [
    "node.labels.disk == ssd",
    "node.role != manager",
  ]],
  spread: ["A label of nodes, over whose values the tasks are spread evenly.", "node.labels.zone"],
  max_per_node: ["How many tasks may run on one node.", 1],
  reserve: ["What a node has to have left for a task to run on it; limits are --cpus and --memory.", {
    cpus: 0.5,
    memory: "256m",
  }],
  "reserve.cpus": ["A number of CPUs, as for --cpus.", 0.5],
  "reserve.memory": ["A size, as for --memory.", "256m"],
  labels: ["Labels of the service; those of its containers are given by --label.", {
    "traefik.enable": "true",
  }],
  publish: [
    "What --publish means: ingress (default): each node passes the port on to some task; host: the port of the node " +
    "that a task runs on.",
    "host",
  ],
  update: ["How the tasks are replaced by newer ones; if one of those fails, the update is taken back.", {
    "at_once": 2,
    "order": "start-first",
  }],
  "update.at_once": ["How many tasks are replaced at the same time: a number, or all.", 2, "all"],
  "update.order": ["Whether a task is stopped before its successor is started, or after.", "start-first"],
  "update.delay": ["How long to wait before the next tasks are replaced.", "10s"],
  "update.monitor": [
    "How long a new task is looked at: if it ends in this time, the update has failed.",
    "30s",
  ],
  minimum: ["How many tasks have to run: a number, or all.", 2],
  on_minimum: [
    "What follows if fewer run for longer than patience: log (default) says so; fail ends the service as failed; " +
    "watchdog lets systemd's watchdog starve.",
    "fail",
  ],
  patience: ["How long fewer tasks than minimum may run before something follows.", "5m"],
  on_stop: [
    "What becomes of the service when the unit is stopped: remove (default), or keep. It stays in any case when the " +
    "machine goes down.",
    "keep",
  ],
};
