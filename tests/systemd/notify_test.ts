import { deepEqual, equal, ok } from "node:assert/strict";
import { openLibc, type SendResult } from "../../src/systemd/libc.ts";
import { createNotifier, notifyMessage } from "../../src/systemd/notify.ts";
import { stdoutIsJournal } from "../../src/systemd/journal.ts";
import { NotifySocket } from "../support/notify_socket.ts";
import { tempDir } from "../support/temp_dir.ts";

// Loaded once for all tests: a library is never unloaded.
const { sendDatagram } = openLibc();

Deno.test("notifyMessage() puts what belongs together into one message", () => {
  equal(notifyMessage({ ready: true, status: "Running" }), "READY=1\nSTATUS=Running");
  equal(notifyMessage({ stopping: true, status: "Stopping" }), "STOPPING=1\nSTATUS=Stopping");
  equal(notifyMessage({ extendTimeoutUsec: 30_000_000 }), "EXTEND_TIMEOUT_USEC=30000000");
  equal(notifyMessage({ status: "Failed", errno: 2 }), "STATUS=Failed\nERRNO=2");
});

Deno.test("notifyMessage() keeps a status to one line of bounded length", () => {
  equal(notifyMessage({ status: "a\nREADY=1\r\n\tb\0" }), "STATUS=a READY=1 b");
  const long = notifyMessage({ status: "é".repeat(2000) });
  ok(new TextEncoder().encode(long).length <= 1024 + "STATUS=".length);
  ok(long.endsWith("é…"));
});

Deno.test("a notifier reaches a socket by path and by abstract name", async () => {
  await using dir = await tempDir();
  for (const socket of [new NotifySocket({ dir: dir.path }), new NotifySocket()]) {
    await using receiver = socket;
    const notifier = createNotifier(receiver.address, {
      sendDatagram,
      onFailure: (message) => {
        throw new Error(message);
      },
    });
    notifier.send({ ready: true, status: "Läuft" });
    const state = await receiver.next(({ READY }) => READY === "1");
    equal(state.fields.STATUS, "Läuft");
  }
});

Deno.test("a notifier without an address is silent; one with a strange address or nobody there says so once", () => {
  const failures: string[] = [];
  const onFailure = (message: string) => void failures.push(message);
  createNotifier(undefined, { sendDatagram, onFailure }).send({ ready: true });
  equal(failures.length, 0);
  createNotifier("vsock:2:1234", { sendDatagram, onFailure }).send({ ready: true });
  equal(failures.length, 1);
  ok(failures[0]?.includes('"vsock:2:1234"'));
  const absent = createNotifier("/nonexistent/notify", { sendDatagram, onFailure });
  absent.send({ ready: true });
  absent.send({ status: "again" });
  equal(failures.length, 2);
  ok(failures[1]?.includes("/nonexistent/notify"));
});

Deno.test("a message that finds the receiver's queue full is sent later, and overtaken by none", async () => {
  const sent: string[] = [];
  const results: SendResult[] = [{ kind: "full" }, { kind: "full" }];
  const done = Promise.withResolvers<void>();
  const notifier = createNotifier("/run/notify", {
    sendDatagram(_, payload) {
      const result = results.shift() ?? { kind: "sent" };
      if (result.kind === "sent") sent.push(new TextDecoder().decode(payload));
      if (sent.length === 2) done.resolve();
      return result;
    },
    onFailure: done.reject,
  });
  notifier.send({ ready: true });
  notifier.send({ status: "second" });
  await done.promise;
  deepEqual(sent, ["READY=1", "STATUS=second"]);
});

Deno.test("stdoutIsJournal() compares the stream that systemd names with the one at hand", () => {
  equal(stdoutIsJournal("8:12345", "socket:[12345]"), true);
  equal(stdoutIsJournal("8:12345", "socket:[99]"), false);
  equal(stdoutIsJournal("8:12345", "pipe:[12345]"), false);
  equal(stdoutIsJournal(undefined, "socket:[12345]"), false);
  equal(stdoutIsJournal("8:12345", undefined), false);
});
