/** What the engine goes on telling of a swarm, piece by piece; cut off where a real engine is not on demand. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { EngineUnreachableError } from "../../src/errors.ts";
import { frame } from "./frames.ts";
import { queryOf, withSwarm } from "./with_swarm.ts";

const signal = new AbortController().signal;

/** A body that the test writes, piece by piece. */
function writtenBody(): {
  body: ReadableStream<Uint8Array<ArrayBuffer>>;
  write(text: string): void;
  close(): void;
} {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const writer = writable.getWriter();
  return {
    body: readable,
    write: (text) => void writer.write(new TextEncoder().encode(text)),
    close: () => void writer.close(),
  };
}

Deno.test("followSwarmEvents() yields each change as it comes, and ends with the connection", async () => {
  const { body, write, close } = writtenBody();
  await withSwarm(() => new Response(body), async (swarm, { requests }) => {
    const events = (await swarm.followSwarmEvents(signal))[Symbol.asyncIterator]();
    deepEqual(JSON.parse(queryOf(requests[0]?.path).filters ?? ""), {
      scope: ["swarm"],
      type: ["service", "node"],
    });
    const attributes = { name: "web", "updatestate.new": "completed" };
    const service = { Type: "service", Action: "update", Actor: { ID: "s1", Attributes: attributes } };
    write(JSON.stringify(service).slice(0, 30));
    write(`${JSON.stringify(service).slice(30)}\n`);
    deepEqual((await events.next()).value, { type: "service", action: "update", id: "s1", attributes });
    write(`${JSON.stringify({ Type: "node", Action: "update", Actor: { ID: "n1", Attributes: null } })}\n`);
    deepEqual((await events.next()).value, { type: "node", action: "update", id: "n1", attributes: {} });
    close();
    equal((await events.next()).done, true);
  });
});

Deno.test("followTaskLog() asks for all that is needed to go on behind a stamp, and yields the bytes", async () => {
  const bytes = frame(1, "2026-11-22T15:34:18.123456789Z hello\n");
  await withSwarm(() => new Response(bytes.slice()), async (swarm, { requests }) => {
    const log = await swarm.followTaskLog("t1", { seconds: 1_763_825_658, nanos: 5_000 }, signal);
    deepEqual(new Uint8Array(await new Response(log).arrayBuffer()), bytes);
    await (await swarm.followTaskLog("t1", undefined, signal)).cancel();
    const wanted = { follow: "1", stdout: "1", stderr: "1", timestamps: "1" };
    deepEqual(requests.map(({ path }) => queryOf(path)), [
      { ...wanted, since: "1763825658.000005000" },
      wanted,
    ]);
    ok(requests[0]?.path.startsWith("/v1.41/tasks/t1/logs?"));
  });
});

Deno.test("followTaskLog() rejects when the connection breaks off, and with the signal's reason", async () => {
  const broken = () =>
    new Response(new ReadableStream({ start: (controller) => controller.error(new Error("gone")) }));
  await withSwarm(broken, async (swarm) => {
    const log = await swarm.followTaskLog("t1", undefined, signal);
    await rejects(new Response(log).text(), EngineUnreachableError);
  });
  const { body, write, close } = writtenBody();
  await withSwarm(() => new Response(body), async (swarm) => {
    const stopping = new AbortController();
    const reader = (await swarm.followTaskLog("t1", undefined, stopping.signal)).getReader();
    write("beginning");
    ok(!(await reader.read()).done);
    const reason = new Error("asked to stop");
    stopping.abort(reason);
    await rejects(reader.read(), reason);
    close();
  });
});
