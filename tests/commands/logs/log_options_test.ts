import { deepEqual, equal, throws } from "node:assert/strict";
import { parseLogsOptions } from "../../../src/commands/logs/log_options.ts";
import { recordFilter } from "../../../src/commands/logs/record_filter.ts";
import { readEntry } from "../../../src/commands/logs/journal_record.ts";
import { RECORDED_ENTRIES, recordOf } from "./journal_entries.ts";

type Given = Readonly<Record<string, readonly string[] | true>>;

function parse(given: Given) {
  return parseLogsOptions({
    words: ["web"],
    isGiven: (option) => given[option] === true,
    valuesOf: (option) => [given[option] ?? []].flat() as string[],
  });
}

Deno.test("--priority takes our levels and syslog's", () => {
  const cases: [text: string, expected: string][] = [
    ["error", "err"],
    ["WARN", "warning"],
    ["warning", "warning"],
    ["fatal", "crit"],
    ["trace", "debug"],
    ["3", "3"],
    ["warn..fatal", "warning..crit"],
  ];
  for (const [text, expected] of cases) equal(parse({ priority: [text] }).priority, expected, text);
  throws(() => parse({ priority: ["wran"] }), /"wran" is not known to --priority; did you mean "warn"\?/);
  throws(() => parse({ priority: ["8"] }), /--priority; trace, debug/);
});

Deno.test("--source takes several words, in short and as records have them", () => {
  deepEqual([...parse({ source: ["container", "docker_logs.stderr,monitoring"] }).sources ?? []], [
    "docker_logs.stdout",
    "docker_logs.stderr",
    "monitoring",
  ]);
  throws(() => parse({ source: ["stdout,montoring"] }), /"montoring" .* did you mean "monitoring"\?/);
});

Deno.test("--lines is 200 by default, all with --since", () => {
  equal(parse({}).lines, 200);
  equal(parse({ since: ["-1h"] }).lines, Infinity);
  equal(parse({ since: ["-1h"], lines: ["5"] }).lines, 5);
  equal(parse({ lines: ["all"] }).lines, Infinity);
  for (const text of ["-1", "1.5", "", "many"]) {
    throws(() => parse({ lines: [text] }), /whole number or "all"/);
  }
});

Deno.test("--grep looks into the message, and minds capitals only where it has some", () => {
  const matches = (grep: string, message: string) =>
    recordFilter(parse({ grep: [grep] }))(recordOf({ message }));
  equal(matches("error", "An ERROR"), true);
  equal(matches("Error", "An ERROR"), false);
  equal(matches("^second", "first\nsecond"), true);
  equal(matches("docker_logs", "not in the message"), false);
  throws(() => parse({ grep: ["("] }), /--grep is no regular expression/);
});

Deno.test("--source systemd is systemd and whatever else has written in the unit", () => {
  const recorded = RECORDED_ENTRIES.map((line) => readEntry(line)!);
  const sourcesOf = (source: string) =>
    new Set(recorded.filter(recordFilter(parse({ source: [source] }))).map(({ record }) => record.source));
  deepEqual([...sourcesOf("systemd")], ["systemd", "printf"]);
  deepEqual([...sourcesOf("service")], ["service"]);
  deepEqual([...sourcesOf("container")], ["docker_logs.stdout", "docker_logs.stderr"]);
});

Deno.test("--follow and --until exclude each other", () => {
  throws(() => parse({ follow: true, until: ["now"] }), /--until/);
});
