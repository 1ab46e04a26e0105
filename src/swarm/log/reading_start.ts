/** From which moment on a service's log has to be read, when it is opened anew. */
import type { Instant } from "../../logging/log_record.ts";
import { compareInstants } from "../../supervisor/log/resume.ts";
import { CLOCK_DIFFERENCE_MS, type NodeHorizons } from "./node_horizons.ts";
import { instantOf, type KnownTask } from "./task_roster.ts";

export interface ReadingStart {
  readonly since: Instant;
  /** Tasks of which more is needed than what comes from then on: they are left out of this reading. */
  readonly muted: ReadonlySet<KnownTask>;
}

export interface StartOptions {
  readonly horizons: NodeHorizons;
  readonly nowMs: number;
  /** Whether tasks write so much that nothing may be read again that need not. */
  readonly isCostly: boolean;
}

/**
 * The oldest moment up to which the log of a task is out that may still bring something. What is on a node that is away
 * is left for the time of its return: else all others would be read from there on, again and again.
 */
export function readingStart(
  tasks: Iterable<KnownTask>,
  { horizons, nowMs, isCostly }: StartOptions,
): ReadingStart {
  const starts = new Map<KnownTask, Instant>();
  // The clock of a node on which the next task starts may be behind.
  let since = instantOf(isCostly ? nowMs : nowMs - CLOCK_DIFFERENCE_MS);
  for (const known of tasks) {
    const { log, nodeId, isWanted } = known;
    const certain = instantOf(horizons.horizonMs(nodeId, { isClose: false }));
    log.raiseFloor(certain);
    const likely = instantOf(horizons.horizonMs(nodeId, { isClose: isCostly }));
    const start = log.since(likely);
    starts.set(known, start);
    const isAsked = isWanted || (horizons.isReady(nodeId) && !isDone(known, horizons));
    if (isAsked && compareInstants(start, since) < 0) since = start;
  }
  const muted = [...starts].filter(([, start]) => compareInstants(start, since) < 0).map(([known]) => known);
  return { since, muted: new Set(muted) };
}

/** Whether all that the task has written has come. */
function isDone({ hadEnded, unlistedAtMs, nodeId }: KnownTask, horizons: NodeHorizons): boolean {
  return unlistedAtMs !== undefined || (hadEnded && horizons.isSound(nodeId));
}
