import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { findRunnerConfig } from "../../src/config/runner_config.ts";
import { ConfigError } from "../../src/errors.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { tempDir } from "../support/temp_dir.ts";

/** The alerts of a machine-wide config beside which there are these files; `credentials/` is systemd's. */
async function load(text: string, files: Readonly<Record<string, string>> = {}) {
  await using dir = await tempDir();
  const file = await dir.write("config.yaml", text);
  for (const [name, content] of Object.entries(files)) await dir.write(name, content);
  const env: Record<string, string> = {
    "service_runner_global_config": file,
    CREDENTIALS_DIRECTORY: `${dir.path}/credentials`,
  };
  return (await findRunnerConfig({ ...denoHost(), env: (name) => env[name] }))?.alerts;
}

const KINDS = `alerts:
  to:
    - ntfy: https://ntfy.example/topic
    - ntfy: { url: https://ntfy.example/other, token: tk_1, priority: low }
    - slack: { url_file: slack-url }
    - discord:
    - telegram: { chat_id: -100, token_file: bot, thread_id: 7 }
    - email: { server: "smtp://mail.example:587", from: a@example, to: b@example, user: a, password: geheim1 }
    - apprise: { url: "http://apprise.example/notify/key", tag: admins }
    - alertmanager: http://am.example:9093/
    - webhook: { url: "http://hook.example/", method: PUT, headers: { X-A: b }, body: "{title}" }
    - command: [/usr/local/bin/tell, -v]
  reminder: 24h
  heartbeat: https://hc.example/uuid
`;

Deno.test("each kind of channel, with its secrets in place, in a file and as systemd's credential", async () => {
  const alerts = await load(KINDS.replace("discord:", "discord: {}"), {
    "slack-url": "https://hooks.example/slack\n",
    "bot": "4711:bot\n",
    "credentials/discord-url": "https://discord.example/hook\n",
  });
  deepEqual(alerts, {
    to: [
      {
        kind: "ntfy",
        name: "ntfy",
        url: "https://ntfy.example/topic",
        token: undefined,
        priority: "high",
      },
      { kind: "ntfy", name: "ntfy 2", url: "https://ntfy.example/other", token: "tk_1", priority: "low" },
      { kind: "slack", name: "slack", url: "https://hooks.example/slack" },
      { kind: "discord", name: "discord", url: "https://discord.example/hook" },
      {
        kind: "telegram",
        name: "telegram",
        server: "https://api.telegram.org",
        token: "4711:bot",
        chatId: "-100",
        threadId: "7",
      },
      {
        kind: "email",
        name: "email",
        server: "smtp://mail.example:587",
        from: "a@example",
        to: ["b@example"],
        user: "a",
        password: "geheim1",
      },
      { kind: "apprise", name: "apprise", url: "http://apprise.example/notify/key", tag: "admins" },
      { kind: "alertmanager", name: "alertmanager", url: "http://am.example:9093", token: undefined },
      {
        kind: "webhook",
        name: "webhook",
        url: "http://hook.example/",
        token: undefined,
        method: "PUT",
        headers: { "X-A": "b" },
        body: "{title}",
      },
      { kind: "command", name: "command", argv: ["/usr/local/bin/tell", "-v"] },
    ],
    unusable: [],
    reminderMs: 86_400_000,
    heartbeat: "https://hc.example/uuid",
  });
});

Deno.test("without the section nobody is told, with an empty one neither", async () => {
  equal(await load("influxdb: { location: http://localhost:8086 }\n"), undefined);
  equal(await load("alerts:\n"), undefined);
  deepEqual((await load("alerts: {}\n"))?.to, []);
});

Deno.test("all that is wrong is said at once, and no secret with it", async () => {
  const text = `alerts:
  to:
    - slack: { url_file: nowhere }
    - telegram: { chat_id: 1 }
    - ntfy: { url: "ntfy.example/secret-topic" }
`;
  await rejects(load(text, { nowhere: "https://hooks.example/x" }), (error: Error) => {
    ok(error instanceof ConfigError);
    match(error.message, /"alerts.to\[1\].telegram" needs "token", "token_file" or the credential/);
    match(error.message, /"alerts.to\[2\].ntfy.url" must be a URL that begins with http/);
    ok(!error.message.includes("secret-topic"), error.message);
    return true;
  });
  await rejects(load(text), /"alerts.to\[0\].slack.url_file" names a file that can not be used/);
});

Deno.test("a secret that can not be read costs its channel, and no other one", async () => {
  const alerts = await load(
    "alerts: { to: [{ slack: { url_file: nowhere } }, { ntfy: https://n.example/topic }] }\n",
  );
  deepEqual(alerts?.to.map(({ name }) => name), ["ntfy"]);
  deepEqual(alerts?.unusable.map(({ path }) => path.join(".")), ["alerts.to.0.slack.url_file"]);
});

Deno.test("a credential is of one channel, not of all of its kind", async () => {
  const alerts = await load(
    "alerts: { to: [{ ntfy: https://a.example/x }, { ntfy: https://b.example/x }] }\n",
    {
      "credentials/ntfy-token": "tk_first",
      "credentials/ntfy-2-token": "tk_second",
    },
  );
  deepEqual(alerts?.to.map((target) => "token" in target && target.token), ["tk_first", "tk_second"]);
});

Deno.test("what would only fail later is refused", async () => {
  for (
    const [channel, reason] of [
      ["ntfy: https://ntfy.sh", /ntfy\.url" must end with the name of a topic/],
      ["ntfy: https://ntfy.sh/topic?auth=x", /ntfy\.url" must end with the name of a topic/],
      [
        "telegram: { chat_id: 1, token: t, thread_id: general }",
        /thread_id" must be a number, got "\*{7}"/,
      ],
      [
        "email: { server: 'smtps://me:geheim@mail.example', from: a@b, to: c@d }",
        /server" must not hold who logs in: that is "user" and "password"/,
      ],
      ["email: { server: 'smtp://m', from: a, to: c@d }", /from" must be a mail address, got/],
      [
        "email: { server: 'smtp://m', from: a@b, to: c@d, user: me }",
        /user" needs "password", and the other/,
      ],
      ["alertmanager: 'http://am.example/?x=y'", /url" must be that of the server, without a query/],
      [
        "webhook: { url: 'http://h.example/', method: GET, body: x }",
        /body" can not be sent by the method "GET"/,
      ],
      ["command: ['']", /command" must begin with the path of a program/],
      ["teams: https://x.example/", /alerts\.to\[0\]" must have one key: ntfy, slack, discord, /],
    ] as const
  ) await rejects(load(`alerts: { to: [{ ${channel} }] }\n`), reason);
  await rejects(load("alerts: { to: [], reminder: 1m }\n"), /reminder" must be at least 5m, or 0s for never/);
  equal((await load("alerts: { to: [], reminder: 0s }\n"))?.reminderMs, undefined);
});
