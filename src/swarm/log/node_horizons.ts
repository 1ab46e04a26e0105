/**
 * Up to which moment all that the tasks of a node have written has certainly come, although many of them are silent: so
 * that a log that is opened anew need not be read from the last line of a task that has written nothing for a week.
 * In: what is seen of the nodes, and when the log was opened. Out: such moments. Times are milliseconds since 1970.
 *
 * An opened log brings all that its tasks have written before, and after that all that they write, as long as the
 * connection of their node to the swarm does not break (moby#33183). A break shows: for a while the node is not ready, or
 * there is an event when it is back. So once a node has been well for some time after an opening, what was written before
 * that has come.
 */
import type { Node } from "../../engine/swarm_types.ts";

/** By how much the clocks of two nodes may differ. */
export const CLOCK_DIFFERENCE_MS = 60_000;
/** How long an opened log may take to bring what there is. */
const DELIVERY_MS = 10_000;

interface Seen {
  isReady: boolean;
  /** When it was last seen ready. */
  readyAtMs: number;
  /** When it was last known not to be well. */
  disturbedAtMs: number;
  horizonMs: number;
}

export class NodeHorizons {
  readonly #nodes = new Map<string, Seen>();
  /** When the log that is being read was opened. */
  #openedAtMs = Infinity;

  /** Nodes that are not among them have left the swarm. Yields the ids of those that are back. */
  look(nodes: readonly Node[], nowMs: number): string[] {
    const back: string[] = [];
    const ids = new Set(nodes.map(({ ID }) => ID));
    for (const id of this.#nodes.keys()) if (!ids.has(id)) this.#nodes.delete(id);
    for (const { ID, Status: { State } } of nodes) {
      const seen = this.#nodes.get(ID) ??
        { isReady: false, readyAtMs: -Infinity, disturbedAtMs: -Infinity, horizonMs: 0 };
      this.#nodes.set(ID, seen);
      if (State === "ready") {
        if (!seen.isReady && seen.disturbedAtMs > seen.readyAtMs) back.push(ID);
        seen.readyAtMs = nowMs;
      } else seen.disturbedAtMs = nowMs;
      seen.isReady = State === "ready";
    }
    return back;
  }

  /** The connection of this node, or of any if undefined, may have been broken. */
  disturb(nodeId: string | undefined, nowMs: number): void {
    const nodes = nodeId === undefined ? [...this.#nodes.values()] : [this.#nodes.get(nodeId)];
    for (const seen of nodes) if (seen !== undefined) seen.disturbedAtMs = nowMs;
  }

  /** Whether it is worth while to ask for what its tasks have written. */
  isReady(nodeId: string): boolean {
    return this.#nodes.get(nodeId)?.isReady ?? false;
  }

  /** Whether its tasks' lines from before the opening of the log that is being read have come. */
  isSound(nodeId: string): boolean {
    const seen = this.#nodes.get(nodeId);
    return seen !== undefined && seen.disturbedAtMs < this.#openedAtMs &&
      seen.readyAtMs >= this.#openedAtMs + DELIVERY_MS;
  }

  /** From now on a log is read that was opened at this time. */
  open(nowMs: number): void {
    for (const [id, seen] of this.#nodes) seen.horizonMs = this.horizonMs(id, { isClose: false });
    this.#openedAtMs = nowMs;
  }

  /**
   * What the node's tasks have written before this time has come. `isClose`: not up to the opening of the log that is
   * being read, but nearly up to where the node was last seen to be well, which is likely, not certain.
   */
  horizonMs(nodeId: string, { isClose }: { readonly isClose: boolean }): number {
    const seen = this.#nodes.get(nodeId);
    if (seen === undefined) return 0;
    const well = isClose && seen.disturbedAtMs < this.#openedAtMs
      ? seen.readyAtMs
      : this.isSound(nodeId)
      ? this.#openedAtMs
      : 0;
    return Math.max(seen.horizonMs, well - CLOCK_DIFFERENCE_MS);
  }
}
