/** A check that import makes of a health check passes when the command would, in the container: on a real engine. */
import { deepEqual, equal } from "node:assert/strict";
import { existsSync } from "node:fs";
// @ts-types="@types/dockerode"
import type Docker from "dockerode";
import type { Check } from "../../src/checks/check.ts";
import { buildChecks } from "../../src/checks/build_checks.ts";
import { runCheck } from "../../src/checks/run_check.ts";
import { renderConfig } from "../../src/commands/import/imported.ts";
import { loadServiceConfig } from "../../src/config/load_config.ts";
import { DockerEngine } from "../../src/engine/docker_engine.ts";
import { unixTransport } from "../../src/engine/http/unix_transport.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { COMMAND_LINES, OPTION_LINES, PAGE_LINES } from "../commands/import/health_checks.ts";
import { execInside } from "../e2e/support/container_exec.ts";
import { selfSigned } from "../support/certificate.ts";
import { ensurePrograms } from "../support/debian_packages.ts";
import { poll } from "../support/event_log.ts";
import { ServiceBed } from "../support/service_bed.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";

/** Answers a request by the shell script in the file `answer`. */
const HANDLER = `#!/bin/sh
cr=$(printf '\\r')
read -r method path _
while read -r line; do
  line=\${line%$cr}
  [ "$line" = "" ] && break
  case $line in [Hh]ost:*) host=\${line#*: };; esac
done
head() { for line; do printf '%s\\r\\n' "$line"; done; printf '\\r\\n'; }
say() { head "HTTP/1.1 $@" "Connection: close" "Content-Length: 3"; [ $method = HEAD ] || printf abc; }
. /served/answer
`;

/** What the server does, as a shell script; `say` sends a status, and further fields. */
const ANSWERS: Readonly<Record<string, string>> = {
  "is well": 'say "200 OK"',
  "has nothing": 'head "HTTP/1.1 204 No Content" "Connection: close"',
  "redirects": redirecting("302 Found", "/next", 'say "200 OK"'),
  "redirects, and says where it is": redirecting("302 Found", "http://$host/next", 'say "200 OK"'),
  "redirects to a page that is missing": redirecting("302 Found", "/next", 'say "404 Not Found"'),
  "redirects in a circle": 'say "302 Found" "Location: $path"',
  "redirects to nowhere": 'say "302 Found"',
  "has not changed": 'head "HTTP/1.1 304 Not Modified" "Connection: close"',
  "does not know the host":
    'case $host in localhost*|127.0.0.1*|0.0.0.0*|\\[::1\\]*) say "200 OK";; *) say "400 Bad Request";; esac',
  "knows localhost only": 'case $host in localhost*) say "200 OK";; *) say "400 Bad Request";; esac',
  "forbids it": 'say "403 Forbidden"',
  "misses the page": 'say "404 Not Found"',
  "answers HEAD alone": 'case $method in HEAD) say "200 OK";; *) say "405 Method Not Allowed";; esac',
  "answers GET alone": 'case $method in GET) say "200 OK";; *) say "405 Method Not Allowed";; esac',
  "answers POST alone": 'case $method in POST) say "200 OK";; *) say "405 Method Not Allowed";; esac',
  "has a defect": 'say "500 Internal Server Error"',
  "says 100 first": 'head "HTTP/1.1 100 Continue"; say "200 OK"',
  "says no length": 'head "HTTP/1.1 200 OK" "Connection: close"; [ $method = HEAD ] || printf abc',
  "sends chunks":
    'head "HTTP/1.1 200 OK" "Connection: close" "Transfer-Encoding: chunked"; [ $method = HEAD ] || printf "3\\r\\nabc\\r\\n0\\r\\n\\r\\n"',
  "ends early": 'head "HTTP/1.1 200 OK" "Connection: close" "Content-Length: 9"; printf abc',
  "closes without an answer": "",
  "speaks HTTP/1.0": 'head "HTTP/1.0 200 OK"; [ $method = HEAD ] || printf abc',
  "speaks another protocol": "echo SSH-2.0-OpenSSH_9.9",
};

/** As above, where it takes long: those that ask do so all at once. */
const SLOW_ANSWERS: Readonly<Record<string, string>> = {
  "takes its time": 'sleep 2; say "200 OK"',
  "hangs in the body": 'head "HTTP/1.1 200 OK" "Content-Length: 9"; printf abc; sleep 20',
};

