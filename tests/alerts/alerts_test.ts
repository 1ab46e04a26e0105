/** From records of the log to a channel, over several processes of one service. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { channelKey } from "../../src/alerts/alert_state.ts";
import { openAlerts } from "../../src/alerts/alerts.ts";
import type { Message } from "../../src/alerts/message.ts";
import { silencePath, silenceText } from "../../src/alerts/silence.ts";
import type { AlertKind } from "../../src/config/service_alerts.ts";
import type { AlertsConfig, AlertTarget } from "../../src/config/alert_targets.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import type { Host } from "../../src/host/host.ts";
import { checkProblem, FAILURE, type LogEntry, READY } from "../../src/logging/log_record.ts";
import { RecordingServer } from "../support/recording_server.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const CHECK = checkProblem("check_http", "http /");
const FAILS: LogEntry = {
  severity: "error",
  source: "monitoring",
  message: 'Check "http /" fails: status 500',
  event: { begins: CHECK },
};
const PASSES: LogEntry = {
  severity: "notice",
  source: "monitoring",
  message: 'Check "http /" passes again, after 3 s',
  event: { ends: CHECK, what: 'Check "http /" passes again' },
};
const IS_READY: LogEntry = { ...READY, source: "service", message: "The service is ready" };

function ended(exitCode: number, lines: readonly string[] = []): LogEntry {
  const message = `The container has ended by itself: exit code ${exitCode}`;
  return { ...FAILURE, source: "service", message, data: { "exit_code": exitCode, "last_lines": lines } };
}

/** One service and its channel; each `open` is a process. */
class Bed implements AsyncDisposable {
  readonly server = new RecordingServer();
  readonly records: LogEntry[] = [];

  private constructor(readonly dir: TempDir) {}

  static async create(): Promise<Bed> {
    const bed = new Bed(await tempDir());
    await Deno.mkdir(bed.stateFolder, { recursive: true });
    return bed;
  }

  get stateFolder(): string {
    return `${this.dir.path}/service_runner/web`;
  }

  get hook(): AlertTarget {
    const url = `${this.server.url}/hook-secret`;
    return {
      kind: "webhook",
      name: "webhook",
      url,
      token: undefined,
      method: "POST",
      headers: {},
      body: undefined,
    };
  }

  async open(
    { host, environment = [], after: afterMs = 0, to, kinds, ...config }:
      & { host?: Partial<Host>; environment?: string[]; after?: number; kinds?: AlertKind[] }
      & Partial<AlertsConfig> = {},
  ) {
    const targets = to ?? [this.hook];
    return await openAlerts({
      config: { to: targets, unusable: [], reminderMs: undefined, heartbeat: undefined, ...config },
      service: { afterMs, to: kinds },
      speaker: { service: "web", instance: "web-unit", host: "den" },
      stateFolder: this.stateFolder,
      environment,
      host: { ...denoHost(), ...host },
      logger: { log: (entry) => void this.records.push(entry) },
    });
  }

  /** What has arrived, each as `state what | what`. */
  get heard(): string[] {
    return this.messages.map(({ state, items }) => `${state} ${items.map(({ what }) => what).join(" | ")}`);
  }

  get messages(): Message[] {
    return this.server.requests.map(({ body }) => JSON.parse(body));
  }

