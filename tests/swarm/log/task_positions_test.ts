/** Positions of tasks in a file: what is written is read, whatever comes and goes. */
import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import type { Host } from "../../../src/host/host.ts";
import { RuntimeFolder } from "../../../src/host/runtime_folder.ts";
import { type KeptTask, TaskPositions } from "../../../src/swarm/log/task_positions.ts";

/** A folder in memory; records are written over in place. */
function memoryFolder() {
  const files = new Map<string, string>();
  const host: Partial<Host> = {
    readFile: (path) => {
      const text = files.get(path);
      if (text === undefined) return Promise.resolve({ kind: "missing" });
      return Promise.resolve({ kind: "content", bytes: new TextEncoder().encode(text) });
    },
    replaceFile: (path, text) => void files.set(path, text),
    openRecord: (path) => ({
      write: (text, at = 0) => {
        const old = files.get(path)!.padEnd(at);
        files.set(path, old.slice(0, at) + text + old.slice(at + text.length));
      },
    }),
  };
  return { files, folder: new RuntimeFolder("/state", { host: host as Host, onFailure: () => {} }) };
}

const instant = fc.record({ seconds: fc.nat(2 ** 31), nanos: fc.nat(999_999_999) });
const point = fc.option(fc.record({ stamp: instant, count: fc.nat(1_000_000) }), { nil: undefined });
const stream = fc.record({ point, open: fc.option(instant, { nil: undefined }) });
const position = fc.record({ stdout: stream, stderr: stream });
const change = fc.record({
  task: fc.nat(9),
  position: fc.option(position, { nil: undefined }),
  isDone: fc.boolean(),
});

Deno.test("TaskPositions.open() yields what was put and not dropped, and what it kept stays in place", async () => {
  await fc.assert(fc.asyncProperty(fc.array(change), fc.array(change), async (first, second) => {
    const { files, folder } = memoryFolder();
    const expected = new Map<string, KeptTask>();
    for (const changes of [first, second]) {
      const { positions } = await TaskPositions.open(folder, "x5k0service");
      for (const { task, position, isDone } of changes) {
        const taskId = `task${task}`.repeat(task === 9 ? 5 : 1);
        if (position === undefined) {
          positions.drop(taskId);
          expected.delete(taskId);
        } else {
          const kept = { taskId, position, isDone };
          positions.put(kept);
          expected.set(taskId, kept);
        }
      }
    }
    const [text = ""] = files.values();
    equal(text.split("\n").length - 1 <= 11, true, "lines that are free are used again");
    const { kept } = await TaskPositions.open(folder, "x5k0service");
    const byId = (a: KeptTask, b: KeptTask) => a.taskId < b.taskId ? -1 : 1;
    deepEqual([...kept!].sort(byId), [...expected.values()].sort(byId));
  }));
});

Deno.test("TaskPositions.open() takes nothing of another service, and of a file that is none", async () => {
  const { files, folder } = memoryFolder();
  const begin = { point: undefined, open: undefined };
  const { positions, kept } = await TaskPositions.open(folder, "s1");
  equal(kept, undefined);
  positions.put({ taskId: "t", position: { stdout: begin, stderr: begin }, isDone: false });
  equal((await TaskPositions.open(folder, "s1")).kept?.length, 1);
  equal((await TaskPositions.open(folder, "s2")).kept, undefined);
  deepEqual((await TaskPositions.open(folder, "s2")).kept, []);
  const [path = ""] = files.keys();
  for (const text of ["", "s2", "s2\nx\n", "s2\nt 1/1\n", "\0".repeat(1000)]) {
    files.set(path, text);
    deepEqual((await TaskPositions.open(folder, "s2")).kept ?? [], []);
  }
});
