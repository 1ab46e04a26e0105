/** `logs` on whole hosts, with their own journalctl and what real services have written. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Host } from "./support/host.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";

const PROGRAM = "/usr/local/bin/service_runner";
const SPLIT_LENGTH = 100_000;
const X_ROW = `${"x".repeat(SPLIT_LENGTH)}END`;

/** Says something of every kind, then waits; says "now" when /data/go is there, and again as long as it runs. */
const TALKATIVE = `echo plain
echo "<7>details"
echo "<5>reloaded"
printf 'Exception: boom\\n\\tat Foo.java:12\\n' >&2
printf '\\033[32mgreen\\033[0m\\n'
head -c ${SPLIT_LENGTH} /dev/zero | tr '\\0' x; echo END
echo spoken
trap 'exit 0' TERM
until [ -e /data/go ]; do sleep 0.1; done
while :; do echo now; sleep 0.1; done`;

const TALKATIVE_CONFIG = {
  script: TALKATIVE,
  logs: { severity: { stdout: "info", stderr: "warn" }, multiline: "^\\S" },
  monitor: {
    "check_internal_command": [
      { name: "alive", "shell_command": "echo not so well >&2; test ! -e /data/sick", frequency: 1 },
    ],
  },
};

async function untilSaid(service: ServiceUnit, text: string): Promise<void> {
  await service.untilRecord(text, ({ message }) => message === text);
}

/** A service that has said all that, and whose check has failed and passes again. */
async function talkative(host: Host): Promise<ServiceUnit> {
  const service = await ServiceUnit.create(host, TALKATIVE_CONFIG);
  await service.start();
  await untilSaid(service, "spoken");
  await service.touch("sick");
  await service.untilRecord("a failing check", ({ message }) => message.startsWith('Check "alive" fails'));
  await host.run("rm", `${service.data}/sick`);
  await service.untilRecord("a passing check", ({ message }) => message.includes("passes again"));
  return service;
}

/** The rows, without date and time. */
function bare(stdout: string): string[] {
  return stdout.trimEnd().split("\n").map((row) => row.slice("2026-11-26 14:02:11.123 ".length));
}

async function rows(host: Host, ...args: readonly string[]): Promise<string[]> {
  return bare(await host.run(PROGRAM, "logs", ...args));
}

testOnHosts("logs shows a service's records as rows", async (host) => {
  await using service = await talkative(host);
  const text = await host.run(PROGRAM, "logs", service.name, "-n", "all");
  for (const row of text.split("\n").filter((row) => row !== "" && !row.startsWith(" "))) {
    match(row, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (?:debug|notice|warn|error)? +\S/);
  }
  const shown = bare(text);
  for (
    const row of [
      "       plain",
      "debug  details",
      "notice reloaded",
      "       green",
      `       ${X_ROW}`,
      "       service: The service is ready",
      'error  monitoring: Check "alive" fails: exit code 1, expected 0  stderr="not so well"',
    ]
  ) ok(shown.includes(row), `${row.slice(0, 100)} in:\n${text.replaceAll(/x{100,}/g, "x…")}`);
  equal(shown[shown.indexOf("warn   Exception: boom") + 1], "           at Foo.java:12");
  ok(shown.some((row) => row.startsWith("       systemd: Starting ")), "what systemd says");
});

testOnHosts("logs shows what is asked for only", async (host) => {
  await using service = await talkative(host);
  const { name, unit } = service;
  deepEqual(await rows(host, unit, "-p", "warn", "--source", "container"), [
    "warn   Exception: boom",
    "           at Foo.java:12",
  ]);
  deepEqual(await rows(host, name, "-n", "1", "--grep", "^x+end$"), [`       ${X_ROW}`]);
  const monitoring = await rows(host, name, "--source", "monitoring,docker", "-n", "1", "-g", "passes again");
  match(monitoring.join("\n"), /^notice monitoring: Check "alive" passes again, after \S+ s$/);
  const ready = (await host.run("date", "+%s.%6N")).trim();
  await service.touch("go");
  await untilSaid(service, "now");
  const later = await rows(host, name, "--since", `@${ready}`, "--source=stdout");
  deepEqual([...new Set(later)], ["       now"]);
  const before = await rows(host, name, "--until", `@${ready}`, "--source=stdout", "-n", "1");
  deepEqual(before, ["       spoken"]);
});

testOnHosts("logs --json is for jq, whoever has written", async (host) => {
  await using service = await talkative(host);
  const script = `"$1" logs "$2" -n all --json | jq -r '"\\(.source) \\(.severity) \\(.message | length)"'`;
  const lines = (await host.shell(script, PROGRAM, service.name)).split("\n");
  ok(lines.includes(`docker_logs.stdout info ${X_ROW.length}`));
  ok(lines.some((line) => line.startsWith("systemd info ")));
  ok(lines.some((line) => line.startsWith("monitoring error ")));
});

