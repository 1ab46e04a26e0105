/** A pump, and the engine's log of its container, which the test fills, cuts, rotates and lets stall. */
import { rejects } from "node:assert/strict";
import type { ContainerInspect } from "../../../src/engine/api_types.ts";
import type { ContainerEngine, ReadLogOptions } from "../../../src/engine/engine.ts";
import type { OutputStream } from "../../../src/host/host.ts";
import { JsonLines } from "../../../src/logging/json_lines.ts";
import { OutputQueue } from "../../../src/logging/output_queue.ts";
import { formatInstant } from "../../../src/logging/rising_clock.ts";
import { openLog } from "../../../src/supervisor/log/catch_up.ts";
import { LogPump } from "../../../src/supervisor/log/log_pump.ts";
import { concat, frame } from "../../engine/frames.ts";
import { logOptions } from "../../logging/lines.ts";

export interface Entry {
  readonly stream: OutputStream;
  readonly atMs: number;
  readonly text: string;
  /** Whether there is no line break behind it: the line goes on in the stream's next entry, or is the last one. */
  readonly isOpen?: boolean;
}

export const BEGIN_MS = Date.parse("2026-11-22T12:00:00Z");
/** How much later than the engine we read a line. */
const DELAY_MS = 2;

/** A log as the engine keeps it, with its rotations, and streams of it that the test may cut or let stall. */
export class FakeLog {
  entries: Entry[] = [];
  opened = 0;
  /** How many bytes a follower gets before it is cut. */
  cutAfter = Infinity;
  /** After how many bytes a follower gets no more, and no end. */
  stallAfter = Infinity;
  /** After how many entries a follower gets the end, as if there were no more. */
  endAfter = Infinity;
  /** How often the log was read to where it is, by no follower; the asking for its last entries does not count. */
  read = 0;
  readonly engine: ContainerEngine;

  constructor(readonly driver: ContainerInspect["HostConfig"]["LogConfig"], readonly terminal: boolean) {
    const inspected = { HostConfig: { LogConfig: driver } } as ContainerInspect;
    this.engine = {
      inspectContainer: () => Promise.resolve(inspected),
      readLog: (_id: string, options: ReadLogOptions, signal: AbortSignal) =>
        Promise.resolve(this.#read(options, signal)),
    } as unknown as ContainerEngine;
  }

  #read({ follow, since, tail }: ReadLogOptions, signal: AbortSignal): ReadableStream<Uint8Array> {
    const sinceMs = since === undefined ? -Infinity : since.seconds * 1000 + since.nanos / 1e6;
    const from = this.entries.findIndex(({ atMs }) => atMs >= sinceMs);
    const entries = tail === undefined
      ? this.entries.slice(from === -1 ? Infinity : from)
      : this.entries.slice(-tail).filter(({ atMs }) => atMs >= sinceMs);
    const sent = follow ? entries.slice(0, this.endAfter) : entries;
    const bytes = concat(...sent.map((entry) => this.#bytesOf(entry)));
    const whole = follow ? bytes.subarray(0, Math.min(this.cutAfter, this.stallAfter)) : bytes;
    const stalls = follow && this.stallAfter < bytes.length;
    const cut = follow && this.cutAfter < bytes.length;
    if (follow) this.opened++;
    else if (tail === undefined) this.read++;
    return new ReadableStream({
      start(controller) {
        signal.addEventListener("abort", () => controller.error(signal.reason));
        controller.enqueue(whole);
        if (cut) controller.error(new Error("cut"));
        else if (!stalls) controller.close();
      },
    });
  }

  #bytesOf({ stream, atMs, text, isOpen = false }: Entry): Uint8Array {
    const stamp = formatInstant({ seconds: Math.floor(atMs / 1000), nanos: (atMs % 1000) * 1e6 });
    const payload = `${stamp} ${text}${isOpen ? "" : this.terminal ? "\r\n" : "\n"}`;
    return this.terminal ? new TextEncoder().encode(payload) : frame(stream === "stdout" ? 1 : 2, payload);
  }
}

export const LOCAL = { Type: "local", Config: {} };
export const UNLIMITED = { Type: "json-file", Config: {} };

export function setUp({ driver = LOCAL, terminal = false } = {}) {
  let text = "";
  const time = { nowMs: BEGIN_MS };
  const output = new OutputQueue((bytes) => {
    text += new TextDecoder().decode(bytes);
    return Promise.resolve();
  }, (error) => {
    throw error;
  });
  const logger = new JsonLines({ service: "web", output, nowMs: () => time.nowMs, journal: false });
  const pump = new LogPump({
    terminal,
    records: logger.containerLines(logOptions()),
    clock: logger.clock,
    output,
    logger,
  });
  const log = new FakeLog(driver, terminal);
  const records = () => text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  const linesOf = (stream: OutputStream) =>
    records().filter(({ source }) => source === `docker_logs.${stream}`).map(({ message }) =>
      message as string
    );
  const remarks = () => records().filter(({ source }) => source === "docker").map(({ message }) => message);
  /** The live stream until it is cut; `readAtMs`: when we read a line that the engine has stamped at `atMs`. */
  const live = async (entries: readonly Entry[], readAtMs = (atMs: number) => atMs + DELAY_MS) => {
    const rest = [...entries];
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const entry = rest.shift();
        if (entry === undefined) return controller.error(new Error("cut"));
        time.nowMs = readAtMs(entry.atMs);
        const bytes = `${entry.text}${terminal ? "\r" : ""}\n`;
        const number = entry.stream === "stdout" ? 1 : 2;
        controller.enqueue(terminal ? new TextEncoder().encode(bytes) : frame(number, bytes));
      },
    }, { highWaterMark: 0 });
    await rejects(pump.pumpLive(stream, () => Promise.resolve(true)));
  };
  /** Reads the log until it ends, again and again where it is cut. */
  const catchUp = async (silenceMs?: number) => {
    const signal = new AbortController().signal;
    const context = { engine: log.engine, logger, signal, ...(silenceMs !== undefined && { silenceMs }) };
    for (;;) {
      const { logged } = await openLog("id", pump, context);
      if (await logged.then(() => true, () => false)) break;
    }
    await pump.finish();
    await output.flush();
  };
  return { log, live, catchUp, linesOf, remarks };
}
