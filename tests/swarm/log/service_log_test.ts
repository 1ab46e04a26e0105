/** The log of all tasks of a service: where it begins, where the next process goes on, what is said of it. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { ServiceLogBed, StampClock } from "./service_log_bed.ts";

/** An hour ago: where the log is opened from is not the time of the test. */
function clock(): StampClock {
  return new StampClock((Date.now() - 3_500_000) * 1000);
}

/** A bed with a task on each of two nodes. */
function setUp(options: { terminal?: boolean } = {}) {
  const bed = new ServiceLogBed(options);
  const { swarm } = bed;
  swarm.addNode("n1");
  swarm.addNode("n2");
  return { bed, swarm, at: clock(), one: swarm.addTask("n1"), two: swarm.addTask("n2") };
}

Deno.test("records say which task has written a line, and where it runs", async () => {
  const { bed, swarm, at, one, two } = setUp();
  await using _ = bed;
  const everywhere = swarm.addTask("n2", { slot: undefined });
  await bed.start({ isNew: true });
  const stamp = at.after(1);
  swarm.write(one, "stdout", stamp, "one\n");
  swarm.write(two, "stderr", at.after(1), "<3>two\n");
  swarm.write(everywhere, "stdout", at.after(1), "three\n");
  await bed.untilLines("web.1", ["one"]);
  await bed.untilLines("web.2", ["two"], "stderr");
  await bed.untilLines("web.host-n2", ["three"]);
  const [first, second] = bed.records;
  deepEqual(first?.data, { task: "web.1", node: "host-n1" });
  equal(Date.parse(first?.timestamp), Math.floor(stamp.seconds * 1000 + stamp.nanos / 1e6));
  deepEqual([second?.severity, second?.data], ["error", { task: "web.2", node: "host-n2" }]);
  deepEqual(bed.log.lastLines(two.id), ["<3>two"]);
  deepEqual(bed.log.lastLines("unknown"), []);
});

Deno.test("a task that writes before anybody has seen it is looked for, so that its lines have its name", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  await bed.settled();
  const { looks } = swarm;
  const late = swarm.addTask("n2");
  swarm.write(one, "stdout", at.after(1), "known\n");
  for (const text of ["a\n", "b\n", "c\n"]) swarm.write(late, "stdout", at.after(1), text);
  await bed.untilLines("web.3", ["a", "b", "c"]);
  equal(swarm.looks, looks + 1);
  // Whom no manager knows any more has no other name.
  const gone = swarm.addTask("n2");
  gone.isListed = false;
  swarm.write(gone, "stdout", at.after(1), "last words\n");
  await bed.untilLines("web.t4", ["last words"]);
  equal(bed.records.at(-1)?.data.node, "n2");
});

Deno.test("of a service that was there before, what it writes from now on is wanted; of later tasks all", async () => {
  const { bed, swarm, one } = setUp();
  await using _ = bed;
  const at = new StampClock((Date.now() - 30_000) * 1000);
  swarm.write(one, "stdout", at.after(1), "old\n");
  await bed.start();
  await bed.settled();
  at.micros = Date.now() * 1000 + 1000;
  swarm.write(one, "stdout", at.after(0), "new\n");
  await bed.untilLines("web.1", ["new"]);
  const late = swarm.addTask("n2", { createdAtMs: Date.now() });
  // Its node's clock is behind.
  swarm.write(late, "stdout", new StampClock((Date.now() - 20_000) * 1000).instant(), "first\n");
  await bed.untilLines("web.3", ["first"]);
  await bed.openAgain();
  deepEqual(bed.lines("web.1"), ["new"]);
  deepEqual(bed.lines("web.3"), ["first"]);
});

for (const hasFolder of [true, false]) {
  const folder = hasFolder ? "state" : "runtime";
  Deno.test(`the next process goes on where this one has ended: the ${folder} folder`, async () => {
    const { bed, swarm, at, one, two } = setUp();
    await using _ = bed;
    await bed.start({ isNew: true, hasFolder });
    swarm.write(one, "stdout", at.after(1), "a\n");
    swarm.write(one, "stderr", at.after(60), "A\n");
    await bed.untilLines("web.1", ["A"], "stderr");
    await bed.kill();
    swarm.write(one, "stdout", at.after(1), "b\n");
    swarm.write(two, "stdout", at.after(1), "c\n");
    swarm.write(swarm.addTask("n1"), "stdout", at.after(1), "d\n");
    two.state = "failed";
    await bed.start({ hasFolder });
    await bed.untilLines("web.1", ["a", "b"]);
    await bed.untilLines("web.2", ["c"]);
    await bed.untilLines("web.3", ["d"]);
    deepEqual(bed.lines("web.1", "stderr"), ["A"]);
    deepEqual(bed.remarks, []);
  });
}

Deno.test("what was kept of another service of this name says nothing of this one", async () => {
  const { bed, swarm, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  await bed.end();
  for (const [path, text] of bed.files) bed.files.set(path, text.replace("s1", "s0"));
  swarm.write(one, "stdout", clock().instant(), "old\n");
  await bed.start();
  await bed.settled();
  deepEqual(bed.lines("web.1"), []);
});

Deno.test("a process that is killed while it writes loses no line", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  const lines = Array.from({ length: 300 }, (_, index) => `line ${index}`);
  swarm.write(one, "stdout", at.after(1), `${lines[0]}\n`);
  await bed.untilLines("web.1", ["line 0"]);
  const goOn = bed.stall();
  // More than what is written in one go.
  for (const line of lines.slice(1)) swarm.write(one, "stdout", at.after(0.001), `${line}\n`);
  await bed.until("all to be read", () => bed.swarm.follows.at(-1)!.isDrained);
  const killed = bed.kill();
  goOn();
  await killed;
  await bed.start();
  await bed.until("the last line", () => bed.lines("web.1").includes("line 299"));
  const out = bed.lines("web.1");
  deepEqual([...new Set(out)], lines, "all of them, in order");
});

