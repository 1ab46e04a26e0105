/** One stream of a task through several readings: pieces, repetitions, a clock that is set back, what is missing. */
import { deepEqual } from "node:assert/strict";
import type { Instant } from "../../../src/logging/log_record.ts";
import { type StreamPosition, TaskStream } from "../../../src/swarm/log/task_stream.ts";

const permissions = "none";
const NOTHING: StreamPosition = { point: undefined, open: undefined };
const at = (seconds: number): Instant => ({ seconds, nanos: 0 });

function setUp(position = NOTHING, terminal = false) {
  const lines: string[] = [];
  let gaps = 0;
  const stream = new TaskStream({
    terminal,
    position,
    onLine: (bytes, { from, to, unfinished, instant }) => {
      const text = new TextDecoder().decode(bytes.subarray(from, to));
      lines.push(`${instant.seconds} ${text.length > 20 ? text.length : text}${unfinished ? " …" : ""}`);
    },
    onGap: () => gaps++,
  });
  const push = (seconds: number, text: string) => {
    const bytes = new TextEncoder().encode(text);
    stream.push(bytes, 0, bytes.length, at(seconds));
  };
  return { stream, push, lines, gaps: () => gaps };
}

Deno.test({ name: "a reading that begins within a line drops what there was of it", permissions }, () => {
  const { stream, push, lines } = setUp();
  push(1, "one\n");
  push(2, "begin");
  deepEqual(stream.position, { point: { stamp: at(1), count: 1 }, open: at(2) });
  stream.begin(at(1));
  deepEqual(stream.position.open, at(2), "it is still to be read from there");
  push(1, "one\n");
  push(2, "begin");
  push(2, "ning\n");
  deepEqual(lines, ["1 one", "2 beginning"]);
  deepEqual(stream.position, { point: { stamp: at(2), count: 1 }, open: undefined });
});

Deno.test({ name: "lines of one stamp are counted, also by the next process", permissions }, () => {
  const first = setUp();
  for (const text of ["a\n", "b\n", "b\n"]) first.push(7, text);
  const second = setUp(first.stream.position);
  second.stream.begin(at(7));
  for (const text of ["a\n", "b\n", "b\n", "c\n"]) second.push(7, text);
  second.push(8, "d\n");
  deepEqual(second.lines, ["7 c", "8 d"]);
  deepEqual(second.stream.position.point, { stamp: at(8), count: 1 });
  deepEqual([first.gaps(), second.gaps()], [0, 0]);
});

Deno.test({ name: "what an engine sends once more within a reading is left out", permissions }, () => {
  const { stream, push, lines } = setUp();
  stream.begin(undefined);
  for (let round = 0; round < 3; round++) {
    push(1, "a\n");
    push(2, "b\n");
    // Its end has been logged, but the engine died before it was sent.
    push(3, "c");
  }
  push(3, "d\n");
  deepEqual(lines, ["1 a", "2 b", "3 cd"]);
  const single = setUp();
  for (let round = 0; round < 3; round++) single.push(1, "a\n");
  for (const text of ["b\n", "a\n"]) single.push(1, text);
  deepEqual(single.lines, ["1 a", "1 b"]);
});

Deno.test({ name: "the lines of a clock that is set back are no repetition", permissions }, () => {
  const { push, lines } = setUp();
  for (const seconds of [100, 101, 90, 91, 101]) push(seconds, "x\n");
  deepEqual(lines, ["100 x", "101 x", "90 x", "91 x", "101 x"]);
});

Deno.test(
  { name: "a line that is not there any more is missed once, if it has to be there", permissions },
  () => {
    const position = { point: { stamp: at(5), count: 2 }, open: undefined };
    const expected = setUp(position);
    expected.stream.begin(at(5));
    expected.push(5, "a\n");
    expected.push(6, "c\n");
    expected.push(7, "d\n");
    deepEqual([expected.lines, expected.gaps()], [["6 c", "7 d"], 1]);
    const unexpected = setUp(position);
    unexpected.stream.begin(at(6));
    unexpected.push(6, "c\n");
    deepEqual([unexpected.lines, unexpected.gaps()], [["6 c"], 0]);
  },
);

Deno.test({ name: "pieces that are out of a very long line do not come again", permissions }, () => {
  const { stream, push, lines } = setUp();
  const mebibyte = "x".repeat(1024 * 1024);
  const pushLong = (mebibytes: number) => {
    for (let count = 0; count < mebibytes; count++) push(1, mebibyte);
  };
  pushLong(3);
  deepEqual(lines, ["1 1048576 …", "1 1048576 …"]);
  stream.begin(at(1));
  pushLong(4);
  push(1, "end\n");
  deepEqual(lines.slice(2), ["1 1048576 …", "1 1048576 …", "1 end"]);
  push(2, "next\n");
  deepEqual(lines.at(-1), "2 next");
});

Deno.test({ name: "a line whose end never comes is handed over before the next one", permissions }, () => {
  const { stream, push, lines } = setUp(NOTHING, true);
  push(1, "prompt$ ");
  push(2, "next\r\n");
  push(3, "last");
  stream.end();
  deepEqual(lines, ["1 prompt$ ", "2 next", "3 last"]);
});
