/** The times by which the log of a task is followed. */
import type { PatienceTimes } from "./patience.ts";

export interface FollowTimes extends PatienceTimes {
  /** How long after an event of a node: by then its engine has connected to the swarm again. */
  readonly settlingMs: number;
  /** For so long the stream before is read on when the next one is open: the engine may not have it any more. */
  readonly overlapMs: number;
  /** If a task has ended, and its log was opened after that, and nothing has come for so long, all has come. */
  readonly lastLinesMs: number;
  /** How long after a failure the log is first tried to be opened again. */
  readonly retryMs: number;
}

export const TIMES: FollowTimes = {
  patienceMs: 15_000,
  longestPatienceMs: 600_000,
  deliveryMs: 2_000,
  settlingMs: 2_000,
  overlapMs: 200,
  lastLinesMs: 5_000,
  retryMs: 1_000,
};
