/**
 * What alerts remember from one process to the next: `alerts/alerts.json` in the unit's state folder.
 * In: the file. Out: the same, written as a whole, so that a process that is killed leaves the old text or the new one.
 */
import type { AlertTarget } from "../config/alert_targets.ts";
import type { Host } from "../host/host.ts";
import type { Message } from "./message.ts";
import { nothingKnown, type QuietState } from "./quiet_state.ts";

const LIMIT_BYTES = 16 * 1024 * 1024;
/** No channel waits for longer, whatever its server asks for, or a clock that was set back has left. */
export const LONGEST_WAIT_MS = 24 * 3_600_000;
/** Lines of the container are in it. */
const MODE = 0o600;

/** What waits for one channel. */
export interface Waiting {
  /** Tells the channel from others of its kind, and none of its secrets; empty in a file of before. */
  readonly key: string;
  /** The oldest first. */
  messages: Message[];
  /** No try before this moment, in milliseconds since 1970: the other side has asked for it. */
  notBeforeMs: number;
}

export interface AlertState {
  readonly quiet: QuietState;
  /** By the channels' names. */
  readonly waiting: Readonly<Record<string, Waiting>>;
}

export interface ReadState {
  readonly state: AlertState;
  /** Why there is nothing of what was to be remembered; undefined if all is well. */
  readonly loss: string | undefined;
}

/** `folder`: the unit's state folder; undefined where there is none, and nothing is remembered. Never rejects. */
export async function readAlertState(
  folder: string | undefined,
  host: Pick<Host, "readFile">,
  nowMs: number,
): Promise<ReadState> {
  const nothing: AlertState = { quiet: nothingKnown(), waiting: {} };
  if (folder === undefined) return { state: nothing, loss: undefined };
  const read = await host.readFile(pathIn(folder), LIMIT_BYTES);
  if (read.kind === "missing") return { state: nothing, loss: undefined };
  if (read.kind === "error") return { state: nothing, loss: read.reason };
  try {
    return { state: checked(JSON.parse(new TextDecoder().decode(read.bytes)), nowMs), loss: undefined };
  } catch {
    // A disk that was full, or somebody's hand.
    return { state: nothing, loss: "it is damaged" };
  }
}

/** @throws Error, TypeError if it is no state */
function checked(content: AlertState, nowMs: number): AlertState {
  const quiet = { ...nothingKnown(), ...content.quiet };
  const lists = [quiet.news, quiet.sentMs, ...Object.values(content.waiting).map(({ messages }) => messages)];
  const problems = Object.values(quiet.problems);
  const areProblems = problems.every(({ what, begunMs, lines, sinceMs }) =>
    typeof what === "string" && Number.isFinite(sinceMs) && Array.isArray(begunMs) && Array.isArray(lines)
  );
  const texts = Object.values(content.waiting).flatMap(({ messages }) => messages.map(({ text }) => text));
  const isState = areProblems && lists.every(Array.isArray) && typeof quiet.knownNews === "object" &&
    texts.every((text) => typeof text === "string");
  if (!isState) throw new TypeError("it is no state of alerts");
  return { quiet, waiting: withoutFuture(content.waiting, nowMs) };
}

/** With no wait where that would be too long. */
function withoutFuture(waiting: AlertState["waiting"], nowMs: number): AlertState["waiting"] {
  const latestMs = nowMs + LONGEST_WAIT_MS;
  return Object.fromEntries(
    Object.entries(waiting).map(([name, one]) => [name, {
      ...one,
      notBeforeMs: one.notBeforeMs > latestMs ? 0 : Number(one.notBeforeMs) || 0,
    }]),
  );
}

/** What tells a channel from all others, as a digest, since it may be secret. */
export async function channelKey({ name: _, ...target }: AlertTarget): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(target));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, 16);
}

/**
 * What has been left for this channel: what waits under its key, else under its name, if that is the key of no other one
 * (then its URL has been put right). What the other side of before has asked for does not count for another one.
 */
export function leftFor(
  { name, key, keys }: { readonly name: string; readonly key: string; readonly keys: readonly string[] },
  waiting: AlertState["waiting"],
): Waiting {
  const same = Object.values(waiting).find((one) => one.key === key);
  if (same !== undefined) return same;
  const named = waiting[name];
  const isItsOwn = named !== undefined && !keys.includes(named.key);
  return { key, messages: isItsOwn ? named.messages : [], notBeforeMs: 0 };
}

/** @throws Error if it can not be written */
export function writeAlertState(folder: string, state: AlertState, host: Pick<Host, "replaceFile">): void {
  host.replaceFile(pathIn(folder), `${JSON.stringify(state)}\n`, { mode: MODE });
}

export async function makeAlertFolder(folder: string, host: Pick<Host, "makeFolder">): Promise<void> {
  await host.makeFolder(`${folder}/alerts`);
}

function pathIn(folder: string): string {
  return `${folder}/alerts/alerts.json`;
}
