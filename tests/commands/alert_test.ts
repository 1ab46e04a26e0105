import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Message } from "../../src/alerts/message.ts";
import { alertsCheck } from "../../src/commands/doctor/alerts_check.ts";
import type { AlertTarget } from "../../src/config/alert_targets.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { RecordingServer } from "../support/recording_server.ts";
import { MailServer } from "../support/smtp_server.ts";
import { inheritedEnvironment } from "../support/own_environment.ts";
import { parseRecord } from "../support/service_process.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;

/** Runs the program with this machine-wide config. */
async function run(dir: TempDir, args: readonly string[], config: string, env: Record<string, string> = {}) {
  const file = await dir.write("config.yaml", config);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, "alert", ...args],
    clearEnv: true,
    env: { ...inheritedEnvironment(), NO_COLOR: "1", "service_runner_global_config": file, ...env },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("alert --test sends one by each channel, and prints what it answers, without the URL", async () => {
  await using dir = await tempDir();
  await using server = new RecordingServer();
  server.respond = ({ path }) =>
    path === "/slack-secret" ? new Response(`no_service at ${path}`, { status: 404 }) : new Response("ok");
  const config =
    `alerts: { to: [{ webhook: "${server.url}/hook-secret" }, { slack: "${server.url}/slack-secret" }] }\n`;
  const all = await run(dir, ["--test"], config);
  equal(
    all.stdout,
    "webhook: delivered, it says: HTTP status 200 ok\nslack: not delivered: HTTP status 404: no_service at •••\n",
  );
  equal(all.code, 1);
  const message: Message = JSON.parse(
    server.requests.find(({ path }) => path === "/hook-secret")?.body ?? "",
  );
  equal(message.state, "test");
  match(message.text, /This is a test: nothing is wrong/);
  const one = await run(dir, ["--test", "webhook"], config);
  deepEqual([one.code, one.stdout], [0, "webhook: delivered, it says: HTTP status 200 ok\n"]);
  const none = await run(dir, ["--test", "ntfy"], config);
  equal(none.code, 64);
  match(none.stderr, /has no channel of the kind "ntfy", but webhook, slack/);
});

Deno.test("alert --test says which channel has a secret that can not be read, and tries the others", async () => {
  await using dir = await tempDir();
  await using server = new RecordingServer();
  const config =
    `alerts: { to: [{ webhook: "${server.url}/x" }, { slack: { url_file: gone } }], heartbeat_file: gone }\n`;
  const all = await run(dir, ["--test"], config);
  deepEqual([all.code, all.stdout], [78, "webhook: delivered, it says: HTTP status 200 ok\n"]);
  match(all.stderr, /"alerts.to\[1\].slack.url_file" names a file that can not be used/);
  match(all.stderr, /"alerts.heartbeat_file" names a file that can not be used/);
  equal((await run(dir, ["--test", "slack"], config)).code, 78);
  match((await run(dir, ["--test", "ntfy"], config)).stderr, /of the kind "ntfy", but webhook, slack\n/);
});

Deno.test("alert --test without alerts, or with a config that is no good, says so", async () => {
  await using dir = await tempDir();
  const none = await run(dir, ["--test"], "influxdb: { location: http://localhost:8086 }\n");
  equal(none.code, 78);
  match(none.stderr, /config.yaml has no "alerts.to"/);
  const broken = await run(dir, ["--test"], "alerts: { to: [{ slack: {} }] }\n");
  equal(broken.code, 78);
  match(broken.stderr, /needs "url", "url_file" or the credential "slack-url"/);
});

