/** The sentences about a problem, and the text of a message: what helps whoever is woken by it. */
import { SERVICE_PROBLEM } from "../logging/log_record.ts";
import { localDate, localMinute } from "../host/local_time.ts";
import { printable } from "../printable.ts";
import { cutText, type Item, type Message } from "./message.ts";
import type { Problem, Told } from "./quiet_state.ts";

const TITLE_LENGTH = 160;
const LINES_SHOWN = 10;
const ITEMS_SHOWN = 10;
/** Of the container's last lines, which are kept no longer: where one was cut before, perhaps within a secret, is beyond. */
export const LINE_LENGTH = 200;

/** Who speaks. */
export interface Speaker {
  readonly service: string;
  /** e.g. `web` of `service_runner@web.service` */
  readonly instance: string;
  readonly host: string;
}

/** e.g. `12 s`, `5 min`, `3 h 20 min`, `4 d 2 h` */
export function lastingFor(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `wasTold`: somebody waits for it. */
export function overItem(id: string, problem: Problem, wasTold: boolean): Item {
  const { sinceMs, endedMs } = problem;
  const untilMs = endedMs ?? sinceMs;
  return {
    problem: id,
    state: "over",
    what: overSentence(id, problem, { lasted: lastingFor(untilMs - sinceMs), wasTold }),
    since: new Date(sinceMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    lines: [],
  };
}

function overSentence(
  id: string,
  { what, end, count, repeats }: Problem,
  { lasted, wasTold }: { readonly lasted: string; readonly wasTold: boolean },
): string {
  const isService = id === SERVICE_PROBLEM;
  if (repeats === "told") {
    return `Well for 10 min now, after ${count} failures: ${isService ? "the service is ready" : end}`;
  }
  if (!wasTold) return `Over after ${lasted}: ${what}`;
  return `${isService ? "The service is ready again" : end}, after ${lasted}`;
}

export function repeatedItem(id: string, { what, lines, sinceMs, begunMs }: Problem, nowMs: number): Item {
  const times = `${begunMs.length} times within ${lastingFor(nowMs - (begunMs[0] ?? nowMs))}`;
  const how = id === SERVICE_PROBLEM
    ? `The service fails again and again, ${times}`
    : `Again and again, ${times}`;
  return {
    problem: id,
    state: "repeated",
    what: `${how}: ${what}`,
    since: new Date(begunMs[0] ?? sinceMs).toISOString(),
    until: null,
    lines,
  };
}

export function compose({ items, isBad, untold }: Told, speaker: Speaker, nowMs: number): Message {
  const { service, host } = speaker;
  const [first] = items;
  const more = items.length > 1 ? ` (and ${items.length - 1} more)` : "";
  const isNews = items.every(({ state }) => state === "news");
  const missed = untold === 0 ? [] : [
    `There were too many messages within an hour. Since the last one, things have happened ${untold} times; ` +
    "this is what has come of it.",
    "",
  ];
  return {
    id: crypto.randomUUID(),
    at: new Date(nowMs).toISOString(),
    service,
    host,
    state: isBad ? "failing" : isNews ? "news" : "over",
    title: oneLine(cutText(`${service} on ${host}: ${first?.what}`, TITLE_LENGTH) + more),
    text: [
      ...missed,
      ...items.slice(0, ITEMS_SHOWN).flatMap((item) => [...paragraph(item), ""]),
      ...items.length > ITEMS_SHOWN ? [`… and ${items.length - ITEMS_SHOWN} more.`, ""] : [],
      ...howToLook(speaker),
      ...lastLines(items),
    ]
      .join("\n"),
    items,
  };
}

export function testMessage(speaker: Speaker, nowMs: number): Message {
  const { service, host } = speaker;
  const what = "This is a test: nothing is wrong";
  const at = new Date(nowMs).toISOString();
  return {
    id: crypto.randomUUID(),
    at,
    service,
    host,
    state: "test",
    title: `${service} on ${host}: ${what}`,
    text: `${what}. Somebody has run "service_runner alert --test" on ${host}.`,
    items: [{ problem: "test", state: "news", what, since: at, until: null, lines: [] }],
  };
}

function paragraph({ what: sentence, since, until, state }: Item): string[] {
  const what = oneLine(sentence);
  if (state === "news") return [what, `at ${moment(since)}`];
  if (until !== null) return [what, `from ${moment(since)} to ${moment(until)}`];
  const again = state === "repeated" ? ["It is over when it has been well for 10 min."] : [];
  return [what, `since ${moment(since)}`, ...again];
}

function howToLook({ instance, host }: Speaker): string[] {
  return [
    `On ${host}:`,
    `service_runner doctor ${instance}`,
    `service_runner logs ${instance}`,
    `journalctl -u service_runner@${instance} -n 100`,
  ];
}

function lastLines(items: readonly Item[]): string[] {
  const lines = items.find(({ lines }) => lines.length > 0)?.lines ?? [];
  if (lines.length === 0) return [];
  return [
    "",
    "Its last lines:",
    ...lines.slice(-LINES_SHOWN).map((line) => cutText(oneLine(line), LINE_LENGTH)),
  ];
}

/** A container, or a server, may write what no channel wants. */
function oneLine(text: string): string {
  return printable(text).trim();
}

/** e.g. `2026-11-26 03:12:05 UTC+1`, in the machine's time zone */
function moment(iso: string): string {
  const date = new Date(iso);
  const minutes = -date.getTimezoneOffset();
  const rest = Math.abs(minutes % 60);
  const zone = minutes === 0
    ? "UTC"
    : `UTC${minutes < 0 ? "-" : "+"}${Math.floor(Math.abs(minutes) / 60)}${rest === 0 ? "" : `:${rest}`}`;
  return `${localDate(date)} ${localMinute(date)}:${String(date.getSeconds()).padStart(2, "0")} ${zone}`;
}
