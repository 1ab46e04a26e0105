import { deepEqual, equal, match, ok } from "node:assert/strict";
import { requestOf, secretsOf, verdictOf } from "../../../src/alerts/kinds/kinds.ts";
import { send } from "../../../src/alerts/send.ts";
import type { EmailTarget } from "../../../src/config/alert_targets.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import { RawServer } from "../../checks/http/raw_server.ts";
import { MailServer } from "../../support/smtp_server.ts";
import { testMessage } from "../test_message.ts";

const LOGIN = { user: "alerts", password: "s3cret-password" };

function target(port: number, changes: Partial<EmailTarget> = {}): EmailTarget {
  return {
    kind: "email",
    name: "email",
    server: `smtp://127.0.0.1:${port}`,
    from: "Alerts <alerts@example.org>",
    to: ["me@example.org", "you@example.org"],
    user: undefined,
    password: undefined,
    ...changes,
  };
}

async function deliver(to: EmailTarget, signal = new AbortController().signal) {
  const answer = await send(
    requestOf(testMessage({ text: "Zeile mit Ä\nund noch eine" }), to),
    denoHost(),
    signal,
  );
  return verdictOf(answer, to, Date.now());
}

Deno.test("a mail arrives at all receivers, with an id that knows it again", async () => {
  await using server = await MailServer.start();
  deepEqual(await deliver(target(server.port)), { kind: "delivered" });
  const [mail, ...others] = server.mails;
  ok(mail && others.length === 0);
  deepEqual([mail.from, mail.to], ["alerts@example.org", ["me@example.org", "you@example.org"]]);
  const { id, title } = testMessage();
  const subject = /^Subject: ((?:.*\r\n )*.*)/m.exec(mail.content)?.[1]?.replace(/\?=\s+=\?UTF-8\?Q\?/g, "");
  equal(subject, `=?UTF-8?Q?${title.replaceAll(" ", "_").replaceAll(":", "=3A").replaceAll('"', "=22")}?=`);
  match(mail.content, /^Date: Thu, 26 Nov 2026 03:12:15 \+0000/m);
  ok(mail.content.includes(`Message-ID: <${id}@den>`), mail.content);
  match(mail.content, /Zeile mit =C3=84/);
});

Deno.test("who logs in is let in; a wrong password is refused, and no reason to try at once again", async () => {
  await using server = await MailServer.start({ login: LOGIN });
  deepEqual(await deliver(target(server.port, LOGIN)), { kind: "delivered" });
  equal(server.mails[0]?.user, "alerts");
  const wrong = target(server.port, { ...LOGIN, password: "wrong-password" });
  const verdict = await deliver(wrong);
  equal(verdict.kind, "refused");
  // The server repeats it: whoever tells of it takes it out.
  ok(secretsOf(wrong).includes("wrong-password"));
});

Deno.test("a receiver that there is not is refused, one that is busy is waited for", async () => {
  await using gone = await MailServer.start({ refuseReceivers: 550 });
  equal((await deliver(target(gone.port))).kind, "refused");
  await using busy = await MailServer.start({ refuseReceivers: 451 });
  equal((await deliver(target(busy.port))).kind, "away");
  // As a server that does not let us in says it: no mail is lost by that.
  await using closed = await MailServer.start({ refuseReceivers: 554 });
  equal((await deliver(target(closed.port))).kind, "refused");
});

Deno.test("a mail that is not taken is given up; where only some get it, that is said", async () => {
  await using strict = await MailServer.start({ refuseContent: 554 });
  equal((await deliver(target(strict.port))).kind, "dropped");
  await using half = await MailServer.start({ refuseReceivers: 450, refuseOnly: "you@" });
  const verdict = await deliver(target(half.port));
  equal(verdict.kind, "delivered");
  match("remark" in verdict ? verdict.remark ?? "" : "", /^not to you@example\.org: .*no such mailbox/);
  deepEqual(half.mails.map(({ to }) => to), [["me@example.org"]]);
});

Deno.test({
  name: "a server that hangs is left when the program ends",
  // The socket is nodemailer's, and closed when it has waited long enough.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = new RawServer({ answer: () => [], ending: "waits" });
    const stop = new AbortController();
    const delivering = deliver(target(server.port), stop.signal);
    stop.abort(new Error("the program ends"));
    deepEqual(await delivering, { kind: "away", reason: "the program ends" });
  },
});
