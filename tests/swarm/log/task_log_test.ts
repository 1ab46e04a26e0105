/** From where a task's log has to be read, by what of its two streams is out. */
import { deepEqual } from "node:assert/strict";
import { EPOCH } from "../../../src/logging/rising_clock.ts";
import { TaskLog } from "../../../src/swarm/log/task_log.ts";
import { Lines } from "../../logging/lines.ts";

const NOW = Math.floor(Date.now() / 1000);

/** Seconds before now from which on it is read. */
function since(
  { stdout, stderr, open, floor = 500 }: { stdout?: number; stderr?: number; open?: number; floor?: number },
  known?: number,
): number {
  const ago = (seconds: number) => ({ seconds: NOW - seconds, nanos: 5 });
  const stream = (seconds: number | undefined, open?: number) => ({
    point: seconds === undefined ? undefined : { stamp: ago(seconds), count: 1 },
    open: open === undefined ? undefined : ago(open),
  });
  const log = new TaskLog({
    terminal: false,
    position: { stdout: stream(stdout, open), stderr: stream(stderr), floor: ago(floor) },
    records: new Lines().records,
    onGap: () => {},
  });
  const { seconds, nanos } = log.since(known === undefined ? EPOCH : ago(known));
  deepEqual(nanos, 5);
  return NOW - seconds;
}

Deno.test("TaskLog.since() goes back far enough for lines of the other stream, and no further than need be", () => {
  deepEqual(since({}), 500, "nothing is out");
  deepEqual(since({ stdout: 100 }), 101, "a line of the other stream may be a second older");
  deepEqual(since({ stdout: 100, stderr: 400 }), 101, "or has come");
  deepEqual(since({ stdout: 100, stderr: 100 }), 100);
  deepEqual(since({ stdout: 100, floor: 50 }), 50, "what is older has come");
  deepEqual(since({ stdout: 100 }, 50), 50);
  deepEqual(since({ stdout: 100 }, 200), 101);
});

Deno.test("TaskLog.since() goes back to the beginning of a line that has not ended, for an hour", () => {
  deepEqual(since({ stdout: 300, stderr: 100, open: 250 }), 250);
  deepEqual(since({ stdout: 300, stderr: 100, open: 250 }, 50), 250);
  deepEqual(since({ stdout: 3650, stderr: 100, open: 3601, floor: 9000 }), 101);
});
