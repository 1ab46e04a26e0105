/**
 * A service's log → pieces of text, each of one task.
 * In: bytes cut anywhere; frames, or what `TaskTerminalLog` takes where the tasks have a TTY. Out: text with the task
 * that has written it; the pieces of a long line bear the same stamp, and only the last of them ends the line.
 */
import { FrameDemultiplexer, type PayloadHandler } from "../../engine/log/log_frames.ts";
import { concat } from "../../host/byte_buffer.ts";
import { INCOMPLETE, NO_PREFIX, PrefixReader, type TaskEntryHandler } from "./prefix_reader.ts";
import { TaskTerminalLog } from "./task_terminal_log.ts";

/** Takes the log's chunks, one after the other. @throws Error with the engine's words, where it says that it failed */
export function readTaskEntries(
  { terminal }: { readonly terminal: boolean },
  onEntry: TaskEntryHandler,
): (chunk: Uint8Array) => void {
  if (terminal) {
    const log = new TaskTerminalLog(onEntry);
    return (chunk) => log.push(chunk);
  }
  const frames = new FrameDemultiplexer(entriesOfFrames(onEntry));
  return (chunk) => frames.push(chunk);
}

function entriesOfFrames(onEntry: TaskEntryHandler): PayloadHandler {
  const prefix = new PrefixReader();
  // A chunk may end within a prefix: what has come of it is kept until the rest comes. Undefined behind the prefix.
  let beginning: Uint8Array | undefined;
  return (stream, bytes, from, to, begins) => {
    if (begins ? beginning !== undefined : beginning === undefined) {
      // A frame that ended within its prefix would have the next one taken for the rest of it.
      if (begins) throw noTask();
      return onEntry(prefix.origin, stream, bytes, from, to, undefined);
    }
    if (beginning !== undefined) {
      bytes = concat([beginning, bytes.subarray(from, to)]);
      [from, to] = [0, bytes.length];
    }
    const text = prefix.read(bytes, from, to);
    beginning = text === INCOMPLETE ? bytes.slice(from, to) : undefined;
    if (text === NO_PREFIX) throw noTask();
    if (text !== INCOMPLETE) onEntry(prefix.origin, stream, bytes, text, to, prefix.stamp);
  };
}

function noTask(): Error {
  return new Error("The engine's log of the service has a line that does not say which task has written it");
}
