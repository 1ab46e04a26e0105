/** The page by its socket, on whole hosts: who starts it, what it sees in its sandbox, how soon, and when it is gone. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import { progress } from "../support/progress.ts";
import type { Host } from "./support/host.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";

const SOCKET = "service_runner-page.socket";
const PROXY = "service_runner-page-proxy.service";
const PAGE = "service_runner-page.service";
const CONFIG = "/etc/service_runner/config.yaml";
const PASSWORD = "/run/e2e-page-password";
const UNIX_SOCKET = "/run/service_runner-page.sock";
const WAIT_MS = 60_000;
/** Within which a visitor knows of what has happened. */
const NEWS_MS = 2000;

/** The socket is there at the beginning; at the end all is as before. */
class PageOfHost implements AsyncDisposable {
  private constructor(readonly host: Host) {}

  static async open(host: Host): Promise<PageOfHost> {
    const page = new PageOfHost(host);
    await host.systemctl("enable", "--now", SOCKET);
    return page;
  }

  async request(head: string, name = "127.0.0.1:7440"): Promise<string> {
    const text = `${head} HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`;
    return await this.host.run("timeout", "30", "bash", "-euc", REQUEST, "bash", text);
  }

  async get(path: string): Promise<string> {
    return await this.request(`GET ${path}`);
  }

  /** Of the socket, the way to the page, and the page. */
  async states(): Promise<string[]> {
    return (await this.host.attempt("systemctl", "is-active", SOCKET, PROXY, PAGE)).stdout.trim().split("\n");
  }

  async configure(unit: string, dropIn: string): Promise<void> {
    await this.host.write(`/run/systemd/system/${unit}.d/test.conf`, dropIn);
    await this.host.systemctl("daemon-reload");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.shell(CLEAN_UP, SOCKET, PROXY, PAGE, CONFIG, PASSWORD);
  }
}

const CLEAN_UP = `systemctl disable --now "$1" 2>&1
systemctl stop "$2" "$3"
systemctl reset-failed "service_runner-page*"
rm -rf "$4" "$5" "/run/systemd/system/$1.d" "/run/systemd/system/$2.d" "/run/systemd/system/$3.d"
systemctl daemon-reload
`;

const REQUEST = 'exec 3<>/dev/tcp/127.0.0.1/7440; printf %s "$1" >&3; cat <&3';

/** What comes, each line with the time when it came; until somebody ends it, or nothing comes any more. */
const LISTEN = `exec 3<>/dev/tcp/127.0.0.1/7440
printf 'GET /events HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n' >&3
while IFS= read -r line <&3; do printf '%s %s\\n' "$EPOCHREALTIME" "$line"; done >"$1"`;

/** A visitor whose browser keeps the page up to date. */
class Visitor implements AsyncDisposable {
  private constructor(readonly host: Host, readonly path: string, readonly pid: string) {}

  static async come(host: Host): Promise<Visitor> {
    const path = `/run/e2e-visitor-${crypto.randomUUID().slice(0, 8)}`;
    const pid = await host.shell('setsid bash -c "$1" bash "$2" >/dev/null 2>&1 & echo $!', LISTEN, path);
    return new Visitor(host, path, pid.trim());
  }

