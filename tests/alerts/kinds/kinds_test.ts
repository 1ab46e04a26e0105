/** Each kind of channel against a server that writes down what it gets. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { requestOf, verdictOf } from "../../../src/alerts/kinds/kinds.ts";
import type { Message } from "../../../src/alerts/message.ts";
import { send } from "../../../src/alerts/send.ts";
import type { AlertTarget } from "../../../src/config/alert_targets.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import { RawServer } from "../../checks/http/raw_server.ts";
import { RecordingServer } from "../../support/recording_server.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { testMessage } from "../test_message.ts";

const NOW_MS = Date.parse("2026-11-26T03:12:15Z");

async function deliver(message: Message, target: AlertTarget) {
  const answer = await send(requestOf(message, target), denoHost(), new AbortController().signal);
  return { answer, verdict: verdictOf(answer, target, NOW_MS) };
}

/** What the server gets of a message, and what its answer means. */
async function ask(
  target: (url: string) => AlertTarget,
  message: Message = testMessage(),
  response: () => Response = () => new Response("ok"),
) {
  await using server = new RecordingServer();
  server.respond = response;
  const { verdict } = await deliver(message, target(server.url));
  const [request] = server.requests;
  ok(request, "nothing was asked");
  const { method, path, headers, body } = request;
  return { verdict, line: `${method} ${path}`, headers, body, json: () => JSON.parse(body) };
}

const ntfy = (url: string): AlertTarget =>
  ({ kind: "ntfy", name: "ntfy", url: `${url}/topic`, token: "tk_1", priority: "urgent" }) as const;
const slack = (url: string): AlertTarget => ({ kind: "slack", name: "slack", url: `${url}/services/x` });
const discord = (url: string): AlertTarget => ({ kind: "discord", name: "discord", url: `${url}/hook` });
const telegram = (server: string): AlertTarget =>
  ({ kind: "telegram", name: "telegram", server, token: "47:b", chatId: "-100", threadId: "7" }) as const;
const apprise = (url: string): AlertTarget =>
  ({ kind: "apprise", name: "apprise", url: `${url}/notify/key`, tag: "admins" }) as const;
const alertmanager = (url: string): AlertTarget =>
  ({ kind: "alertmanager", name: "alertmanager", url, token: undefined }) as const;
const webhook = ({ path = "/hook?a=b", ...more }: {
  path?: string;
  body?: string;
  method?: string;
  headers?: Record<string, string>;
} = {}) =>
(url: string): AlertTarget => ({
  kind: "webhook",
  name: "webhook",
  url: `${url}${path}`,
  token: "t",
  method: "POST",
  headers: {},
  body: undefined,
  ...more,
});

Deno.test("ntfy: JSON to the root of the server, loud only where something is wrong", async () => {
  const { title, text } = testMessage();
  const failing = await ask(ntfy);
  equal(failing.line, "POST /");
  equal(failing.headers.get("Authorization"), "Bearer tk_1");
  deepEqual(failing.json(), { topic: "topic", title, message: text, priority: 5, tags: ["rotating_light"] });
  deepEqual(failing.verdict, { kind: "delivered" });
  const over = (await ask(ntfy, testMessage({ state: "over" }))).json();
  deepEqual([over.priority, over.tags], [3, ["white_check_mark"]]);
  const { message } = (await ask(ntfy, testMessage({ text: "ä".repeat(5000) }))).json();
  ok(new TextEncoder().encode(message).length <= 4096 && /^ä+…$/.test(message), "cut between characters");
});

Deno.test("slack: what others have written is neither a link nor a mention", async () => {
  const { line, json, verdict } = await ask(slack, testMessage({ title: "a <!channel> & b" }));
  equal(line, "POST /services/x");
  const { text, attachments: [attachment] } = json();
  equal(text, "a &lt;!channel&gt; &amp; b");
  match(attachment.text, /&lt;a href="x"&gt;&amp; \*lines\*/);
  deepEqual([attachment.color, attachment.mrkdwn_in], ["danger", []]);
  equal(verdict.kind, "delivered");
});

