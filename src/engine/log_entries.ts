/**
 * The engine's log with time stamps: ContainerLogs with `timestamps=1`.
 * In: frames, each `2026-11-22T15:34:18.123456789Z text`. Out: the text, with the stamp of the frame that it is from.
 */
import type { Stream } from "../logging/log_record.ts";
import type { PayloadHandler } from "./log_frames.ts";

const SPACE = 0x20;
/** The longest stamp; a frame without a blank up to here has none. */
const STAMP_LIMIT = 40;

/** Gets `bytes[from, to)` of an entry. `stamp` is set with the first piece of each entry only. */
export type EntryHandler = (
  stream: Stream,
  stamp: string | undefined,
  piece: { readonly bytes: Uint8Array; readonly from: number; readonly to: number },
) => void;

/** A handler for the frames of such a log. */
export function stampedEntries(onEntry: EntryHandler): PayloadHandler {
  // Between the beginning of a frame and the blank that ends its stamp; undefined behind it.
  const stamps: Record<Stream, string | undefined> = { stdout: undefined, stderr: undefined };
  return (stream, bytes, from, to, begins) => {
    let start = from;
    let stamp = begins ? "" : stamps[stream];
    if (stamp === undefined) return onEntry(stream, undefined, { bytes, from, to });
    while (start < to && bytes[start] !== SPACE && stamp.length < STAMP_LIMIT) {
      stamp += String.fromCharCode(bytes[start++]!);
    }
    const complete = start < to;
    stamps[stream] = complete ? undefined : stamp;
    if (complete) onEntry(stream, stamp, { bytes, from: start + 1, to });
  };
}