Deno.test("lines that wait to be joined with others are not out when the process is killed", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  const logs = { multiline: "^\\S" };
  bed.diesWhen = (text) => text !== "";
  await bed.start({ isNew: true, logs });
  for (const text of ["a\n", " b\n", "c\n", " d\n"]) swarm.write(one, "stdout", at.after(1), text);
  await bed.until("the first record", () => bed.lines("web.1").length > 0);
  await bed.kill();
  deepEqual(bed.lines("web.1"), ["a\n b"]);
  bed.diesWhen = () => false;
  await bed.start({ logs });
  await bed.untilLines("web.1", ["a\n b", "c\n d"]);
});

Deno.test("another section logs counts for the tasks there are and for later ones", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  swarm.write(one, "stdout", at.after(1), "a\n");
  await bed.untilLines("web.1", ["a"]);
  bed.configure({ severity: { stdout: "debug" } });
  swarm.write(one, "stdout", at.after(1), "b\n");
  await bed.untilLines("web.1", ["a", "b"]);
  swarm.write(swarm.addTask("n1"), "stdout", at.after(1), "c\n");
  await bed.untilLines("web.3", ["c"]);
  deepEqual(bed.records.map(({ severity }) => severity), ["info", "debug", "debug"]);
});

Deno.test("a last line without a line break comes when its task has ended, and not before", async () => {
  const { bed, swarm, at, one, two } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  swarm.write(one, "stdout", at.after(1), "dying wo");
  swarm.write(two, "stdout", at.after(1), "to be con");
  await bed.settled();
  one.state = "failed";
  bed.log.setTasks(await swarm.look());
  await bed.end();
  deepEqual([bed.lines("web.1"), bed.lines("web.2")], [["dying wo"], []]);
  await bed.start();
  swarm.write(two, "stdout", at.instant(), "tinued\n");
  await bed.untilLines("web.2", ["to be continued"]);
  await bed.end();
  deepEqual(bed.lines("web.1"), ["dying wo"]);
});

Deno.test("a reader who is slow is waited for, and gets all", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  await bed.settled();
  const goOn = bed.stall();
  const count = 4000;
  for (let index = 0; index < count; index++) {
    swarm.write(one, "stdout", at.after(0.001), `${index} ${"x".repeat(100)}\n`);
  }
  const follow = swarm.follows.at(-1)!;
  let left = Infinity;
  await bed.until("the reading to stop", () => left === (left = follow.waiting));
  ok(left > 0, "it is not read to its end");
  goOn();
  await bed.until("all lines", () => bed.lines("web.1").length === count);
});

Deno.test("a log that can not be had is tried again, and told of once", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  swarm.write(one, "stdout", at.after(1), "a\n");
  await bed.untilLines("web.1", ["a"]);
  swarm.refusals = 3;
  swarm.cutFollows("Error grabbing logs: rpc error: code = Canceled desc = context canceled\n");
  swarm.write(one, "stdout", at.after(1), "b\n");
  await bed.untilLines("web.1", ["a", "b"]);
  deepEqual(bed.remarks, [
    "The service's log has broken off, and goes on behind its last lines when it can be had: The engine ended the " +
    "log stream: Error grabbing logs: rpc error: code = Canceled desc = context canceled",
  ]);
  equal(bed.records.find(({ source }) => source === "docker")?.severity, "notice");
});

Deno.test("lines that the engine does not have any more are told of once", async () => {
  const { bed, swarm, at, one, two } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  for (const task of [one, two]) swarm.write(task, "stdout", at.after(1), "a\n");
  await bed.untilLines("web.2", ["a"]);
  // Their logs are rotated.
  for (const task of [one, two]) task.entries = [];
  await bed.openAgain();
  for (const task of [one, two]) swarm.write(task, "stdout", at.after(1), "z\n");
  await bed.untilLines("web.2", ["a", "z"]);
  await bed.untilLines("web.1", ["a", "z"]);
  const [warning, ...more] = bed.records.filter(({ severity }) => severity === "warn");
  equal(
    warning?.message,
    "Lines of web.1 on host-n1 may be missing here: the engine's log does not go back to the last line that is out",
  );
  deepEqual(more, []);
});

Deno.test("of a removed service the open log is read to its end", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  await bed.settled();
  swarm.isRemoved = true;
  const { looks } = swarm;
  bed.log.noteNodeEvent("n1");
  await bed.until("the opening to be tried", () => swarm.looks > looks);
  swarm.write(one, "stdout", at.after(1), "last words\n");
  await bed.untilLines("web.1", ["last words"]);
  const quiet = bed.log.untilQuiet(20, new AbortController().signal);
  swarm.write(one, "stdout", at.after(1), "and more\n");
  await quiet;
  await bed.untilLines("web.1", ["last words", "and more"]);
  swarm.cutFollows();
  await bed.log.untilQuiet(Infinity, AbortSignal.timeout(10_000));
  deepEqual(bed.remarks.length, 1, "that it has ended");
});
