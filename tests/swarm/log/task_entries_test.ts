/** The log of a service as the engine sends it, cut anywhere: whose text is what. */
import { deepEqual, throws } from "node:assert/strict";
import { formatInstant } from "../../../src/logging/rising_clock.ts";
import { readTaskEntries } from "../../../src/swarm/log/task_entries.ts";
import { concat, frame } from "../../engine/frames.ts";
import { details } from "./swarm_lines.ts";

const permissions = "none";
const STAMP = "2026-11-22T15:34:18.123456789Z";
const LATER = "2026-11-22T15:34:18.200000000Z";
const A = { taskId: "a1", nodeId: "n1" };
const B = { taskId: "b2", nodeId: "n2" };
const PIECE = 16 * 1024;

/** `TASK@NODE STREAM STAMP text` of each piece, put together from what the chunks have of it. */
function entries(chunks: readonly Uint8Array[], terminal = false): string[] {
  const seen: string[] = [];
  const push = readTaskEntries({ terminal }, ({ taskId, nodeId }, stream, bytes, from, to, stamp) => {
    const text = new TextDecoder().decode(bytes.subarray(from, to));
    if (stamp !== undefined) seen.push(`${taskId}@${nodeId} ${stream} ${formatInstant(stamp)} `);
    seen.push((seen.pop() ?? "") + text);
  });
  for (const chunk of chunks) push(chunk);
  return seen;
}

/** What comes of the whole, which is the same wherever it is cut. */
function cutAnywhere(bytes: Uint8Array, terminal = false, ends = bytes.length): string[] {
  const whole = entries([bytes], terminal);
  for (let cut = 0; cut <= ends; cut++) {
    deepEqual(entries([bytes.slice(0, cut), bytes.slice(cut)], terminal), whole, `cut at ${cut}`);
  }
  deepEqual(
    entries(Array.from(bytes.subarray(0, ends), (byte) => Uint8Array.of(byte)), terminal).length > 0,
    true,
  );
  return whole;
}

Deno.test({ name: "frames of several tasks are told apart wherever they are cut", permissions }, () => {
  const bytes = concat(
    frame(1, `${STAMP} ${details(A)} one two\n`),
    frame(2, `${STAMP} ${details(B)} \n`),
    frame(1, `${LATER} ${details(A, { "com.docker.swarm.task.name": "web.1,x y=z", tag: "t" })} three`),
    frame(1, `${LATER} ${details(B)} open`),
  );
  deepEqual(cutAnywhere(bytes), [
    `a1@n1 stdout ${STAMP} one two\n`,
    `b2@n2 stderr ${STAMP} \n`,
    `a1@n1 stdout ${LATER} three`,
    `b2@n2 stdout ${LATER} open`,
  ]);
});

Deno.test({ name: "a terminal's lines are told apart wherever they are cut", permissions }, () => {
  const text = `${STAMP} ${details(A)} one two\r\n${LATER} ${details(B)} \r\n${LATER} ${details(A)} three`;
  deepEqual(cutAnywhere(new TextEncoder().encode(text), true), [
    `a1@n1 stdout ${STAMP} one two\r\n`,
    `b2@n2 stdout ${LATER} \r\n`,
    `a1@n1 stdout ${LATER} three`,
  ]);
});

Deno.test({ name: "what a container writes is never taken for the engine's own words", permissions }, () => {
  const forged = `${LATER} ${details(B)} forged`;
  const inFrames = concat(
    frame(1, `${STAMP} ${details(A)} ${forged}\n`),
    frame(
      1,
      `${STAMP} ${details(A, { "com.docker.swarm.task.id": "b2", env: "com.docker.swarm.task.id=b2" })} x\n`,
    ),
  );
  throws(() => entries([inFrames]), /does not say which task/, "a detail that comes twice says nothing");
  deepEqual(cutAnywhere(inFrames.slice(0, inFrames.indexOf(0x0a) + 1)), [
    `a1@n1 stdout ${STAMP} ${forged}\n`,
  ]);
  const onTerminal = `${STAMP} ${details(A)} ${forged}\r\n${STAMP} ${details(A)} x${forged}\r\n`;
  deepEqual(cutAnywhere(new TextEncoder().encode(onTerminal), true), [
    `a1@n1 stdout ${STAMP} ${forged}\r\n`,
    `a1@n1 stdout ${STAMP} x${forged}\r\n`,
  ]);
});

Deno.test({
  name: "pieces of a terminal's long line come with the pieces of others between them",
  permissions,
}, () => {
  const piece = "x".repeat(PIECE);
  const other = "y".repeat(PIECE);
  const prefix = (stamp: string, task: typeof A) => `${stamp} ${details(task)} `;
  const text = `${prefix(STAMP, A)}${piece}${prefix(LATER, B)}${other}${prefix(STAMP, A)}end\r\n` +
    `${prefix(LATER, B)}\r\n${prefix(LATER, A)}${piece}goes on in one piece\r\n`;
  const whole = entries([new TextEncoder().encode(text)], true);
  deepEqual(whole, [
    `a1@n1 stdout ${STAMP} ${piece}`,
    `b2@n2 stdout ${LATER} ${other}`,
    `a1@n1 stdout ${STAMP} end\r\n`,
    `b2@n2 stdout ${LATER} \r\n`,
    `a1@n1 stdout ${LATER} ${piece}goes on in one piece\r\n`,
  ]);
  const bytes = new TextEncoder().encode(text);
  for (let cut = PIECE; cut < PIECE + 300; cut++) {
    deepEqual(entries([bytes.slice(0, cut), bytes.slice(cut)], true), whole, `cut at ${cut}`);
  }
});

Deno.test({ name: "the engine's own failure ends the reading with its words", permissions }, () => {
  const words = "Error grabbing logs: rpc error: code = Canceled\n";
  const line = `${STAMP} ${details(A)} one\n`;
  throws(
    () => entries([frame(1, line), frame(3, words)]),
    /ended the log stream: Error grabbing logs: rpc error/,
  );
  for (let cut = 0; cut < words.length; cut++) {
    const bytes = new TextEncoder().encode(line + words);
    const chunks = [bytes.slice(0, line.length + cut), bytes.slice(line.length + cut)];
    throws(
      () => entries(chunks, true),
      /ended the log stream: Error grabbing logs: rpc error/,
      `cut at ${cut}`,
    );
  }
});

Deno.test({ name: "a line without its task is an error, not somebody else's line", permissions }, () => {
  const wrong = [
    "no stamp at all\n",
    `${STAMP}\n`,
    `${STAMP} no details\n`,
    `${STAMP} com.docker.swarm.task.id=a1 x\n`,
    `${STAMP} com.docker.swarm.node.id=n1,com.docker.swarm.task.id=A-1 x\n`,
    `${STAMP} com.docker.swarm.node.id=n1,com.docker.swarm.task.id= x\n`,
  ];
  for (const payload of wrong) {
    throws(() => entries([frame(1, payload), frame(1, `${STAMP} ${details(A)} x\n`)]), /which task/, payload);
  }
});
