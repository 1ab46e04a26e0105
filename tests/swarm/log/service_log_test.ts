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

Deno.test("of a task that is seen late, all comes", async () => {
  const { bed, swarm, at } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  const late = swarm.addTask("n2");
  for (const text of ["a\n", "b\n", "c\n"]) swarm.write(late, "stdout", at.after(1), text);
  late.state = "failed";
  bed.look();
  await bed.untilLines("web.3", ["a", "b", "c"]);
  // As long as it has no node, it has no log.
  const { tasks: [task, ...others], nodes } = swarm.look();
  const { NodeID: _id, ...pending } = task!;
  bed.log.setTasks({ tasks: [...others, { ...pending, ID: "t9" }], nodes });
});

Deno.test("of a service that was there before, what it writes from now on is wanted; of young tasks all", async () => {
  const { bed, swarm, one, two } = setUp();
  await using _ = bed;
  const at = new StampClock((Date.now() - 30_000) * 1000);
  two.state = "complete";
  for (const task of [one, two]) swarm.write(task, "stdout", at.after(1), "old\n");
  // Its node's clock is behind.
  const young = swarm.addTask("n2", { createdAtMs: Date.now() - 10_000 });
  swarm.write(young, "stdout", at.instant(), "first\n");
  await bed.start();
  await bed.untilLines("web.3", ["first"]);
  equal(swarm.openings(two), 0, "nothing more will come of it");
  at.micros = Date.now() * 1000 + 1000;
  swarm.write(one, "stdout", at.after(0), "new\n");
  await bed.untilLines("web.1", ["new"]);
  await bed.kill();
  await bed.start();
  await bed.settled([one, young]);
  deepEqual([bed.lines("web.1"), bed.lines("web.2"), bed.lines("web.3")], [["new"], [], ["first"]]);
  equal(swarm.openings(two), 0);
});

for (const hasFolder of [true, false]) {
  const folder = hasFolder ? "state" : "runtime";
  Deno.test(`the next process goes on where this one has ended: the ${folder} folder`, async () => {
    const { bed, swarm, at, one, two } = setUp();
    await using _ = bed;
    await bed.start({ isNew: true, hasFolder });
    deepEqual([...bed.files.keys()], [`${hasFolder ? "/state" : "/run/web"}/task_log_positions`]);
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
    await bed.openAgain();
    deepEqual(bed.lines("web.1"), ["a", "b"]);
    deepEqual(bed.lines("web.1", "stderr"), ["A"]);
    deepEqual(bed.remarks, []);
    // Of what is not listed any more nothing is kept.
    await bed.kill();
    two.isListed = false;
    await bed.start({ hasFolder });
    const [kept = ""] = bed.files.values();
    deepEqual([/^t1 /m.test(kept), /^t2 /m.test(kept)], [true, false]);
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
  await bed.until("all to be read", () => swarm.latest(one)!.isDrained);
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
  // They are when they have been written, though no line has come since.
  await bed.kill();
  await bed.start({ logs });
  for (const text of ["e\n", "f\n"]) swarm.write(one, "stdout", at.after(1), text);
  await bed.untilLines("web.1", ["a\n b", "c\n d", "e", "f"]);
  await bed.kill();
  await bed.start({ logs });
  await bed.openAgain();
  await bed.end();
  deepEqual(bed.lines("web.1"), ["a\n b", "c\n d", "e", "f"]);
});

Deno.test("a name that is known later is the name from then on", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  const names = () => bed.records.map(({ data }) => data.node);
  bed.log.setTasks({ ...swarm.look(), nodes: [] });
  swarm.write(one, "stdout", at.after(1), "a\n");
  await bed.untilLines("web.1", ["a"]);
  bed.look();
  swarm.write(one, "stdout", at.after(1), "b\n");
  await bed.untilLines("web.1", ["a", "b"]);
  deepEqual(names(), ["n1", "host-n1"]);
});

Deno.test("a node that is seen to be back is heard again, though nobody has told of it", async () => {
  const { bed, swarm, at, one, two } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  await bed.settled();
  swarm.leave("n1");
  bed.look();
  swarm.write(one, "stdout", at.after(1), "a\n");
  swarm.comeBack("n1");
  bed.look();
  await bed.untilLines("web.1", ["a"]);
  equal(swarm.openings(two), 1);
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
  bed.look();
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
  bed.look();
  await bed.end();
  deepEqual([bed.lines("web.1"), bed.lines("web.2")], [["dying wo"], []]);
  await bed.start();
  swarm.write(two, "stdout", at.instant(), "tinued\n");
  await bed.untilLines("web.2", ["to be continued"]);
  swarm.write(two, "stdout", at.after(1), "removed");
  await bed.settled();
  bed.log.noteRemoval();
  await bed.end();
  deepEqual([bed.lines("web.1"), bed.lines("web.2")], [["dying wo"], ["to be continued", "removed"]]);
});

Deno.test("a task that has ended is read once more, and then no longer, by this process or the next", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true, times: { lastLinesMs: 20 } });
  swarm.write(one, "stdout", at.after(1), "a\n");
  await bed.untilLines("web.1", ["a"]);
  await bed.log.untilQuiet(30, new AbortController().signal);
  // Its node's connection has broken, and nobody knows.
  swarm.leave("n1", { isSeen: false });
  swarm.write(one, "stdout", at.after(1), "b\n");
  one.state = "failed";
  bed.look();
  await bed.untilLines("web.1", ["a", "b"]);
  await bed.until("its end", () => {
    bed.look();
    return swarm.latest(one)!.isOver;
  });
  const openings = swarm.openings(one);
  await bed.openAgain(["t2"]);
  await bed.kill();
  await bed.start();
  await bed.openAgain(["t2"]);
  equal(swarm.openings(one), openings);
  deepEqual(bed.lines("web.1"), ["a", "b"]);
});

