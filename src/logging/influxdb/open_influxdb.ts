/**
 * Records and measurements → InfluxDB.
 * In: what the log and the checks have to say, without waiting. Out: writes of line protocol. What can not be written
 * now waits, in memory and on disk; nothing here holds the program up or ends it.
 */
import type { RecordSink } from "../record_sink.ts";
import type { RisingClock } from "../rising_clock.ts";
import { Delivery } from "./delivery.ts";
import { httpWrite } from "./http_write.ts";
import type { InfluxdbOptions, OpenInfluxdb } from "./influxdb.ts";
import { LinePoints } from "./line_points.ts";
import { Outbox } from "./outbox.ts";
import { checkLine, containerLine, entryLine, furtherFields, lineHead, type Origin } from "./points.ts";
import { Spool } from "./spool.ts";
import { Trouble } from "./trouble.ts";

/** How often the state of a container that runs is written. */
const STATE_INTERVAL_MS = 10_000;
/** How long the end of the program may take for what is still to be sent. */
const CLOSE_MS = 3000;

/** Undefined in a program that was built without it. Never rejects, and asks the database for nothing. */
export const openInfluxdb: OpenInfluxdb | undefined = async (options) => {
  const { target, logger, service, host, clock } = options;
  const nowMs = () => performance.now();
  const trouble = new Trouble({ location: target.location, logger, nowMs });
  const outbox = new Outbox({
    spool: await openSpool(options, trouble),
    onDropped: (lines, reason) => trouble.dropped(lines, reason),
    onSpoolFailure: (error) => trouble.spoolFailure(error),
    nowMs,
  });
  const origin = { service, host: host.hostname() };
  const delivery = new Delivery({ outbox, write: httpWrite(target), trouble });
  const state = new StatePoints(outbox, { origin, clock });
  return {
    sink: recordSink(outbox, origin, state),
    metrics: {
      check: (report) => append(outbox, checkLine(report, origin, clock.next())),
      containerUp: ({ restarts }) => state.up(restarts),
      containerDown: ({ exitCode }) => state.down(exitCode),
    },
    close: async () => {
      state.end();
      await delivery.close(CLOSE_MS);
      trouble.end();
    },
  };
};

async function openSpool(
  { stateFolder, spoolLimitBytes, host }: InfluxdbOptions,
  trouble: Trouble,
): Promise<Spool | undefined> {
  if (stateFolder === undefined) return undefined;
  try {
    return await Spool.open(`${stateFolder}/influxdb`, { limitBytes: spoolLimitBytes, host });
  } catch (error) {
    trouble.spoolFailure(error);
    return undefined;
  }
}

function recordSink(outbox: Outbox, origin: Origin, state: StatePoints): RecordSink {
  const lines = new LinePoints(outbox.filling, (stream, severity) => lineHead(origin, stream, severity));
  return {
    line: (stream, severity, bytes, from, to, instant, data) => {
      state.logLines++;
      state.logBytes += to - from;
      // Of a line's data only the numbers of its parts are scalar.
      const fields = data?.startsWith('{"part":') ? furtherFields(JSON.parse(data)) : "";
      lines.write(stream, severity, bytes, from, to, instant, fields);
      outbox.added();
    },
    entry: (entry, instant) => {
      // What is said of InfluxDB would, sent there, lead to more to be said.
      if (entry.source !== "influxdb") append(outbox, entryLine(entry, origin, instant));
    },
  };
}

function append(outbox: Outbox, line: string): void {
  outbox.filling.append(line);
  outbox.added();
}

/** The container's state, when it changes and every now and then. */
class StatePoints {
  logLines = 0;
  logBytes = 0;
  #up = false;
  #exitCode: number | undefined;
  #restarts = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(readonly outbox: Outbox, readonly options: { origin: Origin; clock: RisingClock }) {}

  up(restarts: number): void {
    this.#up = true;
    this.#restarts = restarts;
    this.#write();
    this.#timer ??= setInterval(() => this.#write(), STATE_INTERVAL_MS);
  }

  /** `exitCode`: undefined where it is not known. */
  down(exitCode: number | undefined): void {
    this.#up = false;
    this.#exitCode = exitCode;
    this.#write();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The program ends, and with it the service, however. */
  end(): void {
    if (this.#up) this.down(undefined);
  }

  #write(): void {
    const { origin, clock } = this.options;
    const { logLines, logBytes } = this;
    const state = { up: this.#up, exitCode: this.#exitCode, restarts: this.#restarts, logLines, logBytes };
    append(this.outbox, containerLine(state, origin, clock.next()));
  }
}
