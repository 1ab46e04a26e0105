/** From where a service's log is read when it is opened anew: far enough back, and no further than need be. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Node } from "../../../src/engine/swarm_types.ts";
import { NodeHorizons } from "../../../src/swarm/log/node_horizons.ts";
import { ServiceLogBed, StampClock } from "./service_log_bed.ts";

const MINUTE_MS = 60_000;
const NOW_MS = Date.parse("2026-11-22T12:00:00Z");

function nodes(states: Readonly<Record<string, Node["Status"]["State"]>>): Node[] {
  return Object.entries(states).map(([ID, State]) => ({ ID, Description: {}, Spec: {}, Status: { State } }));
}

/** Minutes before `NOW_MS` up to which all has come, with a log that is opened then and looks every five seconds. */
function horizons(
  tell: (
    seen: NodeHorizons,
    look: (seconds: number, states: Record<string, "ready" | "down">) => void,
  ) => void,
) {
  const seen = new NodeHorizons();
  const look = (seconds: number, states: Record<string, "ready" | "down">) =>
    seen.look(nodes(states), NOW_MS + seconds * 1000);
  look(0, { a: "ready", b: "ready" });
  seen.open(NOW_MS);
  tell(seen, (seconds, states) => void look(seconds, states));
  const of = (isClose: boolean) =>
    ["a", "b"].map((id) => {
      const ms = seen.horizonMs(id, { isClose });
      return ms <= 0 ? undefined : (ms - NOW_MS) / MINUTE_MS;
    });
  return { certain: of(false), likely: of(true), sound: ["a", "b"].map((id) => seen.isSound(id)) };
}

Deno.test("what silent tasks have written has come when their node has been well for a while after an opening", () => {
  deepEqual(horizons((_, look) => look(9, { a: "ready", b: "ready" })).certain, [undefined, undefined]);
  const well = horizons((_, look) => look(600, { a: "ready", b: "ready" }));
  deepEqual(well, { certain: [-1, -1], likely: [9, 9], sound: [true, true] });
});

Deno.test("of a node that was not well since the opening nothing is known", () => {
  const down = horizons((_, look) => {
    look(60, { a: "ready", b: "down" });
    look(600, { a: "ready", b: "ready" });
  });
  deepEqual(down, { certain: [-1, undefined], likely: [9, undefined], sound: [true, false] });
  const event = horizons((seen, look) => {
    seen.disturb("b", NOW_MS + 60_000);
    look(600, { a: "ready", b: "ready" });
  });
  deepEqual(event, down);
  const cut = horizons((seen, look) => {
    seen.disturb(undefined, NOW_MS + 60_000);
    look(600, { a: "ready", b: "ready" });
  });
  deepEqual(cut.sound, [false, false]);
});

Deno.test("what was certain once stays so, through bad times", () => {
  const later = horizons((seen, look) => {
    look(600, { a: "ready", b: "ready" });
    seen.open(NOW_MS + 600_000);
    look(660, { a: "ready", b: "down" });
    seen.open(NOW_MS + 700_000);
  });
  deepEqual(later.certain, [9, -1]);
});

Deno.test("look() tells which nodes are back, once", () => {
  const seen = new NodeHorizons();
  const back = [{ a: "ready", b: "down" }, { a: "down", b: "down" }, { a: "ready", b: "ready" }, {
    a: "ready",
  }] as const;
  deepEqual(back.map((states, index) => seen.look(nodes(states), index)), [[], [], ["a", "b"], []]);
  equal(seen.isReady("a"), true);
  equal(seen.isReady("b"), false, "it has left the swarm");
});

/** Seconds from now to where the log was last opened from. */
function lastStart({ swarm }: ServiceLogBed): number {
  const since = swarm.openedSince.at(-1);
  ok(since !== undefined);
  return since.seconds - Date.now() / 1000;
}

Deno.test("a node that is away does not hold the others' lines up, and its own come when it is back", async () => {
  await using bed = new ServiceLogBed();
  const { swarm } = bed;
  swarm.addNode("n1");
  swarm.addNode("n2");
  const [here, away] = [swarm.addTask("n1"), swarm.addTask("n2")];
  await bed.start({ isNew: true });
  const at = new StampClock((Date.now() - 3_500_000) * 1000);
  swarm.write(away, "stdout", at.after(0), "a\n");
  swarm.write(here, "stdout", at.after(3000), "b\n");
  await bed.untilLines("web.1", ["b"]);
  await bed.untilLines("web.2", ["a"]);
  swarm.leave("n2");
  bed.log.setTasks(await swarm.look());
  swarm.write(away, "stdout", at.after(0), "c\n");
  await bed.openAgain();
  ok(Math.abs(lastStart(bed) + 501) < 60, `from the last line of the node that is there: ${lastStart(bed)}`);
  // Nobody is told of its return, but what it sends is from the wrong place.
  swarm.comeBack("n2");
  swarm.write(away, "stdout", at.after(100), "d\n");
  await bed.untilLines("web.2", ["a", "c", "d"]);
  ok(Math.abs(lastStart(bed) + 3501) < 60, `from its own last line: ${lastStart(bed)}`);
  deepEqual(bed.lines("web.1"), ["b"]);
});

Deno.test("a task that has ended is read once more, and then does not count", async () => {
  await using bed = new ServiceLogBed();
  const { swarm } = bed;
  swarm.addNode("n1");
  const [old, young] = [swarm.addTask("n1"), swarm.addTask("n1")];
  await bed.start({ isNew: true });
  const at = new StampClock((Date.now() - 3_500_000) * 1000);
  swarm.write(old, "stdout", at.after(0), "a\n");
  await bed.untilLines("web.1", ["a"]);
  old.state = "failed";
  swarm.write(young, "stdout", at.after(3000), "b\n");
  await bed.untilLines("web.2", ["b"]);
  await bed.openAgain();
  ok(Math.abs(lastStart(bed) + 3501) < 60, `from its last line: ${lastStart(bed)}`);
  old.isListed = false;
  await bed.openAgain();
  ok(Math.abs(lastStart(bed) + 501) < 60, `from the other's last line: ${lastStart(bed)}`);
});