Deno.test("discord: in a fence, nobody is called, and 429 says when", async () => {
  const limited = () => Response.json({ message: "slow", "retry_after": 1.5 }, { status: 429 });
  const { line, json, verdict } = await ask(discord, testMessage({ title: "@here *x*" }), limited);
  equal(line, "POST /hook");
  const { content, embeds: [{ description, color }], allowed_mentions: mentions } = json();
  equal(content, "\\@here \\*x\\*");
  match(description, /^```\nCheck [^]*\*lines\*'''\n```$/);
  deepEqual([color, mentions], [0xd3302f, { parse: [] }]);
  deepEqual(verdict, { kind: "away", reason: "HTTP status 429", waitMs: 1500 });
  const long = (await ask(discord, testMessage({ text: "x".repeat(9000) }))).json();
  ok(long.embeds[0].description.length <= 4096);
  const gone = () => new Response(null, { status: 204 });
  equal((await ask(discord, testMessage(), gone)).verdict.kind, "delivered");
});

Deno.test("telegram: plain text, the topic, and what its refusals mean", async () => {
  const { line, json } = await ask(telegram);
  equal(line, "POST /bot47:b/sendMessage");
  const { title, text } = testMessage();
  deepEqual(json(), {
    "chat_id": "-100",
    "message_thread_id": 7,
    text: `${title}\n\n${text}`,
    "link_preview_options": { "is_disabled": true },
  });
  const said = (status: number, content: unknown) => () => Response.json(content, { status });
  const verdict = async (respond: () => Response) =>
    (await ask(telegram, testMessage({ text: "x".repeat(9000) }), respond)).verdict;
  const limited = await verdict(said(429, { ok: false, parameters: { "retry_after": 35 } }));
  deepEqual([limited.kind, "waitMs" in limited && limited.waitMs], ["away", 35_000]);
  const noChat = await verdict(said(400, { ok: false, description: "Bad Request: chat not found" }));
  equal(noChat.kind, "refused");
  equal((await verdict(said(400, { ok: false, description: "Bad Request: empty" }))).kind, "dropped");
  equal((await verdict(said(401, { ok: false }))).kind, "refused");
});

Deno.test("apprise: the kind of news, and the services behind a key", async () => {
  const { line, json } = await ask(apprise);
  equal(line, "POST /notify/key");
  const { title, text } = testMessage();
  deepEqual(json(), { title, body: text, type: "failure", format: "text", tag: "admins" });
  const empty = () => new Response(null, { status: 204 });
  equal((await ask(apprise, testMessage(), empty)).verdict.kind, "refused");
  // Some of the services have got it: it is not sent to them again and again.
  const some =
    (await ask(apprise, testMessage(), () => new Response("mail failed", { status: 424 }))).verdict;
  deepEqual(some, { kind: "delivered", remark: "HTTP status 424: mail failed" });
});

Deno.test("alertmanager: a problem lasts until its end is told", async () => {
  const { line, json } = await ask(alertmanager);
  equal(line, "POST /api/v2/alerts");
  const { text, items: [item] } = testMessage();
  ok(item);
  const alert = {
    labels: {
      alertname: "ServiceProblem",
      service: "web",
      instance: "den",
      problem: item.problem,
      severity: "critical",
    },
    annotations: { summary: item.what, description: text },
    startsAt: item.since,
    endsAt: "2026-12-03T03:12:15.000Z",
  };
  deepEqual(json(), [alert]);
  const until = "2026-11-26T03:12:14.000Z";
  const over = testMessage({ state: "over", items: [{ ...item, state: "over", until }] });
  deepEqual((await ask(alertmanager, over)).json(), [{ ...alert, endsAt: until }]);
});

Deno.test("webhook: our own JSON, or a body of the user's", async () => {
  const own = await ask(webhook());
  equal(own.line, "POST /hook?a=b");
  deepEqual(own.json(), testMessage());
  equal(own.headers.get("Content-Type"), "application/json");
  equal(own.headers.get("Authorization"), "Bearer t");
  const filled = await ask(webhook({ body: '{"m": "{title}", "n": "{n}"}', method: "PUT" }));
  deepEqual([filled.line, filled.body], [
    "PUT /hook?a=b",
    `{"m": "web on den: check \\"http /\\" fails: status 500", "n": "{n}"}`,
  ]);
  // Only what is JSON with something in place of the placeholders is taken for it.
  const words = await ask(webhook({ body: "[{service}] {title}" }));
  deepEqual([words.body, words.headers.get("Content-Type")], [
    '[web] web on den: check "http /" fails: status 500',
    "text/plain; charset=utf-8",
  ]);
  const form = await ask(
    webhook({ body: "message={title}", headers: { "Content-Type": "application/x-www-form-urlencoded" } }),
  );
  equal(new URLSearchParams(form.body).get("message"), testMessage().title);
  const plain = await ask(webhook({ body: "{service}@{host} {state}", headers: { "X-Key": "k" } }));
  deepEqual([plain.body, plain.headers.get("X-Key")], ["web@den failing", "k"]);
  match(plain.headers.get("Content-Type") ?? "", /^text\/plain/);
  const get = await ask(webhook({ method: "GET", path: "/say?t={title}&h={host}" }));
  equal(get.body, "");
  const asked = new URL(`http://x${get.line.replace("GET ", "")}`).searchParams;
  deepEqual([asked.get("t"), asked.get("h")], [testMessage().title, "den"]);
});

