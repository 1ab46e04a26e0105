/** How a run can end as expected; all else is an error. */

export type Outcome =
  | { readonly kind: "stopped" }
  /** The engine went away, and the container with it. */
  | { readonly kind: "engine_lost" }
  | {
    readonly kind: "container_exited";
    /** The container's own exit code. */
    readonly statusCode: number;
    readonly oomKilled: boolean;
    /** In words, e.g. `killed by SIGKILL (exit code 137)`. */
    readonly meaning: string;
  };
