/** What a command writes: read to its end, kept as far as it is compared or shown. */
import type { OutputStream } from "../../host/host.ts";

/** Of each stream: more than the expected text can have, since a config has at most 1 MiB. */
const KEPT_BYTES = 1024 * 1024 + 1;
/** A command that writes more than that is taken for one that does not stop by itself. */
const READ_LIMIT_BYTES = 16 * 1024 * 1024;

export class CommandOutput {
  readonly #chunks: Record<OutputStream, Uint8Array[]> = { stdout: [], stderr: [] };
  readonly #keptBytes: Record<OutputStream, number> = { stdout: 0, stderr: 0 };
  #readBytes = 0;

  /** @throws Error when both streams together have more than the limit */
  readonly take = (stream: OutputStream, bytes: Uint8Array): void => {
    this.#readBytes += bytes.length;
    if (this.#readBytes > READ_LIMIT_BYTES) {
      throw new Error(`the command has written more than ${READ_LIMIT_BYTES / 1024 / 1024} MiB`);
    }
    const kept = bytes.slice(0, KEPT_BYTES - this.#keptBytes[stream]);
    if (kept.length === 0) return;
    this.#keptBytes[stream] += kept.length;
    this.#chunks[stream].push(kept);
  };

  /** Cut where no text of a config is as long. */
  get(stream: OutputStream): Uint8Array {
    const all = new Uint8Array(this.#keptBytes[stream]);
    let offset = 0;
    for (const chunk of this.#chunks[stream]) {
      all.set(chunk, offset);
      offset += chunk.length;
    }
    return all;
  }
}
