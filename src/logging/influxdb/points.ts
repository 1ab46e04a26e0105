/**
 * Records and measurements → lines of line protocol, by InfluxDB's own client.
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */
import { Point } from "@influxdata/influxdb-client";
import type { Instant, LogEntry, Severity } from "../log_record.ts";
import type { OutputStream } from "../../host/host.ts";
import type { CheckReport } from "../metrics.ts";

/** The tags that every point bears. */
export interface Origin {
  readonly service: string;
  readonly host: string;
}

/** What a field may not be called: it is a tag already, a field of ours, or a word that InfluxDB keeps for itself. */
const TAKEN = new Set(["host", "message", "service", "severity", "stream", "time"]);

/** Measurement and tags of a container's lines. */
export function lineHead(origin: Origin, stream: OutputStream, severity: Severity): string {
  const point = start(`docker_logs.${stream}`, origin).tag("severity", severity).tag("stream", stream);
  const line = point.booleanField("_", true).timestamp("").toLineProtocol() ?? "";
  return line.slice(0, line.lastIndexOf(" _="));
}

/** A record of the program itself: of `data` what is a text, a number, true or false. */
export function entryLine({ severity, source, message, data = {} }: LogEntry, origin: Origin, at: Instant) {
  const point = start(source, origin).tag("severity", severity).stringField("message", oneLine(message));
  addScalars(point, data);
  return finish(point, at);
}

/** Like `,part=1,parts=3`: to go behind other fields. */
export function furtherFields(data: Readonly<Record<string, unknown>>): string {
  const point = new Point("_");
  addScalars(point, data);
  const line = point.timestamp("").toLineProtocol();
  return line === undefined ? "" : `,${line.slice("_ ".length).trimEnd()}`;
}

export function checkLine(report: CheckReport, origin: Origin, at: Instant): string {
  const point = start("check", origin).tag("check", tagValue(report.check)).tag("kind", report.kind)
    .booleanField("ok", report.ok).floatField("duration_ms", report.durationMs)
    .intField("restarts", report.restarts);
  if (report.status !== undefined) point.intField("status", report.status);
  return finish(point, at);
}

export interface ContainerState {
  readonly up: boolean;
  /** Of the last container that has ended. */
  readonly exitCode: number | undefined;
  readonly restarts: number;
  /** Since the program started. */
  readonly logLines: number;
  readonly logBytes: number;
}

export function containerLine(state: ContainerState, origin: Origin, at: Instant): string {
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
    // Always a float: a field keeps the type of its first value for good.
    else if (typeof value === "number" && Number.isFinite(value)) point.floatField(name, value);
  }
}

function finish(point: Point, { seconds, nanos }: Instant): string {
  return point.timestamp(`${seconds}${String(nanos).padStart(9, "0")}`).toLineProtocol() ?? "";
}

/** The client sends a line break as it is, which ends the line for some servers. */
function oneLine(text: string): string {
  return text.replaceAll("\n", "\\n");
}

/** A backslash at the end would take the separator behind it for its own. */
function tagValue(text: string): string {
  return text.replace(/\\+$/, "");
}
