/**
 * Records and measurements → InfluxDB.
 * In: every record of the log, and what is measured; whoever hands them in never waits, and never sees an error.
 * Out: writes of line protocol. All points go into the outbox, from where delivery sends them; what can not be sent
 * now waits there, in memory and in the spool on disk.
 */
import type { OutputStream } from "../../host/host.ts";
import type { Severity } from "../log_record.ts";
import type { RecordSink } from "../record_sink.ts";
import type { RisingClock } from "../rising_clock.ts";
import { Delivery } from "./delivery.ts";
import { httpWrite } from "./http_write.ts";
import type { OpenInfluxdb } from "./influxdb.ts";
import { LinePoints } from "./line_points.ts";
import { Outbox } from "./outbox.ts";
import {
  checkLine,
  containerLine,
  type ContainerState,
  entryLine,
  lineHead,
  type Origin,
  updateLine,
} from "./points.ts";
import { Spool } from "./spool.ts";
import { Trouble } from "./trouble.ts";

/** How often the state of a running container is written. */
const STATE_INTERVAL_MS = 10_000;
/** How long the end of the program may take for what is still to be sent. */
const CLOSE_MS = 3000;

/** Undefined only in a program that is built without InfluxDB, see `left_out.ts`. */
export const openInfluxdb: OpenInfluxdb | undefined = async (options) => {
  const { target, logger, service, host, clock, stateFolder, spoolLimitBytes: limitBytes } = options;
  const nowMs = () => performance.now();
  const spoolFolder = stateFolder === undefined ? undefined : `${stateFolder}/influxdb`;
  const trouble = new Trouble({ location: target.location, spoolFolder, logger, nowMs });
  const spool = spoolFolder === undefined ? undefined : await Spool.open(spoolFolder, { limitBytes, host })
    .catch((error: unknown) => trouble.spoolFailure(error));
  const outbox = new Outbox({ spool, trouble, nowMs });
  const origin = { service, host: host.hostname() };
  const delivery = new Delivery({ outbox, write: httpWrite(target), trouble });
  const container = new ContainerPoints(outbox, { origin, clock });
  return {
    sink: recordSink(outbox, origin, container),
    metrics: {
      check: (report) => outbox.append(checkLine(report, origin, clock.next())),
      containerUp: ({ restarts }) => container.up(restarts),
      containerDown: ({ exitCode }) => container.down(exitCode),
      update: (result) => outbox.append(updateLine(result, origin, clock.next())),
    },
    close: async () => {
      container.end();
      await delivery.close(CLOSE_MS);
      trouble.end();
    },
  };
};

function recordSink(outbox: Outbox, origin: Origin, { state }: ContainerPoints): RecordSink {
  return {
    lines: (tags) => {
      const head = (stream: OutputStream, severity: Severity) =>
        lineHead({ ...origin, tags }, stream, severity);
      const points = new LinePoints(outbox.filling, head);
      return (stream, severity, bytes, from, to, instant, data) => {
        state.logLines++;
        state.logBytes += to - from;
        points.write(stream, severity, bytes, from, to, instant, data);
        outbox.sealWhenDue();
      };
    },
    entry: (entry, instant) => {
      // A message about InfluxDB, sent there, would lead to more messages about InfluxDB.
      if (entry.source !== "influxdb") outbox.append(entryLine(entry, origin, instant));
    },
  };
}

/** Writes the container's state when it changes, and every ten seconds while it runs. */
class ContainerPoints {
  readonly state: ContainerState = { up: false, exitCode: undefined, restarts: 0, logLines: 0, logBytes: 0 };
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(readonly outbox: Outbox, readonly options: { origin: Origin; clock: RisingClock }) {}

  up(restarts: number): void {
    this.#write({ up: true, restarts });
    this.#timer ??= setInterval(() => this.#write({}), STATE_INTERVAL_MS);
  }

  /** `exitCode`: undefined if it is not known. */
  down(exitCode: number | undefined): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#write({ up: false, exitCode });
  }

  /** When the program ends, the service is down. */
  end(): void {
    if (this.state.up) this.down(undefined);
  }

  #write(changes: Partial<ContainerState>): void {
    Object.assign(this.state, changes);
    const { origin, clock } = this.options;
    this.outbox.append(containerLine(this.state, origin, clock.next()));
  }
}
