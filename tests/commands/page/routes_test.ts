/** What the page answers: its paths, and who is refused. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { checkMetrics } from "../../support/prometheus.ts";
import { PageBed } from "../../support/page_bed.ts";
import { down, failing, inactive, up } from "../../support/played_service.ts";

const SERVICES = [up("web"), failing("shop"), down("old"), inactive("off")];

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function get(bed: PageBed, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${bed.url}${path}`, { redirect: "manual", ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** A request as it is written; `fetch` would put right what is wrong with it. */
async function raw(bed: PageBed, request: string): Promise<string> {
  const { hostname, port } = new URL(bed.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(request));
  let text = "";
  for await (const piece of connection.readable.pipeThrough(new TextDecoderStream())) text += piece;
  return text;
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const line = (message: string, priority = "6") =>
  JSON.stringify({
    MESSAGE: JSON.stringify({
      timestamp: "2026-01-02T11:58:00.000000001Z",
      severity: priority === "3" ? "error" : "info",
      source: "docker_logs.stdout",
      message,
      data: {},
      context: { service: "web" },
      exception: null,
    }),
    PRIORITY: priority,
    _SYSTEMD_UNIT: "service_runner@web.service",
    __CURSOR: `cursor-${message}`,
    __REALTIME_TIMESTAMP: "1767355080000000",
  });

Deno.test("the page has all services, in HTML, JSON and metrics, with headers by which nothing else runs", async (t) => {
  await using bed = await PageBed.start({ services: SERVICES });
  await t.step("/", async () => {
    const { status, headers, text } = await get(bed, "/");
    equal(status, 200);
    for (const name of ["web", "shop", "old", "off"]) {
      ok(text.includes(`<a href="/service/${name}">${name}</a>`));
    }
    match(text, /1 of 2 checks fail/);
    match(text, /failed \(3\)/);
    match(text, /4 services; 2 need somebody/);
    match(headers.get("content-security-policy") ?? "", /^default-src 'none'; script-src 'self';/);
    deepEqual(
      ["x-content-type-options", "referrer-policy", "cache-control"].map((name) => headers.get(name)),
      ["nosniff", "no-referrer", "no-store"],
    );
    ok(!/<script(?! src="\/live\.js")|<style|\son\w+=|\sstyle=/.test(text), "there is something inline");
  });
  await t.step("/api/services is what status --json prints", async () => {
    const { headers, text } = await get(bed, "/api/services");
    match(headers.get("content-type") ?? "", /^application\/json/);
    const { services } = JSON.parse(text);
    deepEqual(services.map(({ name, state }: { name: string; state: string }) => [name, state]), [
      ["off", "inactive"],
      ["old", "failed"],
      ["shop", "active"],
      ["web", "active"],
    ]);
  });
  await t.step("/metrics, in the format that is asked for", async () => {
    const plain = await get(bed, "/metrics");
    equal(plain.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    deepEqual(await checkMetrics(plain.text), []);
    const accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    const open = await get(bed, "/metrics", { headers: { Accept: accept } });
    match(open.headers.get("content-type") ?? "", /^application\/openmetrics-text; version=1\.0\.0/);
    ok(open.text.endsWith("# EOF\n"));
  });
  await t.step("badges", async () => {
    const svg = await get(bed, "/badge/shop.svg");
    match(svg.headers.get("content-type") ?? "", /^image\/svg\+xml/);
    match(svg.text, /aria-label="shop: 1 of 2 checks fail"/);
    const json = JSON.parse((await get(bed, "/badge/web.json")).text);
    deepEqual([json.schemaVersion, json.label, json.message], [1, "web", "active"]);
  });
  await t.step("HEAD has the headers, and no more", async () => {
    for (const path of ["/", "/events", "/metrics"]) {
      const { status, text } = await get(bed, path, { method: "HEAD" });
      deepEqual([status, text], [200, ""]);
    }
    for (const path of ["/", "/metrics"]) {
      const { headers } = await get(bed, path, { method: "HEAD" });
      equal(
        headers.get("content-length"),
        String(new TextEncoder().encode((await get(bed, path)).text).length),
      );
    }
  });
  await t.step("what there is not is not found", async () => {
    for (
      const path of [
        "/service/none",
        "/badge/web.gif",
        "/service/",
        "/service/web/x",
        "/index.html",
        "/logs/none",
        "/badge.svg/web",
      ]
    ) {
      equal((await get(bed, path)).status, 404, path);
    }
  });
  await t.step("logs are not shown unless the config says so", async () => {
    equal((await get(bed, "/logs/web")).status, 403);
    ok(!(await get(bed, "/service/web")).text.includes('id="records"'));
    deepEqual(await bed.asked(), [""]);
  });
});

Deno.test("with page.logs the last records are there, filtered by level and text, and new ones as they come", async () => {
  const entries = [line("one"), line("two", "3"), line("thr<b>ee")];
  await using bed = await PageBed.start({
    services: SERVICES,
    config: { page: { logs: true } },
    journal: { entries },
  });
  const { headers, text } = await get(bed, "/logs/web");
  match(headers.get("content-type") ?? "", /^application\/x-ndjson/);
  deepEqual(text.trimEnd().split("\n").map((line) => JSON.parse(line).message), ["one", "two", "thr<b>ee"]);
  equal(JSON.parse((await get(bed, "/logs/web?text=TWO")).text).message, "two");
  await get(bed, "/logs/web?level=warn");
  match((await bed.asked()).at(-1) ?? "", /--unit=service_runner@web\.service .*--priority=warning/);
  equal((await get(bed, "/logs/web?level=loud")).status, 400);
  equal((await get(bed, `/logs/web?text=${"x".repeat(201)}`)).status, 400);
  const page = (await get(bed, "/service/web")).text;
  ok(page.includes("thr&lt;b&gt;ee") && !page.includes("thr<b>ee"));

  const stop = new AbortController();
  const live = await fetch(`${bed.url}/logs/web`, {
    headers: { Accept: "text/event-stream" },
    signal: stop.signal,
  });
  await bed.log(line("fresh"));
  let read = "";
  for await (const piece of live.body!.pipeThrough(new TextDecoderStream())) {
    read += piece;
    if (read.includes("fresh")) break;
  }
  stop.abort();
});

Deno.test("new records come from behind those that the page has, and those that the browser has seen", async () => {
  await using bed = await PageBed.start({
    services: SERVICES,
    config: { page: { logs: true } },
    journal: { entries: [line("one"), line("two")] },
  });
  const page = (await get(bed, "/service/web")).text;
  const live = (/data-live="([^"]+)"/.exec(page)?.[1] ?? "").replaceAll("&amp;", "&");
  match(live, /after=cursor-two$/);
  const follow = async (path: string, headers: Record<string, string> = {}) => {
    const stop = new AbortController();
    const init = { headers: { Accept: "text/event-stream", ...headers }, signal: stop.signal };
    const response = await fetch(`${bed.url}${path}`, init);
    let text = "";
    if (response.ok) {
      await bed.log(line("fresh"));
      for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
        text += piece;
        if (text.includes("fresh")) break;
      }
    } else await response.body?.cancel();
    stop.abort();
    return { status: response.status, text, asked: (await bed.asked()).at(-1) ?? "" };
  };
  const first = await follow(live);
  match(first.asked, /--follow --no-tail --after-cursor=cursor-two$/);
  match(first.text, /^id: cursor-fresh\ndata: /m);
  match((await follow(live, { "Last-Event-ID": "cursor-fresh" })).asked, /--after-cursor=cursor-fresh$/);
  match((await follow("/logs/web")).asked, /--follow --lines=0$/);
  for (const odd of ["--all", "a b", "x".repeat(501), "$(id)"]) {
    const query = new URLSearchParams({ after: odd });
    equal((await follow(`/logs/web?${query}`)).status, 400, odd);
  }
});

