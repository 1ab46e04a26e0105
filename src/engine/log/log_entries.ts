/**
 * The engine's log with time stamps: ContainerLogs with `timestamps=1`.
 * In: frames, each `2026-11-22T15:34:18.123456789Z text`. Out: the text, with the stamp of the frame that it is from.
 */
import { concat } from "../../host/byte_buffer.ts";
import type { OutputStream } from "../../host/host.ts";
import type { PayloadHandler } from "./log_frames.ts";
import { STAMP_LIMIT_BYTES, StampReader } from "./stamp.ts";
import type { Instant } from "../../logging/log_record.ts";

const SPACE = 0x20;

/** Gets `bytes[from, to)` of an entry. `stamp` is set with the first piece of each entry only. */
export type EntryHandler = (
  stream: OutputStream,
  bytes: Uint8Array,
  from: number,
  to: number,
  stamp: Instant | undefined,
) => void;

/** Makes of a handler for entries the handler for the frames of such a log, for a FrameDemultiplexer. */
export function stampedEntries(onEntry: EntryHandler): PayloadHandler {
  const reader = new StampReader();
  // A chunk may end within a stamp: what has come of it is kept until the rest comes. Undefined behind the stamp.
  const beginnings: Record<OutputStream, Uint8Array | undefined> = { stdout: undefined, stderr: undefined };
  return (stream, bytes, from, to, begins) => {
    const beginning = begins ? undefined : beginnings[stream];
    if (!begins && beginning === undefined) return onEntry(stream, bytes, from, to, undefined);
    if (beginning !== undefined) {
      bytes = concat([beginning, bytes.subarray(from, to)]);
      [from, to] = [0, bytes.length];
    }
    const blank = endOfStamp(bytes, from, to);
    if (blank === to && to - from <= STAMP_LIMIT_BYTES) {
      beginnings[stream] = bytes.slice(from, to);
      return;
    }
    beginnings[stream] = undefined;
    const stamp = reader.read(bytes, from, blank);
    // Where there is no stamp, all of it is text.
    onEntry(stream, bytes, stamp === undefined ? from : blank + 1, to, stamp);
  };
}

/** Where the blank behind the stamp is; `to` where it has not come yet, or there is no stamp. */
function endOfStamp(bytes: Uint8Array, from: number, to: number): number {
  const limit = Math.min(to, from + STAMP_LIMIT_BYTES + 1);
  for (let at = from; at < limit; at++) {
    if (bytes[at] === SPACE) return at;
  }
  return to;
}
