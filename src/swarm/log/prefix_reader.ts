/**
 * What stands before each piece of text in a service's log: ServiceLogs with `timestamps=1` and `details=1`.
 * In: `2026-11-22T15:34:18.123456789Z com.docker.swarm.node.id=…,com.docker.swarm.service.id=…,…task.id=… text`.
 * Out: stamp, task and node. The engine writes it before each piece, and neither part has a blank in it, so that what a
 * container writes can not be taken for it: moby, `logstream.go`.
 */
import { STAMP_LIMIT_BYTES, StampReader } from "../../engine/log/stamp.ts";
import type { OutputStream } from "../../host/host.ts";
import type { Instant } from "../../logging/log_record.ts";
import { EPOCH } from "../../logging/rising_clock.ts";

const SPACE = 0x20;
const LINE_FEED = 0x0a;
/** Log options such as `labels` and `env` add to the details, as much as the container's own labels have. */
const DETAILS_LIMIT_BYTES = 256 * 1024;
/** So many are told apart without decoding them. */
const KNOWN_DETAILS = 16;

/** In place of where the text begins: the prefix has not come as a whole. */
export const INCOMPLETE = -1;
/** In place of where the text begins: it is none. */
export const NO_PREFIX = -2;

/** Whose text it is. */
export interface TaskOrigin {
  readonly taskId: string;
  readonly nodeId: string;
}

/** Gets `bytes[from, to)` of a piece of text; `stamp` is set with its beginning only. */
export type TaskEntryHandler = (
  origin: TaskOrigin,
  stream: OutputStream,
  bytes: Uint8Array,
  from: number,
  to: number,
  stamp: Instant | undefined,
) => void;

/** Reads prefixes one after the other. */
export class PrefixReader {
  /** Of the prefix that was read last. */
  stamp: Instant = EPOCH;
  origin: TaskOrigin = { taskId: "", nodeId: "" };
  readonly #stamps = new StampReader();
  readonly #details = new DetailsReader();

  /** Where the text begins behind the prefix that begins at `from`; or one of the two constants above. */
  read(bytes: Uint8Array, from: number, to: number): number {
    const stampEnd = findBlank(bytes, from, { to, limit: from + STAMP_LIMIT_BYTES });
    if (stampEnd < 0) return stampEnd;
    const stamp = this.#stamps.read(bytes, from, stampEnd);
    if (stamp === undefined) return NO_PREFIX;
    const end = findBlank(bytes, stampEnd + 1, { to, limit: stampEnd + DETAILS_LIMIT_BYTES });
    if (end < 0) return end;
    const origin = this.#details.read(bytes, stampEnd + 1, end);
    if (origin === undefined) return NO_PREFIX;
    this.stamp = stamp;
    this.origin = origin;
    return end + 1;
  }
}

/** Of details that have come of late, the task is known without decoding them. */
class DetailsReader {
  /** The one that was read last comes first. */
  readonly #known: { readonly bytes: Uint8Array; readonly origin: TaskOrigin }[] = [];

  read(bytes: Uint8Array, from: number, to: number): TaskOrigin | undefined {
    const known = this.#known;
    for (let index = 0; index < known.length; index++) {
      const one = known[index]!;
      if (!isSame(one.bytes, bytes, from, to)) continue;
      if (index > 0) known.unshift(...known.splice(index, 1));
      return one.origin;
    }
    const origin = parseDetails(new TextDecoder().decode(bytes.subarray(from, to)));
    if (origin === undefined) return undefined;
    known.unshift({ bytes: bytes.slice(from, to), origin });
    known.length = Math.min(known.length, KNOWN_DETAILS);
    return origin;
  }
}

/** What is written in it is percent-encoded, so that a comma always ends a detail. */
function parseDetails(text: string): TaskOrigin | undefined {
  const details = text.split(",");
  const of = (what: string) => {
    const key = `com.docker.swarm.${what}.id=`;
    const [id, second] = details.filter((detail) => detail.startsWith(key)).map((one) =>
      one.slice(key.length)
    );
    return id !== undefined && second === undefined && /^[a-z0-9]{1,40}$/.test(id) ? id : undefined;
  };
  const [taskId, nodeId] = [of("task"), of("node")];
  return taskId === undefined || nodeId === undefined ? undefined : { taskId, nodeId };
}

/** Backwards: where the details of two tasks differ, their ends do. */
function isSame(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let offset = known.length - 1; offset >= 0; offset--) {
    if (known[offset] !== bytes[from + offset]) return false;
  }
  return true;
}

/** Where the first blank is, in the same line and up to `limit`; or one of the two constants above. */
function findBlank(
  bytes: Uint8Array,
  from: number,
  { to, limit }: { readonly to: number; readonly limit: number },
): number {
  for (let at = from; at < to && at <= limit; at++) {
    if (bytes[at] === SPACE) return at;
    if (bytes[at] === LINE_FEED) return NO_PREFIX;
  }
  return to <= limit ? INCOMPLETE : NO_PREFIX;
}