Deno.test("only names that are meant are answered, only GET and HEAD, only with the password", async (t) => {
  await using secret = await PageBed.start({
    services: [up("web")],
    config: { page: { hosts: ["status.example"] } },
  });
  const port = new URL(secret.url).port;
  const ask = (host: string, first = "GET / HTTP/1.1") =>
    raw(secret, `${first}\r\n${host === "" ? "" : `Host: ${host}\r\n`}Connection: close\r\n\r\n`);
  await t.step("hosts", async () => {
    const own = [
      `localhost:${port}`,
      "127.0.0.1",
      "[::1]:80",
      Deno.hostname(),
      "status.example",
      "STATUS.example:443",
    ];
    for (const host of own) equal(statusOf(await ask(host)), 200, host);
    const foreign = [
      "evil.example",
      "localhost.evil.example",
      "evil.example:7440",
      "localhost@evil.example",
      "localhost:99999",
      "1.2.3.4",
      "x y",
    ];
    for (const host of foreign) ok([400, 421].includes(statusOf(await ask(host))), host);
    ok([400, 421].includes(statusOf(await ask(""))), "none");
    const whole = await ask(`localhost:${port}`, "GET http://evil.example/ HTTP/1.1");
    ok(!whole.includes("web"), whole);
    const secure = await ask("localhost", "GET https://evil.example/ HTTP/1.1");
    ok(!secure.includes("web"), secure);
  });
  await t.step("methods", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"]) {
      const answer = await ask("localhost", `${method} / HTTP/1.1`);
      ok([400, 405, 501].includes(statusOf(answer)), `${method}: ${answer.split("\r\n")[0]}`);
    }
  });
  await t.step("paths", async () => {
    const tricks = [
      "/../../etc/passwd",
      "/%2e%2e/etc/passwd",
      "//etc/passwd",
      "/service/..%2f..%2fetc%2fpasswd",
      "/%ff",
      "/\0",
      "*",
    ];
    for (const path of tricks) {
      const answer = await ask("localhost", `GET ${path} HTTP/1.1`);
      ok(
        !answer.includes("root:") && [400, 404].includes(statusOf(answer)),
        `${path}: ${answer.split("\r\n")[0]}`,
      );
    }
    equal(statusOf(await ask("localhost")), 200);
  });
});

Deno.test("with a password nothing is shown without it, and guessing takes time", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "of: a-test\n");
  await using bed = await PageBed.start({ services: [up("web")], config: { page: { password_file: path } } });
  await Deno.remove(path);
  const login = (text: string) => ({ headers: { Authorization: `Basic ${btoa(text)}` } });
  for (const place of ["/", "/api/services", "/metrics", "/events", "/badge/web.svg", "/style.css"]) {
    const { status, headers, text } = await get(bed, place);
    equal(status, 401, place);
    match(headers.get("www-authenticate") ?? "", /^Basic realm=/);
    ok(!text.includes("web"));
  }
  equal((await get(bed, "/", login("anybody:of: a-test"))).status, 200);
  const begunMs = performance.now();
  const wrong = ["a:of", "a:", "of: a-test", "a:of: a-test "].map((text) => get(bed, "/", login(text)));
  deepEqual((await Promise.all(wrong)).map(({ status }) => status), [401, 401, 401, 401]);
  ok(performance.now() - begunMs > 900);
  equal((await get(bed, "/", { headers: { Authorization: "Basic !!" } })).status, 401);
  equal((await get(bed, "/", { headers: { Authorization: `Bearer ${btoa("a:of: a-test")}` } })).status, 401);
});
