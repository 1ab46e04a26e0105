/**
 * The program's own records, and what is measured, as lines of line protocol, by InfluxDB's own client; for the
 * container's lines see `line_points.ts`. Each function yields one line without its line break.
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */
import { Point } from "@influxdata/influxdb-client";
import type { Instant, LogEntry, Severity } from "../log_record.ts";
import type { OutputStream } from "../../host/host.ts";
import type { CheckReport } from "../metrics.ts";
import type { UpdateResult } from "../update_result.ts";

/** The tags of every point. */
export interface Origin {
  readonly service: string;
  readonly host: string;
}

/** What the lines come from: in a swarm, `tags` say which task, and where it runs. */
export interface LineOrigin extends Origin {
  readonly tags?: Readonly<Record<string, string>>;
}

/** No names for fields of `data`: they are tags, a field of ours, or reserved by InfluxDB. */
const TAKEN = new Set(["host", "message", "service", "severity", "stream", "time"]);

/** Measurement and tags of a container's lines, e.g. `docker_logs.stdout,host=h,service=web,severity=info,…`. */
export function lineHead(origin: LineOrigin, stream: OutputStream, severity: Severity): string {
  const point = start(`docker_logs.${stream}`, origin).tag("severity", severity).tag("stream", stream);
  for (const [key, value] of Object.entries(origin.tags ?? {})) point.tag(key, tagValue(value));
  // The client makes a line only of a point with a field; this one is taken off again.
  const line = point.booleanField("_", true).timestamp("").toLineProtocol() ?? "";
  return line.slice(0, line.lastIndexOf(" _="));
}

/** A record of the program itself; texts, numbers and booleans in its data become fields, `data.host` as `data_host`. */
export function entryLine({ severity, source, message, data = {} }: LogEntry, origin: Origin, at: Instant) {
  const point = start(source, origin).tag("severity", severity).stringField("message", oneLine(message));
  addScalars(point, data);
  return finish(point, at);
}

/** One run of a check, e.g. `check,check=http\ /,host=h,kind=check_http,service=web duration_ms=1.2,ok=T,… 179…`. */
export function checkLine(report: CheckReport, origin: Origin, at: Instant): string {
  const point = start("check", origin).tag("check", tagValue(report.check)).tag("kind", report.kind)
    .booleanField("ok", report.ok).floatField("duration_ms", report.durationMs)
    .intField("restarts", report.restarts);
  if (report.status !== undefined) point.intField("status", report.status);
  return finish(point, at);
}

/** What an update has come to, e.g. `update,host=h,service=web,state=updated from="sha256:…",to="sha256:…" 179…`. */
export function updateLine({ state, from, to, why }: UpdateResult, origin: Origin, at: Instant): string {
  const point = start("update", origin).tag("state", state).stringField("from", from ?? "");
  if (to !== null) point.stringField("to", to);
  if (why !== null) point.stringField("why", oneLine(why));
  return finish(point, at);
}

export interface ContainerState {
  up: boolean;
  /** Of the last container that has ended; undefined if none has, or if it is not known. */
  exitCode: number | undefined;
  /** How often systemd has restarted the unit. */
  restarts: number;
  /** What the container has written since the program started. */
  logLines: number;
  logBytes: number;
}

/** e.g. `container,host=h,service=web log_bytes=70i,log_lines=3i,restarts=0i,up=1i 1795361658000000005` */
export function containerLine(state: Readonly<ContainerState>, origin: Origin, at: Instant): string {
  const point = start("container", origin).intField("up", state.up ? 1 : 0)
    .intField("restarts", state.restarts).intField("log_lines", state.logLines)
    .intField("log_bytes", state.logBytes);
  if (state.exitCode !== undefined) point.intField("exit_code", state.exitCode);
  return finish(point, at);
}

function start(measurement: string, { service, host }: Origin): Point {
  return new Point(measurement).tag("host", tagValue(host)).tag("service", tagValue(service));
}

function addScalars(point: Point, data: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(data)) {
    const name = TAKEN.has(key) ? `data_${key}` : key;
    if (typeof value === "string") point.stringField(name, oneLine(value));
    else if (typeof value === "boolean") point.booleanField(name, value);
    // A whole number too: InfluxDB keeps the type of a field's first value, and the next value may have a fraction.
    else if (typeof value === "number" && Number.isFinite(value)) point.floatField(name, value);
  }
}

function finish(point: Point, { seconds, nanos }: Instant): string {
  return point.timestamp(`${seconds}${String(nanos).padStart(9, "0")}`).toLineProtocol() ?? "";
}

/** The client would leave a line break in the text, and some servers take that for the end of the line. */
function oneLine(text: string): string {
  return text.replaceAll("\n", "\\n");
}

/** A backslash at the end would escape the comma or space that follows the tag. */
function tagValue(text: string): string {
  return text.replace(/\\+$/, "");
}