Deno.test("alert --ended tells of the death of the program, which the next one knows of", async (t) => {
  await using dir = await tempDir();
  await using server = new RecordingServer();
  const config = `alerts: { to: [{ webhook: "${server.url}/x" }] }\n`;
  const service = await dir.write("web.yaml", "name: web\nimage: nginx\n");
  for (
    const [result, status, expected] of [
      ["signal", "KILL", "service_runner itself was killed (SIGKILL)"],
      [
        "watchdog",
        "ABRT",
        "systemd's watchdog has ended the service: service_runner hung, or a check with " +
        '"on_failure: watchdog" fails (SIGABRT)',
      ],
      [
        "oom-kill",
        "KILL",
        "service_runner itself, or a check of it, was killed: there was no memory left for it",
      ],
      [
        "timeout",
        "KILL",
        "service_runner itself was killed: it took longer to start or stop than its unit allows (SIGKILL)",
      ],
    ] as const
  ) {
    await t.step(result, async () => {
      server.requests.length = 0;
      const env = { SERVICE_RESULT: result, EXIT_STATUS: status, STATE_DIRECTORY: `${dir.path}/${result}` };
      const { code, stdout } = await run(dir, ["--ended", service], config, env);
      equal(code, 0);
      const record = parseRecord(stdout.trim());
      deepEqual([record.severity, record.message, record.context.service], ["error", expected, "web"]);
      equal(server.requests.length, 1);
      const { service: name, state, title }: Message = JSON.parse(server.requests[0]?.body ?? "");
      deepEqual([name, state], ["web", "failing"]);
      ok(title.endsWith(`: ${expected}`), title);
      const { quiet } = JSON.parse(await Deno.readTextFile(`${dir.path}/${result}/alerts/alerts.json`));
      equal(quiet.problems.service.endedMs, null);
    });
  }
  await t.step("an end that the program has told of itself", async () => {
    server.requests.length = 0;
    for (const result of ["success", "exit-code"]) {
      const { code, stdout } = await run(dir, ["--ended", service], config, { SERVICE_RESULT: result });
      deepEqual([code, stdout], [0, ""]);
    }
    equal((await run(dir, ["--ended", service], config, {})).code, 64);
    equal(server.requests.length, 0);
  });
  await t.step("alerts: false", async () => {
    const off = await dir.write("off.yaml", "name: web\nimage: nginx\nalerts: false\n");
    server.requests.length = 0;
    equal((await run(dir, ["--ended", off], config, { SERVICE_RESULT: "signal" })).code, 0);
    equal(server.requests.length, 0);
  });
});

Deno.test("doctor asks each channel something, and sends nothing", async () => {
  await using server = new RecordingServer();
  server.respond = ({ path }) =>
    path.startsWith("/bot47:b")
      ? new Response("chat of 47:b not found", { status: 400 })
      : new Response("{}");
  await using mail = await MailServer.start({ login: { user: "me", password: "geheim-geheim" } });
  const { url } = server;
  const look = async (target: AlertTarget) => {
    const { verdict, message } = await alertsCheck(target, denoHost());
    return `${verdict} ${message}`;
  };
  const token = undefined;
  match(await look({ kind: "ntfy", name: "ntfy", url: `${url}/topic`, token, priority: "high" }), /^ok/);
  match(await look({ kind: "discord", name: "discord", url: `${url}/hook` }), /^ok/);
  match(await look({ kind: "alertmanager", name: "alertmanager", url, token: "t" }), /^ok/);
  match(await look({ kind: "slack", name: "slack", url: `${url}/secret` }), /^ok 127.0.0.1 can be reached/);
  const telegram = { chatId: "1", threadId: undefined, server: url, token: "47:b" };
  match(
    await look({ kind: "telegram", name: "telegram", ...telegram }),
    /^warning .* HTTP status 400 chat of ••• not found$/,
  );
  const email = { server: `smtp://127.0.0.1:${mail.port}`, from: "a@b", to: ["c@d"], user: "me" };
  match(await look({ kind: "email", name: "email", ...email, password: "geheim-geheim" }), /^ok/);
  const wrong = await look({ kind: "email", name: "email", ...email, password: "falsch-falsch" });
  match(wrong, /^warning it would not take a message: /);
  ok(!wrong.includes("falsch"), wrong);
  match(
    await look({ kind: "command", name: "command", argv: ["/does/not/exist"] }),
    /^warning there is no program/,
  );
  deepEqual(server.requests.map(({ method, path }) => `${method} ${path}`), [
    "GET /v1/health",
    "GET /hook",
    "GET /api/v2/status",
    "GET /bot47:b/getChat?chat_id=1",
  ]);
  deepEqual(mail.mails, []);
  await server.stop();
  match(
    await look({
      kind: "webhook",
      name: "webhook",
      url: `${url}/secret`,
      token,
      method: "POST",
      headers: {},
      body: token,
    }),
    /^warning .*refused/i,
  );
});