Deno.test("a task whose node is away is not given up", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true, times: { lastLinesMs: 20 } });
  await bed.settled();
  swarm.leave("n1");
  one.state = "orphaned";
  swarm.write(one, "stdout", at.after(1), "out there\n");
  for (let look = 0; look < 3; look++) {
    bed.look();
    await bed.openAgain();
    await bed.log.untilQuiet(30, new AbortController().signal);
  }
  // It is seen to be back before its engine has been asked for anything.
  const { tasks, nodes } = swarm.look();
  const back = nodes.map((node) => ({ ...node, Status: { State: "ready" as const } }));
  bed.log.setTasks({ tasks, nodes: back });
  swarm.comeBack("n1");
  await bed.untilLines("web.1", ["out there"]);
});

Deno.test("a stream that falls silent without a reason that anybody could see is opened anew", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true, times: { patienceMs: 10, deliveryMs: 10 } });
  swarm.write(one, "stdout", at.after(1), "a\n");
  await bed.untilLines("web.1", ["a"]);
  swarm.leave("n1", { isSeen: false });
  swarm.write(one, "stdout", at.after(1), "b\n");
  await bed.untilLines("web.1", ["a", "b"]);
});

for (const isEnding of [false, true]) {
  const becomes = isEnding
    ? "read no further, as it could not be opened again"
    : "closed, and opened when there is room";
  Deno.test(`a reader who is slow gets all: when too much waits, the log is ${becomes}`, async () => {
    const { bed, swarm, at, one } = setUp();
    await using _ = bed;
    await bed.start({ isNew: true, pileLimitBytes: 100_000 });
    await bed.settled();
    if (isEnding) bed.log.noteRemoval();
    const goOn = bed.stall();
    const count = 2000;
    for (let index = 0; index < count; index++) {
      swarm.write(one, "stdout", at.after(0.001), `${index} ${"x".repeat(100)}\n`);
    }
    const follow = swarm.latest(one)!;
    let left = Infinity;
    await bed.until("the reading to stop", () => follow.isOver || left === (left = follow.waiting));
    ok(follow.waiting > 0, "it is not read to its end");
    equal(follow.isOver, !isEnding);
    equal(swarm.openings(one), 1);
    goOn();
    await bed.until("all lines", () => bed.lines("web.1").length >= count);
    deepEqual(
      bed.lines("web.1").map((line) => parseInt(line)),
      Array.from({ length: count }, (_, index) => index),
    );
    ok(isEnding ? swarm.openings(one) === 1 : swarm.openings(one) > 1);
    deepEqual(
      bed.remarks,
      isEnding
        ? []
        : ["The tasks' lines come faster than they can be written: the rest comes from the engines' logs"],
    );
  });
}

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
    "The log of a task has broken off, and goes on behind its last line when it can be had: The engine ended the " +
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

Deno.test("of a removed service what is open is read to its end", async () => {
  const { bed, swarm, at, one, two } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  await bed.settled();
  swarm.isRemoved = true;
  bed.log.noteNodeEvent("n1");
  swarm.write(one, "stdout", at.after(1), "last words\n");
  await bed.untilLines("web.1", ["last words"]);
  for (const task of [one, two]) task.isListed = false;
  bed.look();
  const quiet = bed.log.untilQuiet(50, new AbortController().signal);
  swarm.write(one, "stdout", at.after(1), "and more\n");
  await quiet;
  deepEqual(bed.lines("web.1"), ["last words", "and more"]);
  swarm.cutFollows();
  await bed.log.untilQuiet(Infinity, AbortSignal.timeout(10_000));
  equal(bed.remarks.length, 1, "that they have ended");
});

Deno.test("a task that a manager has not known for a moment is read on", async () => {
  const { bed, swarm, at, one } = setUp();
  await using _ = bed;
  await bed.start({ isNew: true });
  swarm.write(one, "stdout", at.after(1), "a\n");
  await bed.untilLines("web.1", ["a"]);
  swarm.isRemoved = true;
  swarm.cutFollows();
  await bed.log.untilQuiet(Infinity, AbortSignal.timeout(10_000));
  swarm.isRemoved = false;
  swarm.write(one, "stdout", at.after(1), "b\n");
  bed.look();
  await bed.untilLines("web.1", ["a", "b"]);
});

Deno.test("in a terminal's log the engine's own words are no line", async () => {
  const { bed, swarm, at, one } = setUp({ terminal: true });
  await using _ = bed;
  await bed.start({ isNew: true });
  swarm.write(one, "stdout", at.after(1), "a\r\n");
  await bed.untilLines("web.1", ["a"]);
  swarm.cutFollows("Error grabbing logs: rpc error\n");
  swarm.write(one, "stdout", at.after(1), "b\r\n");
  await bed.untilLines("web.1", ["a", "b"]);
  equal(bed.remarks[0]?.endsWith("The engine ended the log stream: Error grabbing logs: rpc error"), true);
});