  get told(): string[] {
    return this.records.map(({ severity, message }) => `${severity} ${message}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.dir[Symbol.asyncDispose]();
  }
}

Deno.test("the end of a service is told before the process ends, and by the next one that it is ready again", async () => {
  await using bed = await Bed.create();
  const first = await bed.open();
  first.accept(ended(3, ["one", "two"]));
  await first.close("end");
  deepEqual(bed.heard, ["failing The container has ended by itself: exit code 3"]);
  const second = await bed.open();
  second.accept(IS_READY);
  await bed.server.until(2);
  match(bed.heard[1] ?? "", /^over The service is ready again, after \d s$/);
  await second.close("none");
  deepEqual(bed.records, []);
  const { mode } = await Deno.stat(`${bed.stateFolder}/alerts/alerts.json`);
  equal((mode ?? 0) & 0o777, 0o600);
});

Deno.test("the text says what, since when, where to look, and the last lines", async () => {
  await using bed = await Bed.create();
  const alerts = await bed.open();
  alerts.accept(ended(3, Array.from({ length: 20 }, (_, index) => `line ${index}\x1b[31m`)));
  await alerts.close("end");
  const [{ title, text } = { title: "", text: "" }] = bed.messages;
  equal(title, "web on den: The container has ended by itself: exit code 3");
  const lines = text.split("\n");
  equal(lines[0], "The container has ended by itself: exit code 3");
  match(lines[1] ?? "", /^since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
  deepEqual(lines.slice(2, 9), [
    "",
    "On den:",
    "service_runner doctor web-unit",
    "service_runner logs web-unit",
    "journalctl -u service_runner@web-unit -n 100",
    "",
    "Its last lines:",
  ]);
  deepEqual(lines.slice(9), Array.from({ length: 10 }, (_, index) => `line ${index + 10} [31m`));
});

Deno.test("no secret is told: of the environment, of channels, in URLs", async () => {
  await using bed = await Bed.create();
  const alerts = await bed.open({ environment: ["PASSWORD=geheim=99", "MODE=prod"] });
  alerts.accept(ended(1, [
    "login with geheim=99 failed in prod",
    "GET https://user:pw123@db.example/?key=abc",
    `POST ${bed.server.url}/hook-secret`,
  ]));
  await alerts.close("end");
  const [{ body } = { body: "" }] = bed.server.requests;
  for (const secret of ["geheim", "pw123", "=abc", "hook-secret"]) {
    ok(!body.includes(secret), `${secret} in ${body}`);
  }
  match(body, /login with ••• failed in prod/);
});

Deno.test("what was not told by a stop that was asked for is told to nobody", async () => {
  await using bed = await Bed.create();
  const first = await bed.open();
  first.accept(FAILS);
  await first.close("none");
  const { quiet } = JSON.parse(await Deno.readTextFile(`${bed.stateFolder}/alerts/alerts.json`));
  deepEqual(quiet.problems, {}, "the next process would tell it");
  const second = await bed.open();
  second.accept(IS_READY);
  await second.close("none");
  deepEqual(bed.heard, []);
});

Deno.test("a channel that is away, with a restart in between: each problem once, its end once, in order", async () => {
  await using bed = await Bed.create();
  await bed.server.stop();
  const first = await bed.open();
  first.accept(ended(1));
  await first.close("end");
  equal(bed.records.length, 1, bed.told.join("\n"));
  match(bed.told[0] ?? "", /^warn Alerts can not be delivered by webhook, they wait: .*refused/i);
  ok(!bed.told[0]?.includes("hook-secret"));
  const second = await bed.open();
  second.accept(IS_READY);
  second.accept(FAILS);
  second.accept(PASSES);
  bed.server.start();
  await bed.server.until(3);
  await second.close("none");
  deepEqual(bed.heard.map((text) => text.replace(/\d+ s/g, "n s")), [
    "failing The container has ended by itself: exit code 1",
    "over The service is ready again, after n s",
    'over Over after n s: Check "http /" fails: status 500',
  ]);
});

Deno.test("Retry-After is obeyed, also by the next process", async () => {
  await using bed = await Bed.create();
  bed.server.respond = () =>
    bed.server.requests.length === 1
      ? new Response("slow down", { status: 429, headers: { "Retry-After": "3" } })
      : new Response("ok");
  const first = await bed.open();
  first.accept(ended(1));
  await first.close("end");
  const second = await bed.open();
  await bed.server.until(2);
  const [before, after] = bed.server.requests;
  const waitedMs = (after?.atMs ?? 0) - (before?.atMs ?? 0);
  ok(waitedMs >= 2900 && waitedMs < 8000, `after ${waitedMs} ms`);
  await second.close("none");
  equal(new Set(bed.messages.map(({ id }) => id)).size, 1, "one message, sent twice");
});

Deno.test("a wrong token: one record, without the URL, and what is to be told waits", async () => {
  await using bed = await Bed.create();
  bed.server.respond = ({ path }) => new Response(`no hook at ${path}`, { status: 403 });
  const alerts = await bed.open();
  for (const entry of [FAILS, PASSES, FAILS, PASSES]) alerts.accept(entry);
  await bed.server.until(1);
  await alerts.close("end");
  equal(bed.server.requests.length, 1, "nobody insists");
  deepEqual(bed.told, [
    "error Alerts can not be delivered by webhook, they wait, until it is put right in the machine-wide config: " +
    "HTTP status 403: no hook at •••",
  ]);
  const { waiting } = JSON.parse(await Deno.readTextFile(`${bed.stateFolder}/alerts/alerts.json`));
  equal(waiting.webhook.messages.length, 2);
});

Deno.test("a channel that hangs holds up the end of a service for five seconds at most", async () => {
  await using bed = await Bed.create();
  const hanging = Promise.withResolvers<void>();
  bed.server.respond = () => hanging.promise.then(() => new Response("ok"));
  const alerts = await bed.open();
  const beganMs = performance.now();
  alerts.accept(ended(1));
  ok(performance.now() - beganMs < 1000, "nobody waits for it");
  await alerts.close("end");
  const tookMs = performance.now() - beganMs;
  ok(tookMs > 4500 && tookMs < 9000, `took ${tookMs} ms`);
  hanging.resolve();
  deepEqual(
    bed.told,
    ["notice Alerts by webhook wait for the next start: 1"],
    "it is no trouble of the channel",
  );
  const again = await bed.open();
  await bed.server.until(2);
  await again.close("none");
});

Deno.test("a message that is not taken is given up, the next one goes out", async () => {
  await using bed = await Bed.create();
  bed.server.respond = () => new Response("", { status: bed.server.requests.length === 1 ? 413 : 200 });
  const alerts = await bed.open();
  alerts.accept(FAILS);
  alerts.accept(PASSES);
  await bed.server.until(1);
  alerts.accept(FAILS);
  alerts.accept(PASSES);
  await bed.server.until(2);
  await alerts.close("none");
  deepEqual(bed.told, ["error An alert by webhook is not taken, and given up: HTTP status 413"]);
});

Deno.test("a check that failed before a restart and passes after it: its end is told", async () => {
  await using bed = await Bed.create();
  const first = await bed.open();
  first.accept(FAILS);
  await first.close("end");
  const second = await bed.open();
  const report = { check: "http /", kind: "check_http", durationMs: 1, status: 200, restarts: 0 };
  second.check({ ...report, ok: false });
  second.check({ ...report, ok: true });
  second.check({ ...report, ok: true });
  await bed.server.until(2);
  await second.close("none");
  equal(bed.heard[0], `failing ${FAILS.message}`);
  match(bed.heard[1] ?? "", /^over Check "http \/" passes again, after \d s$/);
});

Deno.test("while alerts sleep nobody is told; what has lasted is told then", async () => {
  await using bed = await Bed.create();
  for (const scope of ["service", "all"] as const) {
    const path = silencePath(bed.stateFolder, scope);
    await Deno.writeTextFile(path, silenceText(Date.now() + 3_600_000));
    const alerts = await bed.open();
    alerts.accept(FAILS);
    alerts.accept(PASSES);
    alerts.accept(ended(1));
    await alerts.close("end");
    deepEqual(bed.heard, []);
    await Deno.remove(path);
  }
  const awake = await bed.open();
  await bed.server.until(1);
  await awake.close("none");
  deepEqual(bed.heard, ["failing The container has ended by itself: exit code 1"]);
});

Deno.test("only the channels that the service names; one that there is not is said", async () => {
  await using bed = await Bed.create();
  const alerts = await bed.open({ kinds: ["slack"] });
  // As the start does when it has the plan.
  alerts.serve({ service: { afterMs: 0, to: ["slack"] }, environment: [] });
  alerts.accept(ended(1));
  await alerts.close("end");
  deepEqual(bed.heard, []);
  deepEqual(bed.told, ['warn "alerts.to" names slack, which the machine-wide config does not have']);
});

Deno.test("a state folder that can not be written is said once, and people are told all the same", async () => {
  await using bed = await Bed.create();
  const replaceFile = () => {
    throw new Error("No space left on device");
  };
  const alerts = await bed.open({ host: { replaceFile } });
  alerts.accept(FAILS);
  alerts.accept(PASSES);
  await bed.server.until(1);
  await alerts.close("none");
  deepEqual(bed.told, ["warn What is to be told can not be kept: No space left on device"]);
});

Deno.test("what an earlier process has left may be no JSON any more", async () => {
  await using bed = await Bed.create();
  await bed.dir.write("service_runner/web/alerts/alerts.json", '{"quiet":');
  const alerts = await bed.open();
  alerts.accept(ended(1));
  await alerts.close("end");
  equal(bed.heard.length, 1);
});

Deno.test("a hundred messages wait at most, and that some are lost is said", async () => {
  await using bed = await Bed.create();
  await bed.server.stop();
  const messages = Array.from(
    { length: 100 },
    (_, index) => ({
      id: String(index),
      at: new Date().toISOString(),
      text: "",
      items: [{ what: String(index) }],
    }),
  );
  const waiting = {
    webhook: { key: await channelKey(bed.hook), messages, notBeforeMs: Date.now() + 60_000 },
  };
  await bed.dir.write("service_runner/web/alerts/alerts.json", JSON.stringify({ waiting }));
  const alerts = await bed.open();
  alerts.accept(ended(1));
  await alerts.close("end");
  const state = JSON.parse(await Deno.readTextFile(`${bed.stateFolder}/alerts/alerts.json`));
  const ids = state.waiting.webhook.messages.map(({ id }: Message) => id);
  deepEqual([ids.length, ids[0], ids[1]], [100, "0", "2"]);
  deepEqual(bed.told, [
    "warn An alert by webhook is lost: too many wait",
    "notice Alerts by webhook wait for the next start: 100",
  ]);
});

Deno.test("a reload changes who is told, when, and what is kept from them", async () => {
  await using bed = await Bed.create();
  const alerts = await bed.open({ environment: ["PASSWORD=old-password"] });
  alerts.serve({ service: { afterMs: 0, to: [] }, environment: [] });
  alerts.accept(ended(1));
  alerts.accept(IS_READY);
  alerts.serve({
    service: { afterMs: 0, to: undefined },
    environment: ["PASSWORD=new-password", "KEY=first line\nsecond-line\n"],
  });
  alerts.accept(ended(2, ["auth failed for new-password", "  second-line", "old-password"]));
  await alerts.close("end");
  deepEqual(bed.messages.map(({ items }) => items.map(({ lines }) => lines)), [
    [["auth failed for •••", "  •••", "old-password"]],
  ]);
});

Deno.test("each channel gets what waited for it, also where another one has come before it", async () => {
  await using bed = await Bed.create();
  await using others = new RecordingServer();
  const hook = (url: string, name = "webhook"): AlertTarget => ({ ...bed.hook, name, url }) as AlertTarget;
  const away = () => new Response("", { status: 503 });
  bed.server.respond = others.respond = away;
  const first = await bed.open({ to: [hook(`${bed.server.url}/a`), hook(`${others.url}/b`, "webhook 2")] });
  first.accept(ended(1));
  await first.close("end");
  bed.server.requests.length = others.requests.length = 0;
  bed.server.respond = others.respond = () => new Response("");
  // The first one is out of the config: what waited for it is said to be lost.
  const second = await bed.open({ to: [hook(`${others.url}/b`)] });
  await others.until(1);
  await second.close("none");
  deepEqual([bed.server.requests.length, others.requests.length], [0, 1]);
  ok(bed.told.includes("warn 1 messages are lost: the channels that they waited for are not there any more"));
});

Deno.test("two channels that are the same have each a queue of its own", async () => {
  await using bed = await Bed.create();
  const twice = { to: [bed.hook, { ...bed.hook, name: "webhook 2" } as AlertTarget] };
  bed.server.respond = () => new Response("", { status: 503 });
  const first = await bed.open(twice);
  first.accept(ended(1));
  await first.close("end");
  bed.server.requests.length = 0;
  bed.server.respond = () => new Response("");
  const second = await bed.open(twice);
  await bed.server.until(2);
  await second.close("none");
  equal(bed.server.requests.length, 2);
});

Deno.test("what waits for a channel whose URL is put right goes there, at once", async () => {
  await using bed = await Bed.create();
  bed.server.respond = ({ path }) => new Response("", { status: path === "/right" ? 200 : 404 });
  const first = await bed.open();
  first.accept(ended(1));
  await first.close("end");
  const second = await bed.open({ to: [{ ...bed.hook, url: `${bed.server.url}/right` } as AlertTarget] });
  await bed.server.until(2);
  await second.close("none");
  deepEqual(bed.server.requests.map(({ path }) => path), ["/hook-secret", "/right"]);
});

Deno.test("an end for good: a channel that has failed is tried once more", async () => {
  await using bed = await Bed.create();
  bed.server.respond = () => new Response("", { status: bed.server.requests.length === 1 ? 403 : 200 });
  const alerts = await bed.open();
  alerts.accept(FAILS);
  alerts.accept(PASSES);
  await bed.server.until(1);
  alerts.accept(ended(78));
  await alerts.close("final");
  equal(bed.server.requests.length, 3, "the first one again, then the end");
});

Deno.test("what a file holds that is no state of alerts harms nobody, and is said", async () => {
  for (
    const content of [
      '{"quiet":{"problems":null},"waiting":{}}',
      '{"quiet":{"problems":{"a":{}}},"waiting":{}}',
      '{"quiet":{},"waiting":{"webhook":{}}}',
      '{"quiet":{},"waiting":{"webhook":{"messages":[1]}}}',
      "[]",
    ]
  ) {
    await using bed = await Bed.create();
    await bed.dir.write("service_runner/web/alerts/alerts.json", content);
    const alerts = await bed.open();
    alerts.accept(ended(1));
    await alerts.close("end");
    equal(bed.heard.length, 1, content);
    deepEqual(bed.told, ["warn What was still to be told is lost: it is damaged"]);
  }
});

Deno.test("messages that have waited for three days are given up", async () => {
  await using bed = await Bed.create();
  const at = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const messages = [{ id: "old", at: at(4), text: "" }, { id: "new", at: at(2), text: "" }];
  const waiting = { webhook: { key: "", messages, notBeforeMs: 0 } };
  await bed.dir.write("service_runner/web/alerts/alerts.json", JSON.stringify({ waiting }));
  const alerts = await bed.open();
  await bed.server.until(1);
  await alerts.close("none");
  deepEqual(bed.messages.map(({ id }) => id), ["new"]);
  deepEqual(bed.told, ["warn An alert by webhook is lost: it has waited for three days"]);
});

Deno.test("a secret is not shown where an answer is cut in the middle of it", async () => {
  await using bed = await Bed.create();
  bed.server.respond = ({ path }) => new Response(`${"x".repeat(265)} ${path}`, { status: 403 });
  const alerts = await bed.open({
    to: [{ ...bed.hook, url: `${bed.server.url}/${"s3cret".repeat(12)}` } as AlertTarget],
  });
  alerts.accept(ended(1));
  await alerts.close("end");
  equal(bed.told.length, 1);
  ok(!bed.told[0]?.includes("s3cret"), bed.told[0]);
});

Deno.test("the heartbeat is sent by one of all services, and by another one when that ends", async () => {
  await using bed = await Bed.create();
  // Of this test alone: others on this machine have the real name.
  const taken = new Set<string>();
  const claimName = (name: string) => {
    if (taken.has(name)) return undefined;
    taken.add(name);
    return { close: () => void taken.delete(name) };
  };
  const options = { host: { claimName }, heartbeat: `${bed.server.url}/beat` };
  const first = await bed.open(options);
  await bed.server.until(1);
  const second = await bed.open(options);
  await second.close("none");
  equal(bed.server.requests.length, 1);
  await first.close("none");
  const third = await bed.open(options);
  await bed.server.until(2);
  await third.close("none");
  deepEqual(bed.server.requests.map(({ method, path }) => `${method} ${path}`), ["GET /beat", "GET /beat"]);
});

Deno.test("a heartbeat that can not be sent is said once, without the URL", async () => {
  await using bed = await Bed.create();
  bed.server.respond = () => new Response("", { status: 404 });
  const claimName = () => ({ close: () => {} });
  const said = Promise.withResolvers<void>();
  const { records } = bed;
  const push = records.push.bind(records);
  records.push = (...entries) => {
    said.resolve();
    return push(...entries);
  };
  const alerts = await bed.open({ host: { claimName }, heartbeat: `${bed.server.url}/secret-beat` });
  await said.promise;
  await alerts.close("none");
  deepEqual(bed.told, ["warn The heartbeat can not be sent, it is tried each minute: HTTP status 404"]);
});
