import { FrameDemultiplexer } from "../../engine/log/log_frames.ts";
import type { OutputStream } from "../../host/host.ts";

/** Reads what a command in a container writes, to its end. When it resolves or rejects, the connection is closed. */
export async function readFrames(
  output: ReadableStream<Uint8Array>,
  onOutput: (stream: OutputStream, bytes: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  const frames = new FrameDemultiplexer((stream, bytes, from, to) =>
    onOutput(stream, bytes.subarray(from, to))
  );
  const reader = output.getReader();
  const close = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", close);
  try {
    for (;;) {
      signal.throwIfAborted();
      const { value, done } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      frames.push(value);
    }
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}
