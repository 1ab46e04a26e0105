import { deepEqual, equal } from "node:assert/strict";
import { progressOf, tasksOnNodes, tasksRun } from "../../src/swarm/sentences.ts";
import { tally } from "../../src/swarm/tally.ts";
import { node, type PlayedTask, seen, spec } from "./played_swarm.ts";

const up = (slot: number, on: string): PlayedTask => ({ slot, on, state: "running" });

const ROWS: Readonly<Record<string, { state: ReturnType<typeof seen>; running: string; progress: string }>> =
  {
    "all run": {
      state: seen(spec(2), [up(1, "node-a"), up(2, "node-b")]),
      running: "2 of 2 tasks on 2 nodes",
      progress: "2 of 2 tasks run",
    },
    "one is pulled": {
      state: seen(spec(2), [up(1, "node-a"), { slot: 2, on: "node-b", state: "preparing" }]),
      running: "1 of 2 tasks on 1 node",
      progress: "1 of 2 tasks run; web.2 on node-b: pulling",
    },
    "no node has room": {
      state: seen(spec(2), [up(1, "node-a"), {
        slot: 2,
        state: "pending",
        error: "no suitable node (insufficient resources on 2 nodes)",
      }]),
      running: "1 of 2 tasks on 1 node",
      progress: "1 of 2 tasks run; web.2: no suitable node (insufficient resources on 2 nodes)",
    },
    "a task on a node that is down still says that it runs": {
      state: seen(spec(1), [up(1, "node-b")], [node("node-a"), node("node-b", "down")]),
      running: "0 of 1 task",
      progress: "0 of 1 task runs; web.1 on node-b: the node is down",
    },
    "after a change of the leader nobody knows": {
      state: seen(spec(1), [up(1, "node-b")], [node("node-a"), node("node-b", "unknown")]),
      running: "0 of 1 task (1 not confirmed)",
      progress: "0 of 1 task runs; web.1 on node-b: the node is unknown",
    },
    "one that has failed, and the one in its place": {
      state: seen(spec(1), [
        { slot: 1, on: "node-a", state: "failed", desired: "shutdown", exitCode: 1 },
        up(1, "node-b"),
      ]),
      running: "1 of 1 task on 1 node",
      progress: "1 of 1 task runs",
    },
    "an update: those of before run, and do not count as new": {
      state: seen(spec(2), [{ ...up(1, "node-a"), isOld: true }, {
        slot: 2,
        on: "node-b",
        state: "starting",
        message: "health check is pending",
      }]),
      running: "1 of 2 tasks on 1 node",
      progress: "0 of 2 tasks run; web.2 on node-b: health check is pending",
    },
    "once on every node": {
      state: seen(spec("global"), [{ on: "node-a", state: "running" }, { on: "node-b", state: "assigned" }]),
      running: "1 of 2 tasks on 1 node",
      progress: "1 of 2 tasks run; web.node-b: assigned",
    },
    "once on every node, one of which is down": {
      state: seen(spec("global"), [{ on: "node-a", state: "running" }, { on: "node-b", state: "running" }], [
        node("node-a"),
        node("node-b", "down"),
      ]),
      running: "1 of 1 task on 1 node",
      progress: "1 of 1 task runs",
    },
    "once on every node, and no node will do": {
      state: seen(spec("global"), []),
      running: "0 of 1 task",
      progress: "0 of 1 task runs; no node that is active meets the constraints",
    },
    "a node that the swarm has forgotten": {
      state: seen(spec(1), [up(1, "node-x")]),
      running: "0 of 1 task",
      progress: "0 of 1 task runs; web.1 on node-x: running",
    },
    "ten places are in order": {
      state: seen(spec(10), [10, 9, 2, 1].map((slot) => ({ slot, on: "node-a", state: "assigned" }))),
      running: "0 of 10 tasks",
      progress: "0 of 10 tasks run; web.1 on node-a: assigned",
    },
  };

Deno.test("how many tasks run, and why others do not", async (t) => {
  for (const [name, { state, running, progress }] of Object.entries(ROWS)) {
    await t.step(name, () => {
      const counted = tally(state);
      deepEqual({ running: tasksOnNodes(counted), progress: progressOf(state, counted) }, {
        running,
        progress,
      });
    });
  }
});

Deno.test("tasksRun() is a sentence for one task as for many", () => {
  equal(tasksRun({ wanted: 1 }, 0), "0 of 1 task runs");
  equal(tasksRun({ wanted: 3 }, 2), "2 of 3 tasks run");
});
