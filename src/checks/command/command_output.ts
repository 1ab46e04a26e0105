/** What a command writes: read to its end, kept as far as it is compared or shown. */
import { ByteBuffer } from "../../host/byte_buffer.ts";
import type { OutputStream } from "../../host/host.ts";

/** Of each stream: more than the expected text can have, since a config has at most 1 MiB. */
const KEPT_BYTES = 1024 * 1024 + 1;
/** A command that writes more than that is taken for one that does not stop by itself. */
const READ_LIMIT_BYTES = 16 * 1024 * 1024;

export class CommandOutput {
  readonly #kept = { stdout: new ByteBuffer(0), stderr: new ByteBuffer(0) };
  #readBytes = 0;

  /** @throws Error when both streams together have more than the limit */
  readonly take = (stream: OutputStream, bytes: Uint8Array): void => {
    this.#readBytes += bytes.length;
    if (this.#readBytes > READ_LIMIT_BYTES) {
      throw new Error(`the command has written more than ${READ_LIMIT_BYTES / 1024 / 1024} MiB`);
    }
    const kept = this.#kept[stream];
    kept.append(bytes, 0, Math.min(bytes.length, KEPT_BYTES - kept.length));
  };

  /** Cut where no text of a config is as long. */
  get(stream: OutputStream): Uint8Array {
    const { bytes, length } = this.#kept[stream];
    return bytes.subarray(0, length);
  }
}
