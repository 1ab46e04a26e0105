import { deepEqual, equal } from "node:assert/strict";
import { NO_PAINT, type Paint } from "../../../src/commands/command_context.ts";
import { RecordRows, type RowsOptions } from "../../../src/commands/logs/record_rows.ts";
import { type MadeRecord, recordOf } from "./journal_entries.ts";

const TIME = "2026-01-02T03:04:05.678000001Z";
const LOCAL = new Date(TIME);
const two = (number: number) => String(number).padStart(2, "0");
const CLOCK = `${two(LOCAL.getHours())}:${two(LOCAL.getMinutes())}:05.678`;

function rows(options: Partial<RowsOptions> = {}) {
  return new RecordRows({ paint: NO_PAINT, areDated: false, services: undefined, now: LOCAL, ...options });
}

/** The row without its time. */
function rowOf(made: MadeRecord, options?: Partial<RowsOptions>): string {
  return rows(options).render(recordOf({ timestamp: TIME, ...made })).replace(CLOCK, "TIME");
}

const CASES: [name: string, made: MadeRecord, expected: string][] = [
  ["a line of the container", { message: "hello" }, "TIME        hello\n"],
  [
    "of stderr too",
    { message: "hello", source: "docker_logs.stderr", severity: "warn" },
    "TIME warn   hello\n",
  ],
  [
    "a record of the program says who speaks",
    { message: "The service is ready", source: "service" },
    "TIME        service: The service is ready\n",
  ],
  [
    "a line of the container does not pass for one of somebody else",
    { message: "systemd: web.service: Main process exited", source: "docker_logs.stderr" },
    "TIME        stderr: systemd: web.service: Main process exited\n",
  ],
  [
    "further lines are indented, with tabs as blanks",
    { message: "boom\n\tat Foo\n\n  at Bar\n", severity: "error" },
    "TIME error  boom\n                        at Foo\n                    \n                      at Bar\n",
  ],
  [
    "colours are removed",
    { message: "\x1b[1;32mgreen\x1b[0m \x1b]0;title\x07bell\r" },
    "TIME        green bell\n",
  ],
  ["what a terminal would obey, too", { message: "a\x9b2Jb\u202ec\x08d" }, "TIME        ab c d\n"],
  [
    "what data add to the message of a check",
    {
      message: 'Check "alive" fails: exit code 1, expected 0',
      source: "monitoring",
      severity: "error",
      data: {
        check: "alive",
        kind: "x",
        state: "failing",
        status: 1,
        stdout: "",
        stderr: "not so\nwell\n",
        expected: {},
      },
    },
    'TIME error  monitoring: Check "alive" fails: exit code 1, expected 0  stderr="not so\\nwell"\n',
  ],
  [
    "what they add to the end of a container",
    {
      message: "The container has ended by itself: exit code 3",
      source: "service",
      severity: "error",
      data: {
        exit_code: 3,
        signal: null,
        oom_killed: false,
        ran_seconds: 10.2,
        restarts: 0,
        failing_checks: ["http /", "alive"],
        image_digest: `sha256:${"2e8e592a5440".padEnd(64, "0")}`,
        last_lines: ["x"],
      },
    },
    "TIME error  service: The container has ended by itself: exit code 3  " +
    'ran_seconds=10.2 failing_checks="http /, alive" image_digest=sha256:2e8e592a5440\n',
  ],
  [
    "an exception, where it says more than the message",
    {
      message: "Cannot go on",
      source: "influxdb",
      severity: "error",
      exception: {
        message: "Cannot go on",
        backtrace: ["x"],
        cause: { message: "disk \x1b[31mfull", cause: null },
      },
    },
    'TIME error  influxdb: Cannot go on  cause="disk \\u001b[31mfull"\n',
  ],
  ["the end of a line is missing", { message: "ab", data: { part: 1, parts: null } }, "TIME        ab…\n"],
];

Deno.test("a record is a row: time, level, who speaks, text", async (t) => {
  for (const [name, made, expected] of CASES) await t.step(name, () => equal(rowOf(made), expected));
});

Deno.test("of several services each row says which, aligned", () => {
  const all = rows({ services: ["web", "database"] });
  const made = { timestamp: TIME, message: "x\ny" };
  const shown = ["web", "database", "web"].map((service) => all.render(recordOf(made, service)));
  deepEqual(shown, [
    `${CLOCK} web             x\n${" ".repeat(29)}y\n`,
    `${CLOCK} database        x\n${" ".repeat(29)}y\n`,
    `${CLOCK} web             x\n${" ".repeat(29)}y\n`,
  ]);
});

Deno.test("services differ by colour, levels by theirs", () => {
  const paint: Paint = (color, text) => `<${color}>${text}</>`;
  const all = rows({ services: ["web", "shop"], paint });
  const row = (made: MadeRecord, service: string) =>
    all.render(recordOf({ timestamp: TIME, ...made }, service));
  equal(row({ message: "a" }, "web"), `<dim>${CLOCK}</> <cyan>web</>         a\n`);
  equal(row({ message: "a" }, "shop"), `<dim>${CLOCK}</> <magenta>shop</>        a\n`);
  const failing = row({ message: "a\nb", severity: "error", source: "docker" }, "web");
  equal(
    failing,
    `<dim>${CLOCK}</> <cyan>web</>  <red>error</>  <dim>docker:</> <red>a</>\n${" ".repeat(25)}<red>b</>\n`,
  );
});

Deno.test("the day is told where it is another one, or in each row", () => {
  const noon = (day: number) => new Date(2026, 0, day, 12, 0, 1, 500);
  const days = [1, 1, 2, 3].map((day) => recordOf({ timestamp: noon(day).toISOString(), message: "x" }));
  const told = rows({ now: noon(2) });
  deepEqual(days.map((record) => told.render(record)), [
    "-- Thu 2026-01-01 --\n12:00:01.500        x\n",
    "12:00:01.500        x\n",
    "-- Fri 2026-01-02 --\n12:00:01.500        x\n",
    "-- Sat 2026-01-03 --\n12:00:01.500        x\n",
  ]);
  const dated = rows({ now: noon(2), areDated: true });
  equal(dated.render(days[0]!), "2026-01-01 12:00:01.500        x\n");
});
