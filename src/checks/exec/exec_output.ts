/** What a command in a container writes. */
import { FrameDemultiplexer } from "../../engine/log/log_frames.ts";
import type { OutputStream } from "../../host/host.ts";

/** To the end of the output. The connection is closed when that is reached, and when it rejects. */
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
      if (done) break;
      frames.push(value);
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}
