/**
 * What the engine's log has behind the end of a stream that followed it.
 * In: a pump whose stream has ended, and not broken off. Out: the lines that the stream has left out.
 *
 * The engine 20.10 first sends the log as it was when it was asked for it. If the container has ended by the time that
 * this is read, the stream ends there, and what was written meanwhile does not come: moby, `loggerutils/logfile.go`,
 * `!config.Follow || w.closed`.
 */
import type { ContainerEngine } from "../../engine/engine.ts";
import { EngineError } from "../../errors.ts";
import type { Instant, Logger } from "../../logging/log_record.ts";
import type { LogPump } from "./log_pump.ts";
import { OutputLines } from "./output_lines.ts";
import { compareInstants, type Resume } from "./resume.ts";

const ANSWER_TIMEOUT_MS = 10_000;
/** More than a line has that is kept whole, 64 pieces, and than lines of the other stream stand among those of one stamp. */
const MORE_ENTRIES = 80;

interface RestContext {
  readonly engine: ContainerEngine;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Pumps it until nothing new comes. @throws EngineUnreachableError; what the log breaks off with */
export async function pumpRest(id: string, pump: LogPump, context: RestContext): Promise<void> {
  const { engine, logger, signal } = context;
  try {
    let before: number | undefined;
    while (linesOut(pump) !== before && await hasMore(id, pump, context)) {
      before = linesOut(pump);
      const { resume } = pump;
      await pump.pumpLog(await engine.readLog(id, { follow: false, since: resume?.since }, signal), resume);
    }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const message =
      `Lines may be missing here, the engine can not be asked whether its log has more: ${error.reason}`;
    logger.log({ severity: "warn", source: "docker", message });
  }
}

function linesOut({ lastLines }: LogPump): number {
  return lastLines.count("stdout") + lastLines.count("stderr");
}

/** Whether the log has something behind the last entry that was read. Only its end is asked for: it may be large. */
async function hasMore(
  id: string,
  { lastStamp, openBytes, resume, options: { terminal } }: LogPump,
  { engine, signal }: RestContext,
): Promise<boolean> {
  const isLast = (stamp: Instant | undefined) =>
    stamp !== undefined && lastStamp !== undefined && compareInstants(stamp, lastStamp) === 0;
  const read = countAt(resume, isLast);
  let there = 0;
  const lines = new OutputLines({ terminal, stamped: true }, (_, { stamp }) => {
    if (isLast(stamp)) there++;
  });
  const untilAnswered = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
  const options = { follow: false, since: resume?.since, tail: read + MORE_ENTRIES };
  for await (const chunk of await engine.readLog(id, options, untilAnswered)) lines.push(chunk);
  if (lines.lastStamp === undefined) return false;
  // The pieces of a line bear the same stamp.
  return !isLast(lines.lastStamp) || there > read || lines.openBytes !== openBytes;
}

/** How many lines with the last stamp have been read. */
function countAt(resume: Resume | undefined, isLast: (stamp: Instant | undefined) => boolean): number {
  return [resume?.points.stdout, resume?.points.stderr].reduce(
    (sum, point) => point !== undefined && isLast(point.stamp) ? sum + point.count : sum,
    0,
  );
}
