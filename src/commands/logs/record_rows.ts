/** Records as rows for people: time, service, level, who speaks, text. */
import { stripVTControlCharacters } from "node:util";
import { localDate } from "../../host/local_time.ts";
import type { Severity } from "../../logging/log_record.ts";
import { printable } from "../../printable.ts";
import type { Color, Paint } from "../command_context.ts";
import type { JournalRecord } from "./journal_record.ts";
import { LocalStamps } from "./local_stamp.ts";
import { missingParts } from "./part_joiner.ts";
import { recordDetails } from "./record_details.ts";

export interface RowsOptions {
  readonly paint: Paint;
  /** Whether each row has its date. Else a line tells it where it is another one than before, at first today's. */
  readonly areDated: boolean;
  /** Those that will speak, as far as they are known; undefined if rows do not name the service. */
  readonly services: readonly string[] | undefined;
  readonly now: Date;
}

const LEVEL_COLORS: Readonly<Record<Severity, Color | undefined>> = {
  trace: "dim",
  debug: "dim",
  info: undefined,
  notice: "bold",
  warn: "yellow",
  error: "red",
  fatal: "red",
};
const LEVEL_WIDTH = "notice".length;
const SERVICE_COLORS: readonly Color[] = ["cyan", "magenta", "green", "blue"];
/** What a container itself has written. */
const CONTAINER = "docker_logs.";
/** How the rows of others begin; a line of a container that begins so is not to pass for one. */
const SEEMS_ANOTHERS = /^(?:systemd|service|docker|notify|monitoring|influxdb): /;
const TAB = "    ";

export class RecordRows {
  readonly #stamps = new LocalStamps();
  /** The name of each service as it is shown, in the order of their appearance. */
  readonly #services = new Map<string, string>();
  #serviceWidth = 0;
  #date: string;

  constructor(readonly options: RowsOptions) {
    this.#date = localDate(options.now);
    for (const service of options.services ?? []) {
      this.#serviceWidth = Math.max(this.#serviceWidth, service.length);
    }
    for (const service of options.services ?? []) this.#serviceColumn(service);
  }

  /** The record's row, and indented below it the further lines of its text; all with their line breaks. */
  render(shown: JournalRecord): string {
    const { paint, areDated, services } = this.options;
    const { severity, timestamp } = shown.record;
    const { date, weekday, time } = this.#stamps.of(timestamp);
    const day = areDated || date === this.#date ? "" : `${paint("dim", `-- ${weekday} ${date} --`)}\n`;
    this.#date = date;
    const stamp = printable(areDated ? `${date} ${time}` : time);
    const service = services === undefined ? "" : `${this.#serviceColumn(shown.service)} `;
    const level = severity === "info" ? "" : severity;
    const padding = " ".repeat(LEVEL_WIDTH - level.length);
    const indent = stamp.length + (services === undefined ? 0 : this.#serviceWidth + 1) + LEVEL_WIDTH + 2;
    const text = this.#text(shown).join(`\n${" ".repeat(indent)}`);
    return `${day}${paint("dim", stamp)} ${service}${this.#paintLevel(severity, level)}${padding} ${text}\n`;
  }

  /** Who speaks, unless it is the container, and what is said, line by line. */
  #text(shown: JournalRecord): string[] {
    const { record } = shown;
    const { paint } = this.options;
    const { before, after } = missingParts(shown);
    const message = `${before ? "…" : ""}${record.message}${after ? "…" : ""}`;
    const lines = plainLines(message).map((line) => this.#paintLevel(record.severity, line));
    const isContainers = record.source.startsWith(CONTAINER);
    if (isContainers && !SEEMS_ANOTHERS.test(message)) return lines;
    const who = isContainers ? record.source.slice(CONTAINER.length) : record.source;
    const details = printable(recordDetails(record));
    if (details !== "") lines.push(`${lines.pop()}  ${paint("dim", details)}`);
    return [`${paint("dim", `${printable(who)}:`)} ${lines[0]}`, ...lines.slice(1)];
  }

  #paintLevel(severity: Severity, text: string): string {
    const color = LEVEL_COLORS[severity];
    if (color === undefined || text === "") return text;
    const painted = this.options.paint(color, text);
    return severity === "fatal" ? this.options.paint("bold", painted) : painted;
  }

  #serviceColumn(service: string): string {
    const { paint } = this.options;
    const known = this.#services.get(service);
    if (known !== undefined) return known;
    const name = printable(service);
    const color = SERVICE_COLORS[this.#services.size % SERVICE_COLORS.length]!;
    const column = paint(color, name) + " ".repeat(Math.max(0, this.#serviceWidth - name.length));
    this.#serviceWidth = Math.max(this.#serviceWidth, name.length);
    this.#services.set(service, column);
    return column;
  }
}

/** The lines of a text of others, without colours and all else that a terminal would obey. */
function plainLines(text: string): string[] {
  // Most are such a line already.
  if (printable(text) === text) return [text];
  return stripVTControlCharacters(text).trimEnd().split("\n").map((line) =>
    printable(line.replaceAll("\t", TAB)).trimEnd()
  );
}
