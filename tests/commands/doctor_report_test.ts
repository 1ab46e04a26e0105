/** How findings look in a terminal. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { NO_PAINT } from "../../src/commands/command_context.ts";
import { type Finding, findings } from "../../src/commands/doctor/finding.ts";
import { report } from "../../src/commands/doctor/report.ts";

const COMMAND =
  `install -m 600 -o server-acct '/srv/a file with blanks in its name' /etc/service_runner/credentials.json`;
const MESSAGE =
  `Cannot pull the image "registry.example.com:5000/a/very/long/name/of/an/image/that/does/not/fit:1.2" ` +
  "with reasons that go on for longer than a line of a terminal is wide, and then some more";

const FOUND: readonly Finding[] = [
  findings("engine").ok("Docker 28"),
  findings("live-restore").warning("all containers end", "write it"),
  {
    ...findings("service").problem(MESSAGE, { words: "do this:", commands: [COMMAND, "true"] }),
    service: "web",
  },
  { ...findings("files").unknown("only root can see that"), service: "web" },
];

function lines(columns: number, isOfOne = false): string[] {
  return report(FOUND, { paint: NO_PAINT, columns, isOfOne }).split("\n");
}

Deno.test("report() has what is bad first, and a sum at the end that is true", () => {
  deepEqual(lines(Infinity), [
    `problem  service       web: ${MESSAGE}`,
    "                       → do this:",
    `                       → ${COMMAND}`,
    "                       → true",
    "warning  live-restore  all containers end",
    "                       → write it",
    "unknown  files         web: only root can see that",
    "ok       in order: engine",
    "",
    "1 problem, 1 warning; 1 could not be looked at",
    "",
  ]);
});

Deno.test("report() of one service names in one line what is worth a look of the machine", () => {
  const text = lines(Infinity, true);
  ok(text.includes('warning  of the machine, see "service_runner doctor": live-restore'), text.join("\n"));
  ok(text.includes(`problem  service  ${MESSAGE}`), text.join("\n"));
});

Deno.test("report() breaks lines at blanks, and what it breaks of a command can still be pasted", async () => {
  const text = lines(80);
  for (const line of text) ok(line.length <= 80 || !line.trim().slice(2).includes(" "), line);
  const words = text.join(" ").split(/\s+/);
  for (const word of MESSAGE.split(" ")) ok(words.includes(word), word);
  const from = text.findIndex((line) => line.includes("→ install"));
  const to = text.findIndex((line) => line.endsWith("→ true"));
  const pasted = text.slice(from, to).map((line) => line.replace("→", " ")).join("\n");
  deepEqual(await wordsOfShell(pasted), await wordsOfShell(COMMAND));
  equal(to - from, 3, pasted);
});

/** As a shell splits a command that is pasted. */
async function wordsOfShell(command: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", `printf '%s\\n' ${command}`] }).output();
  return new TextDecoder().decode(stdout).split("\n");
}