  /** When, in milliseconds, the visitor was first told after `sinceMs` that the service is in a state of this word. */
  async isTold(name: string, word: string, sinceMs: number): Promise<number> {
    return await poll(WAIT_MS, `the news that ${name} is ${word}`, async () => {
      const { stdout } = await this.host.attempt("cat", this.path);
      const told = stdout.split("\n").map((line) => ({ line, atMs: Number(line.split(" ")[0]) * 1000 }))
        .find(({ line, atMs }) =>
          atMs >= sinceMs && line.includes(`["${name}:state",`) && isOf(line, name, word)
        );
      return told?.atMs;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.shell('kill "$1" || true; rm -f "$2"', this.pid, this.path);
  }
}

function isOf(line: string, name: string, word: string): boolean {
  const { parts } = JSON.parse(line.slice(line.indexOf("{"))) as { parts: [id: string, html: string][] };
  const [, html = ""] = parts.find(([id]) => id === `${name}:state`) ?? [];
  return html.includes(`>${word}`);
}

/** When systemd saw it fail: the service itself, which removes its container, takes its time on a busy machine. */
async function failedAt({ host, unit }: ServiceUnit): Promise<number> {
  const script =
    'date "+%s.%N" --date="$(systemctl show --timestamp=us+utc --value -p InactiveEnterTimestamp "$1")"';
  return Number(await host.shell(script, unit)) * 1000;
}

/** Runs a command; when it began and ended by the host's clock, in milliseconds. */
async function timed(host: Host, ...args: readonly string[]): Promise<{ begunMs: number; endedMs: number }> {
  const script = 'begun=$EPOCHREALTIME; "$@" >/dev/null 2>&1; echo "$begun $EPOCHREALTIME"';
  const [begun, ended] = (await host.run("bash", "-euc", script, "bash", ...args)).trim().split(" ").map(
    Number,
  );
  return { begunMs: begun! * 1000, endedMs: ended! * 1000 };
}

testOnHosts(
  "the first visitor starts the page, and some time after the last one it is gone",
  async (host) => {
    await using page = await PageOfHost.open(host);
    await using web = await ServiceUnit.create(host, { script: `echo hello; ${IDLE}` });
    await using stopped = await ServiceUnit.create(host, { script: IDLE });
    const exec =
      "/usr/lib/systemd/systemd-socket-proxyd --exit-idle-time=2s /run/service_runner-page/http.sock";
    await page.configure(PROXY, `[Service]\nExecStart=\nExecStart=${exec}\n`);
    await web.start();
    deepEqual(await page.states(), ["active", "inactive", "inactive"]);
    equal((await host.attempt("ls", "/run/service_runner-page")).code, 2);

    const first = await page.get("/");
    match(first, /^HTTP\/1\.1 200 OK\r\n/);
    match(first, new RegExp(`id="${web.name}:state"><span class="tone up">`));
    deepEqual(await page.states(), ["active", "active", "active"]);
    const { services } = JSON.parse(bodyOf(await page.get("/api/services"))) as {
      services: { name: string; state: string; container: string; unreadable: string | null }[];
    };
    const row = services.find(({ name }) => name === web.name);
    deepEqual([row?.state, row?.container, row?.unreadable], ["active", "running", null]);
    // systemd does not know it; its config does.
    equal(services.find(({ name }) => name === stopped.name)?.state, "inactive");

    match(await page.get(`/logs/${web.name}`), /^HTTP\/1\.1 403 /);
    match(await page.request("POST /"), /^HTTP\/1\.1 405 /);
    match(await page.request("GET /", "evil.example"), /^HTTP\/1\.1 421 /);
    match(await page.request("GET /", `${await host.run("hostname")}`.trim()), /^HTTP\/1\.1 200 /);
    // Nobody else gets in, past the socket that systemd keeps.
    const account = await host.attempt(
      "setpriv",
      "--reuid=nobody",
      "--clear-groups",
      "ls",
      "/run/service_runner-page",
    );
    ok(account.code !== 0, account.stdout);

    await poll(WAIT_MS, "the end of the page", async () => {
      const states = await page.states();
      return states.join() === "active,inactive,inactive" ? states : undefined;
    });
    equal((await host.show(PAGE, "Result")).Result, "success");
    equal((await host.attempt("ls", "/run/service_runner-page")).code, 2);
    match(await page.get("/"), /^HTTP\/1\.1 200 OK\r\n/);
  },
);

testOnHosts(
  "a visitor knows within two seconds of a container that was killed, and of a stop",
  async (host) => {
    await using _page = await PageOfHost.open(host);
    const dropIn = "[Service]\nRestart=no";
    await using killed = await ServiceUnit.create(host, { script: IDLE }, { dropIn });
    await using stopped = await ServiceUnit.create(host, { script: IDLE });
    await killed.start();
    await stopped.start();
    await using visitor = await Visitor.come(host);
    for (const { name } of [killed, stopped]) await visitor.isTold(name, "active", 0);

    const kill = await timed(host, "docker", "kill", killed.name);
    const toldOfKillMs = await visitor.isTold(killed.name, "failed", kill.begunMs);
    const killedMs = toldOfKillMs - await failedAt(killed);
    const stop = await timed(host, "systemctl", "stop", stopped.unit);
    const stoppedMs = await visitor.isTold(stopped.name, "inactive", stop.begunMs) - stop.endedMs;
    const start = await timed(host, "systemctl", "start", stopped.unit);
    const startedMs = await visitor.isTold(stopped.name, "active", start.begunMs) - start.endedMs;
    const afterKillMs = toldOfKillMs - kill.endedMs;
    const [failed, dead, ended, begun] = [killedMs, afterKillMs, stoppedMs, startedMs].map(Math.round);
    const told = `Debian ${host.debian}: a visitor is told that a unit has failed after ${failed} ms ` +
      `(${dead} ms after "docker kill"), that it was stopped after ${ended} ms, started after ${begun} ms`;
    progress(told);
    ok(Math.max(killedMs, stoppedMs, startedMs) <= NEWS_MS, told);
  },
);

testOnHosts(
  "logs where the config says so; a password from a credential; a socket for a web server",
  async (host) => {
    await using page = await PageOfHost.open(host);
    await using web = await ServiceUnit.create(host, { script: `echo "hello from it"; ${IDLE}` });
    await web.start();
    await web.untilRecord("the line", ({ message }) => message === "hello from it");
    await host.write(CONFIG, "page: {logs: true}\n");
    match(await page.get(`/logs/${web.name}`), /^HTTP\/1\.1 200 [\s\S]*"message":"hello from it"/);

    await host.write(PASSWORD, "let-me-in\n");
    await host.run("chmod", "600", PASSWORD);
    await page.configure(PAGE, `[Service]\nLoadCredential=page-password:${PASSWORD}\n`);
    await host.systemctl("stop", PROXY);
    match(await page.get("/"), /^HTTP\/1\.1 401 /);
    match(
      await page.request(`GET / HTTP/1.1\r\nAuthorization: Basic ${btoa("x:let-me-in")}\r\nX-Rest:`),
      /^HTTP\/1\.1 200 /,
    );

    await page.configure(
      SOCKET,
      `[Socket]\nListenStream=\nListenStream=${UNIX_SOCKET}\nSocketGroup=daemon\nSocketMode=0660\n`,
    );
    // While it is in use.
    await host.systemctl("restart", SOCKET);
    equal(await host.run("stat", "-c", "%U:%G %a", UNIX_SOCKET), "root:daemon 660\n");
    // A program that is there, and speaks HTTP by such a socket.
    const { stderr } = await host.attempt("docker", "--host", `unix://${UNIX_SOCKET}`, "ps");
    match(stderr, /This page is not served by the name/);
    ok((await host.attempt("bash", "-c", ": </dev/tcp/127.0.0.1/7440")).code !== 0);
  },
);

testOnHosts(
  "a config that is no good turns each visitor away, once; mended, the next one gets in",
  async (host) => {
    await using page = await PageOfHost.open(host);
    await host.write(CONFIG, "page: {lgos: true}\n");
    const since = (await host.run("date", "+@%s.%N")).trim();
    equal(await page.get("/").catch(() => "turned away"), "turned away");
    deepEqual(await page.states(), ["active", "inactive", "failed"]);
    const starts = (await host.messages(PAGE, `--since=${since}`)).filter((line) =>
      line.startsWith("Starting ")
    );
    equal(starts.length, 1, starts.join("\n"));
    await host.run("rm", CONFIG);
    match(await page.get("/"), /^HTTP\/1\.1 200 OK\r\n/);
  },
);

function bodyOf(response: string): string {
  return response.slice(response.indexOf("{"), response.lastIndexOf("}") + 1);
}
