/** How a run can end as expected; all else is an error. */

export type Outcome =
  | { readonly kind: "stopped" }
  /** The engine went away, and the container with it. */
  | { readonly kind: "engine_lost" }
  /** A check with `on_failure: fail` fails, or one whose restarts of the container have not helped. */
  | {
    readonly kind: "check_failed";
    readonly check: string;
    /** The check's last result, e.g. `status 500, expected 200`. */
    readonly reason: string;
    /** How often the container has been restarted because of it, in vain. */
    readonly restarts: number;
  }
  /** Of a Swarm service: too few of its tasks run, for too long. */
  | { readonly kind: "too_few_tasks"; readonly reason: string }
  | {
    readonly kind: "container_exited";
    /** The container's own exit code. */
    readonly statusCode: number;
    readonly oomKilled: boolean;
    /** e.g. `The container has ended by itself: exit code 3` */
    readonly story: string;
  };

/** e.g. `check "http /" still fails after 5 restarts of the container: status 500` */
export function checkFailure({ check, reason, restarts }: Outcome & { kind: "check_failed" }): string {
  if (restarts === 0) return `check "${check}" fails: ${reason}`;
  const count = restarts === 1 ? "1 restart" : `${restarts} restarts`;
  return `check "${check}" still fails after ${count} of the container: ${reason}`;
}
