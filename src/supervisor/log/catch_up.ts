/**
 * The engine's log, from behind the last line that is out to the container's end.
 * In: a pump that knows what is out. Out: what it still has to write, in spite of rotated logs and streams that stall.
 */
import type { ContainerInspect } from "../../engine/api_types.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import { EngineError } from "../../errors.ts";
import type { Instant, Logger } from "../../logging/log_record.ts";
import { countedStart, findStart, searchSince } from "./find_place.ts";
import { compareInstants, type LogStart } from "./log_place.ts";
import type { LogPump } from "./log_pump.ts";
import { OutputLines } from "./output_lines.ts";
import { pause } from "../../host/pause.ts";

/**
 * How long a stream may be silent before the log is asked whether it has newer lines: a stream that follows a log may
 * stay behind when the log is rotated or truncated (moby#37646, moby#45728).
 */
const SILENCE_MS = 15_000;
const DELIVERY_MS = 1_000;
const ANSWER_TIMEOUT_MS = 10_000;

export interface CatchUpContext {
  readonly engine: ContainerEngine;
  readonly logger: Logger;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  readonly silenceMs?: number;
}

/**
 * Resolves when the log is open; `logged` then resolves when the last line is out, and rejects when the log breaks off.
 * @throws EngineError if the container's log driver keeps none that could be read
 */
export async function openLog(
  id: string,
  pump: LogPump,
  context: CatchUpContext,
): Promise<{ readonly logged: Promise<void> }> {
  const start = pump.logStart ?? await firstStart(id, pump, context);
  const first = await FollowedLog.open(id, start, context);
  return { logged: pumpToEnd(id, pump, first, context) };
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

async function pumpToEnd(
  id: string,
  pump: LogPump,
  first: FollowedLog,
  context: CatchUpContext,
): Promise<void> {
  let log = first;
  while (!await log.pump(pump)) {
    const message = "The engine's log has newer lines than its stream brings: it is opened anew";
    context.logger.log({ severity: "notice", source: "docker", message });
    // As long as the place is not known, the lines are counted from the beginning.
    log = await FollowedLog.open(id, pump.logStart, context);
  }
}

/** Undefined where the log goes back to the container's start. */
async function firstStart(
  id: string,
  { lastLines, options }: LogPump,
  { engine, logger, signal }: CatchUpContext,
): Promise<LogStart | undefined> {
  const container = await engine.inspectContainer(id, signal);
  if (container === undefined || keepsAll(container)) return undefined;
  const since = searchSince(lastLines);
  const log = await engine.readLog(id, { follow: false, since }, signal);
  // Nothing is known but how many lines there were, by a process before this one.
  const { start, isSure } = since === undefined
    ? await countedStart(log, lastLines, options.terminal)
    : await findStart(log, lastLines, options.terminal);
  if (!isSure) {
    const message =
      "Lines may be missing or come twice here: where the live stream broke off could not be found " +
      "for certain in the engine's log";
    logger.log({ severity: "warn", source: "docker", message });
  }
  return start;
}

/** Whether the log can not have lost its beginning. Source: "Configure logging drivers" in Docker's manual. */
function keepsAll({ HostConfig: { LogConfig: { Type, Config } } }: ContainerInspect): boolean {
  return Type === "json-file" && (Config?.["max-size"] ?? "-1") === "-1";
}

class FollowedLog {
  readonly #id: string;
  readonly #start: LogStart | undefined;
  readonly #stream: ReadableStream<Uint8Array>;
  readonly #stalled: AbortController;
  readonly #context: CatchUpContext;

  private constructor(
    id: string,
    start: LogStart | undefined,
    log: { readonly stream: ReadableStream<Uint8Array>; readonly stalled: AbortController },
    context: CatchUpContext,
  ) {
    this.#id = id;
    this.#start = start;
    this.#stream = log.stream;
    this.#stalled = log.stalled;
    this.#context = context;
  }

  static async open(id: string, start: LogStart | undefined, context: CatchUpContext): Promise<FollowedLog> {
    const stalled = new AbortController();
    const signal = AbortSignal.any([context.signal, stalled.signal]);
    const stream = await context.engine.readLog(id, { follow: true, since: start?.since }, signal);
    return new FollowedLog(id, start, { stream, stalled }, context);
  }

  /** Until the log's end: true. False if it has stalled. */
  async pump(pump: LogPump): Promise<boolean> {
    const over = new AbortController();
    const watching = this.#watch(pump, over.signal);
    try {
      await pump.pumpLog(this.#stream, this.#start);
      return true;
    } catch (error) {
      if (!this.#stalled.signal.aborted || this.#context.signal.aborted) throw error;
      return false;
    } finally {
      over.abort();
      await watching;
    }
  }

  /** Ends the stream if it is silent although the log has newer lines than it has brought. */
  async #watch(pump: LogPump, over: AbortSignal): Promise<void> {
    const { silenceMs = SILENCE_MS } = this.#context;
    let seen: number | undefined;
    try {
      for (;;) {
        await pause(silenceMs, over);
        const chunks = pump.chunksRead;
        const isSilent = chunks !== undefined && chunks === seen;
        seen = chunks;
        if (!isSilent || !await this.#hasNewer(pump, over)) continue;
        // They may be on their way.
        await pause(Math.min(silenceMs, DELIVERY_MS), over);
        if (pump.chunksRead === seen) return this.#stalled.abort(new Error("the log stream has stalled"));
      }
    } catch (error) {
      if (!over.aborted) throw error;
    }
  }

  async #hasNewer(pump: LogPump, over: AbortSignal): Promise<boolean> {
    let newest: Instant | undefined;
    try {
      const signal = AbortSignal.any([over, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
      const lines = new OutputLines({ terminal: pump.options.terminal, stamped: true }, () => {});
      const last = await this.#context.engine.readLog(this.#id, { follow: false, tail: 1 }, signal);
      for await (const chunk of last) lines.push(chunk);
      newest = lines.lastStamp;
    } catch {
      // An engine that does not answer is noticed elsewhere.
      return false;
    }
    const read = pump.lastStamp ?? this.#start?.since;
    return newest !== undefined && (read === undefined || compareInstants(newest, read) > 0);
  }
}