function redirecting(status: string, location: string, next: string): string {
  return `case $path in /next) ${next};; *) say "${status}" "Location: ${location}";; esac`;
}

const OPTIONS = OPTION_LINES.map(([line]) => line);
/** Those that wait for so long and no longer. */
const TIMED = / -T |max-time/;
const TLS = /https/;

/** Longer than any answer takes, but that of a server that hangs. */
const TIMEOUT_S = 8;

/** Where the two differ on purpose: the server, the command, what the check does; `wget` is BusyBox's here. */
const MEANT: readonly [difference: RegExp, reason: string][] = [
  [
    /\|\| kill 1: the check fails$/,
    "such a line ends the container; here on_failure does, of a check that fails",
  ],
  [/^redirects to nowhere: wget /, "a redirect is no page; GNU's wget says so, too"],
  [/^answers (?:GET|HEAD) alone: wget .*--spider/, "BusyBox asks by GET all the same"],
  [/: wget .* -T /, "BusyBox lacks that option on Debian"],
  [/^speaks another protocol: \/usr\/bin\/wget /, "GNU takes anything at all for HTTP 0.9"],
];

interface Run {
  /** The health check's line as it is run: with BusyBox's wget, or GNU's. */
  readonly command: string;
  readonly check: Check;
}

Deno.test("an imported check passes when its health check does, whatever the server answers", async (t) => {
  await ensurePrograms([{ program: "curl", package: "curl" }, { program: "wget", package: "wget" }]);
  await using bed = await ServiceBed.create("health");
  const container = await startServer(bed);
  using transport = unixTransport(bed.engine.socketPath);
  const engine = new DockerEngine(bed.engine.socketPath, transport.send);
  const runsOf = async (lines: readonly string[]) => {
    const runs = lines.map(async (line): Promise<Run[]> => {
      const check = await importedCheck(bed, engine, ["CMD-SHELL", line]);
      // GNU's wget tries for long where it may.
      const commands = /^wget .*(?:-t ?|--tries=)1/.test(line) ? [line, `/usr/bin/${line}`] : [line];
      return commands.map((command) => ({ command, check }));
    });
    return (await Promise.all(runs)).flat();
  };
  const pages = await runsOf(PAGE_LINES.map(([line]) => line));
  const timed = await runsOf(OPTIONS.filter((line) => TIMED.test(line)));
  const others = await runsOf(OPTIONS.filter((line) => !TIMED.test(line) && !TLS.test(line)));
  for (const [answer, script] of Object.entries({ ...ANSWERS, ...SLOW_ANSWERS })) {
    await t.step(`one that ${answer}`, async () => {
      await bed.dir.write("answer", script);
      const isSlow = Object.hasOwn(SLOW_ANSWERS, answer);
      const further = isSlow ? timed : /^(?:is well|misses)/.test(answer) ? pages : [];
      const found = await differences(container, [...others, ...further], isSlow);
      deepEqual(found.filter((text) => !MEANT.some(([meant]) => meant.test(`${answer}: ${text}`))), []);
    });
  }
  await bed.dir.write("answer", ANSWERS["is well"]!);
  await t.step("one that speaks TLS, and commands of all kinds", async () => {
    const lines = [...OPTIONS.filter((line) => TLS.test(line)), ...COMMAND_LINES];
    deepEqual(await differences(container, await runsOf(lines)), []);
  });
  await t.step("commands without a shell", async () => {
    const words = ["true", "false", "sh -c false", "no-such-program", "curl -f localhost/a"];
    for (const argv of words.map((text) => text.split(" "))) {
      const check = await importedCheck(bed, engine, ["CMD", ...argv]);
      const { code } = await execInside(container, argv);
      equal((await runCheck(check, new AbortController().signal))?.ok, code === 0, argv.join(" "));
    }
  });
});

/** The lines that end in another way than their checks, with the program that runs them. */
async function differences(
  container: Docker.Container,
  runs: readonly Run[],
  atOnce = false,
): Promise<string[]> {
  const checks = [...new Set(runs.map(({ check }) => check))];
  const [theirs, ours] = await Promise.all([
    outcomes(container, runs.map(({ command }) => command), atOnce),
    passes(checks, atOnce),
  ]);
  const different = runs.filter(({ check }, at) => ours.get(check) !== theirs[at]);
  return different.map(({ command, check }) =>
    `${command}: the check ${ours.get(check) ? "passes" : "fails"}`
  );
}