Deno.test("what the usual answers of a server mean", async () => {
  const means = async (status: number, headers = {}) =>
    (await ask(webhook(), testMessage(), () => new Response("why", { status, headers }))).verdict;
  deepEqual(await means(429, { "Retry-After": "120" }), {
    kind: "away",
    reason: "HTTP status 429: why",
    waitMs: 120_000,
  });
  const date = new Date(NOW_MS + 5000).toUTCString();
  deepEqual(await means(503, { "Retry-After": date }), {
    kind: "away",
    reason: "HTTP status 503: why",
    waitMs: 5000,
  });
  deepEqual(await means(401), { kind: "refused", reason: "HTTP status 401: why" });
  deepEqual(await means(302, { Location: "/other" }), {
    kind: "refused",
    reason: "HTTP status 302: it leads to /other",
  });
  deepEqual(await means(413), { kind: "dropped", reason: "HTTP status 413: why" });
});

Deno.test("what has been taken is delivered, also where the answer is broken off", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
  await using server = new RawServer({ answer: () => [head], ending: "closes" });
  const { verdict } = await deliver(testMessage(), slack(`http://127.0.0.1:${server.port}`));
  deepEqual(verdict, { kind: "delivered" });
});

Deno.test("no wait that a server asks for by a mistake is one without an end, or none at all", async () => {
  const limited = (text: string) => () => new Response(text, { status: 429 });
  const { verdict } = await ask(discord, testMessage(), limited('{"retry_after": 1.2.3}'));
  equal(verdict.kind === "away" && verdict.waitMs, 1200);
});

Deno.test("nobody calls others by what a container writes", async () => {
  const { json } = await ask(slack, testMessage({ title: "@channel <!here>", text: "@everyone" }));
  const { text, attachments: [attachment] } = json();
  deepEqual([text, attachment.text], ["@\u200bchannel &lt;!here&gt;", "@\u200beveryone"]);
});

Deno.test("of a thousand problems Alertmanager gets each with a text of bounded length", async () => {
  const [item] = testMessage().items;
  const items = Array.from({ length: 1000 }, (_, index) => ({ ...item!, problem: String(index) }));
  const { body } = await ask(alertmanager, testMessage({ items, text: "x".repeat(100_000) }));
  ok(body.length < 2_000_000, `${body.length} bytes`);
});

Deno.test("nobody listens: that is said, and no more", async () => {
  const server = new RecordingServer();
  await server.stop();
  const { answer, verdict } = await deliver(testMessage(), slack(server.url));
  equal(verdict.kind, "away");
  match("reason" in answer ? answer.reason : "", /refused/i);
});

Deno.test("command: the JSON on standard input; what it says is shown where it fails", async () => {
  await using dir = await tempDir();
  const command = (script: string): AlertTarget =>
    ({ kind: "command", name: "command", argv: ["sh", "-c", script, "sh", `${dir.path}/got`] }) as const;
  equal((await deliver(testMessage(), command('cat >"$1"'))).verdict.kind, "delivered");
  deepEqual(JSON.parse(await Deno.readTextFile(`${dir.path}/got`)), testMessage());
  deepEqual((await deliver(testMessage(), command("echo no gateway >&2; exit 3"))).verdict, {
    kind: "away",
    reason: "exit code 3: no gateway",
  });
  const missing = { kind: "command", name: "command", argv: ["/does/not/exist"] } as const;
  equal((await deliver(testMessage(), missing)).verdict.kind, "away");
});
