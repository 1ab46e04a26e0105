/** `swarm:`, which makes a service one of the engine's own distributed mode, in place of a container on this machine. */

/** Durations in milliseconds, sizes in bytes. */
export interface SwarmConfig {
  /** "global": one task on every node. */
  readonly replicas: number | "global";
  /** e.g. `node.labels.disk == ssd` */
  readonly constraints: readonly string[];
  /** Tasks are spread evenly over the values of this, e.g. `node.labels.zone`. */
  readonly spread: string | undefined;
  readonly maxPerNode: number | undefined;
  readonly reserve: { readonly nanoCpus: number | undefined; readonly memoryBytes: number | undefined };
  /** On the service, not on its containers. */
  readonly labels: Readonly<Record<string, string>>;
  readonly publish: "ingress" | "host";
  readonly update: {
    readonly atOnce: number;
    readonly order: "stop-first" | "start-first";
    readonly delayMs: number;
    readonly monitorMs: number;
  };
  /** The fewest tasks that have to run. */
  readonly minimum: number | "all";
  readonly onMinimum: "log" | "fail" | "watchdog";
  readonly patienceMs: number;
  readonly onStop: "remove" | "keep";
}
