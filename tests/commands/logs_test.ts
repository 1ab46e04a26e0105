/** `service_runner logs` with a journalctl that prints what was recorded; with the real one: `e2e/logs_test.ts`. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { type StandInJournal, standInJournalctl } from "../support/stand_in_journalctl.ts";
import { standInSystemctl } from "../support/stand_in_systemctl.ts";
import { tempDir } from "../support/temp_dir.ts";
import { entryOf, RECORDED_ENTRIES } from "./logs/journal_entries.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;

/** Runs `logs` on a machine with the services web, shop and rec. */
async function run(journal: StandInJournal, ...args: string[]) {
  await using dir = await tempDir();
  await standInSystemctl(dir, [{ name: "web" }, { name: "shop" }, { name: "rec" }]);
  const asked = await standInJournalctl(dir, journal);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, "logs", ...args],
    env: { PATH: `${dir.path}/bin:${Deno.env.get("PATH")}`, TZ: "Asia/Kolkata" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr), asked: await asked() };
}

const numbered = Array.from({ length: 300 }, (_, index) => entryOf({ message: `line ${index}` }));

Deno.test("logs shows a service's life in rows, in local time, plain when piped", async () => {
  const { code, stdout, stderr } = await run({ entries: RECORDED_ENTRIES }, "rec");
  deepEqual([code, stderr], [0, ""]);
  // Time zones with half an hour are those that are forgotten.
  match(stdout, /^2026-11-26 14:28:04\.554 {8}systemd: Starting service_runner@rec\.service/);
  match(stdout, /^2026-11-26 14:28:05\.268 notice config reloaded$/m);
  match(stdout, /boom\n {35}at com\.example\.Foo/);
  match(
    stdout,
    /^2026-11-26 14:28:06\.968 error {2}monitoring: Check "alive" fails: .* stderr="not so well"$/m,
  );
  ok(!stdout.includes("\x1b"), "no colours");
});

Deno.test("logs --json prints nothing but records, those of systemd too", async () => {
  const { stdout } = await run({ entries: ["-- No entries --", ...RECORDED_ENTRIES] }, "rec", "--json");
  const lines = stdout.trimEnd().split("\n");
  equal(lines.length, RECORDED_ENTRIES.length);
  const fields = ["timestamp", "severity", "source", "message", "data", "context", "exception"];
  for (const line of lines) deepEqual(Object.keys(JSON.parse(line)), fields);
  equal(JSON.parse(lines[0]!).source, "systemd");
});

Deno.test("logs shows the last rows that match, in their order", async () => {
  const messages = (stdout: string) =>
    stdout.split("\n").filter((row) => row !== "").map((row) => row.slice(31));
  const lines = (await run({ entries: numbered }, "web")).stdout.trimEnd().split("\n");
  equal(lines.length, 200);
  match(lines[0]!, /line 100$/);
  deepEqual(messages((await run({ entries: numbered }, "web", "-n", "2")).stdout), ["line 298", "line 299"]);
  const grepped = await run({ entries: numbered }, "web", "-n", "3", "--grep", "line .*5$");
  deepEqual(messages(grepped.stdout), ["line 275", "line 285", "line 295"]);
  equal((await run({ entries: numbered }, "web", "-n", "all")).stdout.trimEnd().split("\n").length, 300);
  const parts = [1, 2, 3].map((part) => entryOf({ message: `<${part}>`, data: { part, parts: 3 } }));
  const split = await run({ entries: [...numbered, ...parts] }, "web", "-n", "2");
  deepEqual(messages(split.stdout), ["line 299", "<1><2><3>"]);
});

Deno.test("logs asks journalctl for what it can tell by itself", async () => {
  const { asked } = await run(
    { entries: numbered },
    "web",
    "service_runner@shop.service",
    "-p",
    "error",
    "-f",
  );
  const [backward = "", follow = ""] = asked;
  match(
    backward,
    /--unit=service_runner@web\.service --unit=service_runner@shop\.service .*--reverse --priority=err/,
  );
  match(follow, /--follow --no-tail --quiet --priority=err --after-cursor=s=line 299$/);
  for (const since of [["--since", "-1h"], ["-S", "-1h"], ["--since=-1h"]]) {
    match((await run({ entries: numbered }, "web", ...since)).asked[0] ?? "", /--since=-1h$/);
  }
  const [all = ""] = (await run({ entries: numbered }, "-n", "1")).asked;
  for (const name of ["web", "shop", "rec"]) ok(all.includes(`--unit=service_runner@${name}.service`), all);
});