testOnHosts("logs interleaves several services as they have spoken", async (host) => {
  const script = (greeting: string) =>
    `echo ${greeting}; trap 'exit 0' TERM; until [ -e /data/go ]; do sleep 0.1; done
echo again; sleep 100000 & wait`;
  await using one = await ServiceUnit.create(host, { script: script("first") });
  await using two = await ServiceUnit.create(host, { script: script("second") });
  await one.start();
  await untilSaid(one, "first");
  await two.start();
  await untilSaid(two, "second");
  await one.touch("go");
  await untilSaid(one, "again");
  await two.touch("go");
  await untilSaid(two, "again");
  deepEqual(await rows(host, one.name, two.name, "--source", "container"), [
    `${one.name}        first`,
    `${two.name}        second`,
    `${one.name}        again`,
    `${two.name}        again`,
  ]);
  const all = await rows(host, "-n", "all", "--source", "container");
  for (const { name } of [one, two]) ok(all.includes(`${name}        again`), all.join("\n"));
});

/** Reads the last line so far and the next one, which comes only then; and then nothing any more. */
const READ_TWO = `timeout 60 "$1" logs --follow --lines 1 --source stdout "$2" | {
  read -r first; echo "$first"
  touch "$3/go"
  read -r second; echo "$second"
}`;

/** Yields the exit code; "left" stands for a journalctl that has outlived it. */
const INTERRUPT = `"$1" logs --follow --lines 1 "$2" >/tmp/followed & pid=$!
until [ -s /tmp/followed ]; do sleep 0.1; done
kill -INT $pid; code=0; wait $pid || code=$?; echo $code
if pgrep --full "journalctl.*--unit=service_runner@$2" >/dev/null; then echo left; fi`;

testOnHosts(
  "logs --follow shows each line at once when piped, and ends when it is asked to",
  async (host) => {
    await using service = await talkative(host);
    const { name, data } = service;
    deepEqual(bare(await host.shell(READ_TWO, PROGRAM, name, data)), ["       spoken", "       now"]);
    await service.stop();
    deepEqual((await host.shell(INTERRUPT, PROGRAM, name)).trim().split("\n"), ["130"]);
  },
);

/** As a person at a terminal sees it. */
async function inTerminal(host: Host, args: string, ...env: readonly string[]): Promise<string> {
  const command = `${PROGRAM} logs ${args}`;
  return await host.run("env", "TERM=xterm", ...env, "script", "-qec", command, "/dev/null");
}

testOnHosts("logs is coloured in a terminal, unless NO_COLOR is set", async (host) => {
  await using service = await talkative(host);
  const colored = await inTerminal(host, `${service.name} -p warn`);
  ok(colored.includes("\x1b[33mwarn\x1b[39m   \x1b[33mException: boom\x1b[39m"), colored);
  const plain = await inTerminal(host, `${service.name} -p warn`, "NO_COLOR=1");
  match(plain, /^\d\d:\d\d:\d\d\.\d{3} warn {3}Exception: boom\r?$/m);
  ok(!plain.includes("\x1b"), plain);
});

testOnHosts("logs tells a person that it has left something out", async (host) => {
  await using service = await ServiceUnit.create(host, { script: `seq 300; ${IDLE}` });
  await service.start();
  await untilSaid(service, "300");
  const told = /^-- The last 200 lines; "-n all" shows all --\r\n/;
  match(await inTerminal(host, `${service.name} --source stdout`), told);
  ok(!told.test(await inTerminal(host, `${service.name} --source stdout -n 200`)));
  const { stdout, stderr } = await host.attempt(PROGRAM, "logs", service.name, "--source", "stdout");
  deepEqual([bare(stdout)[0], bare(stdout).length, stderr], ["       101", 200, ""]);
});

testOnHosts("logs leaves it to journalctl who may read, and knows which services there are", async (host) => {
  await using service = await talkative(host);
  const { name, unit } = service;
  const asNobody = (...args: string[]) =>
    host.attempt("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", ...args);
  const theirs = await asNobody("journalctl", "--no-pager", "--output=json", `--unit=${unit}`);
  ok(theirs.stderr !== "", "journalctl has a hint");
  const ours = await asNobody(PROGRAM, "logs", name, "-n", "all");
  ok(ours.stderr.startsWith(theirs.stderr), ours.stderr);
  deepEqual([ours.code, ours.stdout], [theirs.code, ""]);

  const typo = await host.attempt(PROGRAM, "logs", `${name}x`);
  deepEqual([typo.code, typo.stdout], [64, ""]);
  ok(typo.stderr.includes(`There is no service "${name}x"`), typo.stderr);
  ok(typo.stderr.includes(`did you mean "${name}"?`), typo.stderr);
  const since = await host.attempt(PROGRAM, "logs", name, "--since", "some day");
  deepEqual([since.code, since.stdout], [1, ""]);
  match(since.stderr, /^Failed to parse timestamp: some day$/m);
});
