/** What visitors and services may try with the page: it goes on for the others, and takes no more than its share. */
import { equal, match, ok } from "node:assert/strict";
import { poll } from "../../support/event_log.ts";
import { PageBed } from "../../support/page_bed.ts";
import { up } from "../../support/played_service.ts";

const MIB = 1024 * 1024;
const WAIT_MS = 20_000;

async function page(bed: PageBed, path = "/"): Promise<string> {
  const response = await fetch(`${bed.url}${path}`, { signal: AbortSignal.timeout(5_000) });
  equal(response.status, 200);
  return await response.text();
}

async function privateBytes(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  return Number(/^Private_Dirty: +(\d+) kB/m.exec(text)?.[1]) * 1024;
}

/** Sends a request, and reads nothing of the answer until it is closed. */
async function visit(bed: PageBed, request: string): Promise<Deno.Conn> {
  const { hostname, port } = new URL(bed.url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  if (request !== "") await connection.write(new TextEncoder().encode(request));
  return connection;
}

/** Comes back when the answer has begun, so that it has its place before anybody else asks. */
async function listen(bed: PageBed, request: string): Promise<Deno.Conn> {
  const connection = await visit(bed, request);
  const begin = new Uint8Array(12);
  await connection.read(begin);
  equal(new TextDecoder().decode(begin), "HTTP/1.1 200");
  return connection;
}

Deno.test("a status file that is a link, too long, or of another shape is told, and harms nobody", async () => {
  await using bed = await PageBed.start({ services: [up("web"), up("link"), up("long"), up("odd")] });
  const file = (name: string) => `${bed.run.path}/${name}/status.json`;
  await Deno.remove(file("link"));
  await Deno.symlink(file("web"), file("link"));
  await Deno.writeTextFile(file("long"), `{"pid":1,"status":"${"x".repeat(10 * MIB)}"}`);
  await Deno.writeTextFile(file("odd"), '{"checks":[{"name":{"toString":1}}],"history":"<script>"}');
  await poll(WAIT_MS, "what is wrong with them", async () => {
    const text = await page(bed);
    const reasons = [
      /: it is a link</,
      /: it has \d+ bytes, at most 1048576 are allowed</,
      /: it is not what service_runner has written</,
    ];
    return reasons.every((reason) => reason.test(text)) || undefined;
  });
  match(await page(bed), /id="web:state"><span class="tone up">active</);
});

Deno.test("a pipe in the place of a status file holds nobody up", async () => {
  await using bed = await PageBed.start({ services: [up("web"), up("pipe")] });
  const path = `${bed.run.path}/pipe/status.json`;
  await Deno.remove(path);
  equal((await new Deno.Command("mkfifo", { args: [path] }).output()).code, 0);
  for (let count = 0; count < 3; count++) ok((await page(bed)).includes("web"));
});

Deno.test("names and words with markup are text", async () => {
  const name = "<b>x&\"'";
  const words = '<script>alert(1)</script>"><img src=x onerror=alert(1)> \u202e\x1b[31m';
  const check = { name: words, kind: "check_http", ok: false, history: [-1], runs: 1, failures: 1 };
  const service = up(name, {
    status: words,
    checks: [check],
    container: { id: words, image: words, started_at: "2026-01-02T00:00:00Z", paused: false },
  });
  await using bed = await PageBed.start({ services: [service] });
  for (
    const path of ["/", `/service/${encodeURIComponent(name)}`, `/badge/${encodeURIComponent(name)}.svg`]
  ) {
    const text = await page(bed, path);
    ok(text.includes("&lt;b&gt;x&amp;&quot;&#39;"), path);
    for (const odd of ["<script>", "<img", "<b>", "\u202e", "\x1b"]) {
      ok(!text.includes(odd), `${path}: ${odd}`);
    }
  }
});

Deno.test("who does not read is dropped, and takes no memory; the others see what happens", async () => {
  const checks = (round: number) =>
    Array.from({ length: 300 }, (_, index) => ({
      name: `check ${index}`,
      kind: "check_http",
      ok: true,
      history: Array.from({ length: 20 }, (_, run) => 1 + (index + run * 37 + round * 11) % 5000),
      runs: round,
      failures: 0,
    }));
  await using bed = await PageBed.start({ services: [up("web", { checks: checks(0) })] });
  const request = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const silent = await Promise.all(Array.from({ length: 20 }, () => visit(bed, request)));
  using stop = {
    controller: new AbortController(),
    [Symbol.dispose]() {
      this.controller.abort();
    },
  };
  const live = await fetch(`${bed.url}/events`, { signal: stop.controller.signal });
  const reading = live.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rounds = 0;
  const before = await privateBytes(bed.pid);
  for (const endsAtMs = Date.now() + 12_000; Date.now() < endsAtMs; rounds++) {
    await bed.play(up("web", { checks: checks(rounds + 1), status: `round ${rounds}` }));
    for (let text = ""; !text.includes(`round ${rounds}`);) {
      const { value, done } = await reading.read();
      if (done) throw new Error("the stream has ended");
      text += value;
    }
  }
  ok(rounds >= 8, `${rounds} rounds`);
  const grown = await privateBytes(bed.pid) - before;
  ok(grown < 40 * MIB, `${grown / MIB} MiB more`);
  for (const connection of silent) connection.close();
});

Deno.test("a thousand connections that say nothing hold nobody up, and are forgotten", async () => {
  await using bed = await PageBed.start({ services: [up("web")] });
  const before = await privateBytes(bed.pid);
  const connections = await Promise.all(
    Array.from({ length: 1000 }, (_, index) => visit(bed, index % 2 === 0 ? "" : "GET / HTTP/1.1\r\nHo")),
  );
  const begunMs = performance.now();
  ok((await page(bed)).includes("web"));
  ok(performance.now() - begunMs < 1000);
  const grown = await privateBytes(bed.pid) - before;
  ok(grown < 40 * MIB, `${grown / MIB} MiB more`);
  for (const connection of connections) connection.close();
  ok((await page(bed)).includes("web"));
});

Deno.test("so many may listen; who comes then is told to come later, and gets in when others have gone", async () => {
  await using bed = await PageBed.start({ services: [up("web")] });
  const request = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const listeners = await Promise.all(Array.from({ length: 100 }, () => listen(bed, request)));
  const status = async () => {
    const stop = new AbortController();
    const { status } = await fetch(`${bed.url}/events`, { signal: stop.signal });
    stop.abort();
    return status;
  };
  await poll(WAIT_MS, "the refusal", async () => await status() === 503 || undefined);
  for (const listener of listeners) listener.close();
  await poll(WAIT_MS, "a place", async () => await status() === 200 || undefined);
});

Deno.test("texts of any length and of any letters are cut", async () => {
  const long = "🔥".repeat(20_000);
  const check = { name: long, kind: "check_http", ok: true, history: [1], runs: 1, failures: 0 };
  await using bed = await PageBed.start({ services: [up("web", { status: long, checks: [check] })] });
  ok((await page(bed)).length < 20_000);
});

Deno.test("who follows the log beyond what there is room for is told so, and the service is shown all the same", async () => {
  await using bed = await PageBed.start({ services: [up("web")], config: { page: { logs: true } } });
  const follow = "GET /logs/web HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
  const followers = await Promise.all(Array.from({ length: 16 }, () => listen(bed, follow)));
  const status = async () => {
    const stop = new AbortController();
    const headers = { Accept: "text/event-stream" };
    const { status } = await fetch(`${bed.url}/logs/web`, { headers, signal: stop.signal });
    stop.abort();
    return status;
  };
  await poll(WAIT_MS, "the refusal", async () => await status() === 503 || undefined);
  match(await page(bed, "/service/web"), /id="web:state"><span class="tone up">active</);
  for (const follower of followers) follower.close();
  await poll(WAIT_MS, "a place", async () => await status() === 200 || undefined);
});

Deno.test("where systemd does not answer any more, those who look are told, and told when it does again", async () => {
  await using bed = await PageBed.start({ services: [up("web"), up("shop")] });
  const live = await fetch(`${bed.url}/events`);
  const reading = live.body!.pipeThrough(new TextDecoderStream()).getReader();
  const until = async (what: RegExp) => {
    for (let text = ""; !what.test(text);) {
      const { value, done } = await reading.read();
      if (done) throw new Error("the stream has ended");
      text += value;
    }
  };
  await until(/"problem":""/);
  const systemctl = `${bed.dir.path}/bin/systemctl`;
  await Deno.rename(systemctl, `${systemctl}.away`);
  await Deno.writeTextFile(systemctl, "#!/bin/sh\necho nobody answers >&2; exit 1\n", { mode: 0o755 });
  // What makes the page ask: it has gone without a word.
  await Deno.remove(`${bed.run.path}/web/status.json`);
  await until(/"problem":"systemd does not answer: nobody answers"/);
  const refused = await fetch(`${bed.url}/`);
  await refused.body?.cancel();
  equal(refused.status, 503);
  await Deno.rename(`${systemctl}.away`, systemctl);
  await until(/"problem":""/);
  await reading.cancel();
});