async function passes(checks: readonly Check[], atOnce: boolean): Promise<Map<Check, boolean>> {
  const results = new Map<Check, boolean>();
  const run = async (check: Check) => {
    results.set(check, (await runCheck(check, new AbortController().signal))?.ok === true);
  };
  if (atOnce) await Promise.all(checks.map(run));
  else for (const check of checks) await run(check);
  return results;
}

/** A container with curl and both wgets, whose server listens wherever a line asks. */
async function startServer(bed: ServiceBed): Promise<Docker.Container> {
  await bed.dir.write("handler", HANDLER);
  await bed.dir.write("answer", "");
  await Deno.chmod(`${bed.dir.path}/handler`, 0o755);
  const ports = new Set(PAGE_LINES.map(([, , port = 80]) => port)).union(new Set([80, 8080]));
  const { cert, key } = await selfSigned(bed.dir.path, { names: "DNS:localhost", days: 30 });
  await bed.dir.write("cert", cert);
  await bed.dir.write("key", key);
  const listeners = [
    ...[...ports].map((port) => `nc -ll -p ${port} -e /served/handler &`),
    ...[443, 8443].map((port) =>
      `openssl s_server -accept ${port} -cert /served/cert -key /served/key -www -quiet &`
    ),
  ].join(" ");
  // The programs of this machine, with what they are linked with.
  const folders = ["/usr", "/lib", "/lib64"].filter((path) => existsSync(path));
  const id = await bed.engine.startContainer({
    name: bed.name,
    Image: TEST_IMAGES.base,
    Env: ["PATH=/bin:/usr/bin"],
    // A signal, as some health checks send it, is of no effect.
    Cmd: ["sh", "-c", `trap '' TERM; ${listeners} wait`],
    HostConfig: {
      Binds: [...folders.map((path) => `${path}:${path}:ro`), `${bed.dir.path}:/served`],
      // Nobody else is there to be asked.
      ExtraHosts: ["other:127.0.0.1"],
      Sysctls: { "net.ipv6.conf.all.disable_ipv6": "0" },
    },
  });
  const container = bed.engine.docker.getContainer(id);
  await poll(20_000, "the start of the servers", async () => {
    const { stdout } = await execInside(container, ["netstat", "-ltn"]);
    return [...ports, 443, 8443].every((port) => stdout.includes(`:${port} `)) || undefined;
  });
  return container;
}

/** Whether each command passes in the container, as the engine would run it. */
async function outcomes(
  container: Docker.Container,
  commands: readonly string[],
  atOnce: boolean,
): Promise<boolean[]> {
  const each = `(timeout ${TIMEOUT_S} /bin/sh -c "$1" </dev/null >/dev/null 2>&1; echo "$at $?") ${
    atOnce ? "&" : ";"
  }`;
  const script = `at=0; while [ $# -gt 0 ]; do ${each} at=$((at + 1)); shift; done; wait`;
  const { stdout } = await execInside(container, ["sh", "-c", script, "sh", ...commands]);
  const codes = new Map(stdout.trim().split("\n").map((row) => row.split(" ") as [string, string]));
  return commands.map((_, at) => codes.get(String(at)) === "0");
}

async function importedCheck(bed: ServiceBed, engine: DockerEngine, test: readonly string[]): Promise<Check> {
  const text = renderConfig({
    source: "a test",
    name: bed.name,
    image: TEST_IMAGES.base,
    pull: "never",
    flags: [],
    command: [],
    health: { Test: [...test], Timeout: TIMEOUT_S * 1e9 },
    restart: "",
    notes: [],
  });
  const host = denoHost();
  const { config } = await loadServiceConfig(await bed.dir.write(`${crypto.randomUUID()}.yaml`, text), host);
  const { Id } = (await bed.engine.inspect(bed.name))!;
  const [check] = buildChecks({
    name: bed.name,
    monitor: { ...config.monitor, checkContainerPresent: false },
    folder: "/",
    engine,
    containerId: Id,
    host,
    readProc: () => undefined,
    stop: new AbortController().signal,
  });
  return check!;
}
