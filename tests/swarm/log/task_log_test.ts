/** From where a task's log has to be read, by what of its two streams is out. */
import { deepEqual } from "node:assert/strict";
import { TaskLog } from "../../../src/swarm/log/task_log.ts";
import { Lines } from "../../logging/lines.ts";

const NOW = Math.floor(Date.now() / 1000);

/** Seconds before now from which on it is read; undefined: from its beginning. */
function since(
  { stdout, stderr, open }: { stdout?: number; stderr?: number; open?: number },
): number | undefined {
  const ago = (seconds: number) => ({ seconds: NOW - seconds, nanos: 5 });
  const stream = (seconds: number | undefined, open?: number) => ({
    point: seconds === undefined ? undefined : { stamp: ago(seconds), count: 1 },
    open: open === undefined ? undefined : ago(open),
  });
  const log = new TaskLog({
    terminal: false,
    position: { stdout: stream(stdout, open), stderr: stream(stderr) },
    records: new Lines().records,
    onGap: () => {},
  });
  if (log.since === undefined) return undefined;
  deepEqual(log.since.nanos, 5);
  return NOW - log.since.seconds;
}

Deno.test("TaskLog.since() goes back far enough for lines of the other stream, and no further than need be", () => {
  deepEqual(since({}), undefined, "nothing is out");
  deepEqual(since({ stdout: 100 }), 101, "a line of the other stream may be a second older");
  deepEqual(since({ stdout: 100, stderr: 400 }), 101, "or has come");
  deepEqual(since({ stdout: 100, stderr: 100 }), 100);
  deepEqual(since({ stderr: 100 }), 101);
});

Deno.test("TaskLog.since() goes back to the beginning of a line that has not ended, for an hour", () => {
  deepEqual(since({ stdout: 300, stderr: 100, open: 250 }), 250);
  deepEqual(since({ open: 250 }), undefined);
  deepEqual(since({ stdout: 3650, stderr: 100, open: 3601 }), 101);
});
