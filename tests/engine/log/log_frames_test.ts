import { deepEqual, equal, throws } from "node:assert/strict";
import { FrameDemultiplexer } from "../../../src/engine/log/log_frames.ts";
import type { OutputStream } from "../../../src/host/host.ts";
import { concat, frame } from "../frames.ts";

function demultiplex(chunks: readonly Uint8Array[]): Record<OutputStream, string> {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const text = { stdout: "", stderr: "" };
  const frames = new FrameDemultiplexer((stream, bytes, from, to) => {
    text[stream] += decoders[stream].decode(bytes.subarray(from, to), { stream: true });
  });
  for (const chunk of chunks) frames.push(chunk);
  return text;
}

Deno.test("FrameDemultiplexer yields the same whatever the position of a cut", () => {
  const bytes = concat(frame(1, "out 1\n"), frame(2, "err é\n"), frame(1, ""), frame(1, "out 2\nout"));
  const whole = demultiplex([bytes]);
  deepEqual(whole, { stdout: "out 1\nout 2\nout", stderr: "err é\n" });
  for (let cut = 0; cut <= bytes.length; cut++) {
    deepEqual(demultiplex([bytes.slice(0, cut), bytes.slice(cut)]), whole, `cut at ${cut}`);
  }
  deepEqual(demultiplex([...bytes].map((byte) => Uint8Array.of(byte))), whole, "byte by byte");
});

Deno.test("FrameDemultiplexer takes lengths beyond 64 KiB", () => {
  const payload = new Uint8Array(300_000).fill(0x61);
  equal(demultiplex([concat(frame(1, payload), frame(2, "end"))]).stdout.length, 300_000);
});

Deno.test("FrameDemultiplexer throws what the engine says of its own failure", () => {
  throws(() => demultiplex([frame(1, "fine\n"), frame(3, "log driver died")]), /log driver died/);
});