Deno.test("logs passes on what journalctl says, and its exit code", async () => {
  const { code, stdout, stderr } = await run({
    entries: [],
    hint: "Failed to parse timestamp: \x1b[2Jx\n",
    code: 1,
  }, "web");
  deepEqual([code, stdout, stderr], [1, "", "Failed to parse timestamp:  [2Jx\n"]);
  const nothing = await run({ entries: [] }, "web");
  deepEqual([nothing.code, nothing.stdout, nothing.stderr], [0, "", "-- No entries --\n"]);
});

Deno.test("logs knows no service that neither systemd nor the journal knows", async () => {
  const typo = await run({ entries: [] }, "wbe");
  deepEqual([typo.code, typo.stdout], [64, ""]);
  match(typo.stderr, /There is no service "wbe": .* did you mean "web"\?/);
  match((await run({ entries: [] }, "unlike")).stderr, /there are rec, shop, web\n$/);
  // One that is gone, but of which the journal has something.
  equal((await run({ entries: numbered }, "gone")).code, 0);
});

Deno.test("logs ends quietly when nobody reads any more", async () => {
  await using dir = await tempDir();
  await standInSystemctl(dir, [{ name: "web" }]);
  // More than fits into a pipe.
  await standInJournalctl(dir, { entries: Array.from({ length: 20_000 }, () => numbered[0]!) });
  const script = `"$@" logs web -n all | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", Deno.execPath(), "run", "--allow-all", MAIN],
    env: { PATH: `${dir.path}/bin:${Deno.env.get("PATH")}` },
  }).output();
  equal(new TextDecoder().decode(stderr), "");
  match(new TextDecoder().decode(stdout), /^.* line 0\n0\n$/);
});

Deno.test("logs ends with a pattern that takes for ever, instead of being deaf to Ctrl-C", async () => {
  const entries = [entryOf({ message: "a".repeat(50) })];
  const { code, stderr } = await run({ entries }, "web", "--grep", "(a*)*b");
  deepEqual([code, stderr], [
    69,
    "service_runner logs: Cannot read the journal: --grep takes more than 1 s for a message of 50 characters; " +
    "try a simpler pattern\n",
  ]);
});

Deno.test("logs lets journalctl wait for a slow reader", async () => {
  const entries = Array.from({ length: 20_000 }, () => numbered[0]!);
  await using dir = await tempDir();
  await standInSystemctl(dir, [{ name: "web" }]);
  await standInJournalctl(dir, { entries });
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, "logs", "web", "-n", "all"],
    env: { PATH: `${dir.path}/bin:${Deno.env.get("PATH")}` },
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  // Meanwhile another one reads all of it.
  equal((await run({ entries }, "web", "-n", "all")).stdout.split("\n").length, entries.length + 1);
  await rejects(Deno.stat(`${dir.path}/bin/done`), Deno.errors.NotFound);
  while (!(await reader.read()).done);
  equal((await child.status).code, 0);
  ok(await Deno.stat(`${dir.path}/bin/done`));
});

Deno.test("logs says that there is no journalctl, and what is wrong with the command line", async () => {
  const logs = async (...args: string[]) => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", MAIN, "logs", ...args],
      env: { PATH: "/nonexistent" },
    });
    const { code, stderr } = await command.output();
    return [code, new TextDecoder().decode(stderr)] as const;
  };
  deepEqual(await logs("web"), [
    69,
    "service_runner logs: Cannot read the journal: there is no journalctl\n",
  ]);
  equal((await logs())[0], 64);
  const [code, stderr] = await logs("web", "--source", "montoring");
  equal(code, 64);
  match(stderr, /did you mean "monitoring"\?\nTry "service_runner logs --help"/);
});
