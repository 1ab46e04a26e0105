/**
 * The engine's log, from behind the last line that is out to the container's end.
 * In: a pump that knows which lines are out. Out: those that are not, even if the log is rotated or its stream stalls.
 */
import type { ContainerInspect } from "../../engine/api_types.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import { EngineError } from "../../errors.ts";
import type { Logger } from "../../logging/log_record.ts";
import { countedResume, findResume, LONGEST_LEAD_SECONDS, searchSince } from "./find_resume_point.ts";
import { readsLike } from "./last_lines.ts";
import { pumpRest } from "./log_rest.ts";
import { compareInstants, type Resume } from "./resume.ts";
import type { LogPump } from "./log_pump.ts";
import { OutputLines } from "./output_lines.ts";
import { pause } from "../../host/pause.ts";

/**
 * How long a stream may be silent before the log is asked whether it has newer lines: a stream that follows a log may
 * not notice that the log has been rotated or truncated (moby#37646, moby#45728).
 */
const SILENCE_MS = 15_000;
/** How long lines may take from the log to us. */
const DELIVERY_MS = 1_000;
const ANSWER_TIMEOUT_MS = 10_000;

/** What is needed to read a container's log. */
export interface CatchUpContext {
  readonly engine: ContainerEngine;
  readonly logger: Logger;
  /** Breaks off the reading. */
  readonly signal: AbortSignal;
  /** 15 s if not given. */
  readonly silenceMs?: number;
}

/**
 * Resolves when the log is open; `logged` then resolves when the last line is out, and rejects when the log breaks off.
 * @throws EngineError if the container's log driver keeps none that can be read; EngineUnreachableError
 */
export async function openLog(
  id: string,
  pump: LogPump,
  context: CatchUpContext,
): Promise<{ readonly logged: Promise<void> }> {
  const log = await followLog(id, pump.resume ?? await firstResume(id, pump, context), context);
  return { logged: pumpToEnd(log, pump, context) };
}

/** Whether the container's log driver keeps a log that can be read. @throws EngineUnreachableError */
export async function hasReadableLog(
  id: string,
  engine: ContainerEngine,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await (await engine.readLog(id, { follow: false, tail: 0 }, signal)).cancel();
    return true;
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}

/** Where to go on behind the live stream; undefined if the log goes back to the container's start. */
async function firstResume(
  id: string,
  pump: LogPump,
  { engine, logger, signal }: CatchUpContext,
): Promise<Resume | undefined> {
  const { lastLines, options: { terminal } } = pump;
  const container = await engine.inspectContainer(id, signal);
  if (container === undefined) return undefined;
  const since = searchSince(lastLines);
  if (keepsAll(container) && since !== undefined && await hasBeginning(id, pump, { engine, signal })) {
    return undefined;
  }
  const log = await engine.readLog(id, { follow: false, since }, signal);
  // Where another process has written all lines so far, only their number is known.
  const find = since === undefined ? countedResume : findResume;
  const { resume, isSure } = await find(log, lastLines, terminal);
  if (!isSure) {
    const message =
      "Lines may be missing or come twice here: where the live stream broke off could not be found " +
      "for certain in the engine's log";
    logger.log({ severity: "warn", source: "docker", message });
  }
  return resume;
}

/** Whether the log begins with the first line that we have written: somebody may have truncated it. */
async function hasBeginning(
  id: string,
  { lastLines, options: { terminal } }: LogPump,
  { engine, signal }: Pick<CatchUpContext, "engine" | "signal">,
): Promise<boolean> {
  let isThere: boolean | undefined;
  const lines = new OutputLines({ terminal, stamped: true }, (stream, line) => {
    const first = lastLines.first(stream);
    if (first === undefined || line.stamp === undefined) return;
    // Of a longer line only the beginning may have come.
    const isSame = readsLike(first, line.unfinished ? { ...line, length: first.length } : line);
    isThere ??= isSame && line.stamp.seconds <= first.instant.seconds + LONGEST_LEAD_SECONDS;
  });
  for await (const chunk of await engine.readLog(id, { follow: false }, signal)) {
    lines.push(chunk);
    if (isThere !== undefined) break;
  }
  return isThere ?? false;
}

/** Whether the engine removes no lines from the log. Source: "Configure logging drivers" in Docker's manual. */
function keepsAll({ HostConfig: { LogConfig: { Type, Config } } }: ContainerInspect): boolean {
  return Type === "json-file" && (Config?.["max-size"] ?? "-1") === "-1";
}

/** An open stream of the engine's log, which brings new lines as they come. */
interface FollowedLog {
  readonly id: string;
  readonly resume: Resume | undefined;
  readonly stream: ReadableStream<Uint8Array>;
  /** Ends the stream because it has stalled. */
  readonly stalled: AbortController;
}

async function followLog(
  id: string,
  resume: Resume | undefined,
  { engine, signal }: CatchUpContext,
): Promise<FollowedLog> {
  const stalled = new AbortController();
  const options = { follow: true, since: resume?.since };
  const stream = await engine.readLog(id, options, AbortSignal.any([signal, stalled.signal]));
  return { id, resume, stream, stalled };
}

async function pumpToEnd(first: FollowedLog, pump: LogPump, context: CatchUpContext): Promise<void> {
  let log = first;
  while (!await pumpUnlessStalled(log, pump, context)) {
    const message = "The engine's log has newer lines than its stream brings: it is opened anew";
    context.logger.log({ severity: "notice", source: "docker", message });
    log = await followLog(log.id, pump.resume, context);
  }
  await pumpRest(log.id, pump, context);
}

/** Pumps the stream to its end; false if it has stalled before. */
async function pumpUnlessStalled(
  log: FollowedLog,
  pump: LogPump,
  context: CatchUpContext,
): Promise<boolean> {
  const over = new AbortController();
  const watching = watchForStall(log, pump, { ...context, signal: over.signal });
  try {
    await pump.pumpLog(log.stream, log.resume);
    return true;
  } catch (error) {
    if (!log.stalled.signal.aborted || context.signal.aborted) throw error;
    return false;
  } finally {
    over.abort();
    await watching;
  }
}

/** Ends the stream if it is silent although the log has newer lines than it has brought; returns when `signal` is aborted. */
async function watchForStall(log: FollowedLog, pump: LogPump, context: CatchUpContext): Promise<void> {
  const { silenceMs = SILENCE_MS, signal } = context;
  let seen: number | undefined;
  try {
    for (;;) {
      await pause(silenceMs, signal);
      const chunks = pump.chunksRead;
      const isSilent = chunks !== undefined && chunks === seen;
      seen = chunks;
      if (!isSilent || !await hasNewer(log, pump, context)) continue;
      // They may be on their way.
      await pause(Math.min(silenceMs, DELIVERY_MS), signal);
      if (pump.chunksRead === seen) return log.stalled.abort(new Error("the log stream has stalled"));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Whether the log has newer lines than its stream has brought. */
async function hasNewer(
  { id, resume }: FollowedLog,
  pump: LogPump,
  { engine, signal }: CatchUpContext,
): Promise<boolean> {
  const lines = new OutputLines({ terminal: pump.options.terminal, stamped: true }, () => {});
  try {
    const untilAnswered = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    const last = await engine.readLog(id, { follow: false, tail: 1 }, untilAnswered);
    for await (const chunk of last) lines.push(chunk);
  } catch {
    // An engine that does not answer is noticed elsewhere.
    return false;
  }
  const newest = lines.lastStamp;
  const read = pump.lastStamp ?? resume?.since;
  return newest !== undefined && (read === undefined || compareInstants(newest, read) > 0);
}
