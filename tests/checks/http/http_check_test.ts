// deno-lint-ignore-file camelcase -- the keys are as the user writes them
import { deepEqual, equal, match, ok } from "node:assert/strict";
import * as v from "valibot";
import { monitorSchema } from "../../../src/config/monitor_config.ts";
import type { ContainerInspect } from "../../../src/engine/api_types.ts";
import type { ContainerEngine } from "../../../src/engine/engine.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import type { CheckResult } from "../../../src/checks/check.ts";
import { ContainerAddress } from "../../../src/checks/container_address.ts";
import { httpCheck } from "../../../src/checks/http/http_check.ts";
import { tempDir } from "../../support/temp_dir.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A web server on loopback that answers as told, and keeps what it was asked. */
class Site implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(answer: (request: Request) => Response | Promise<Response>) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { method, url, headers } = request;
      this.seen.push({ method, url, headers, body: await request.text() });
      return await answer(request);
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** The addresses of the container's networks, as an inspect of it would tell. */
function addresses(
  networks: Record<string, { IPAddress?: string; GlobalIPv6Address?: string }>,
): ContainerEngine {
  const container = {
    HostConfig: { NetworkMode: "default" },
    NetworkSettings: { Networks: networks },
  } as unknown as ContainerInspect;
  return { inspectContainer: () => Promise.resolve(container) } as unknown as ContainerEngine;
}

const LOOPBACK = addresses({ bridge: { IPAddress: "127.0.0.1" } });

async function runCheck(
  check: Record<string, unknown>,
  { folder = "/", engine = LOOPBACK, network = "bridge" } = {},
): Promise<CheckResult> {
  const { checkHttp: [config] } = v.parse(monitorSchema, { check_http: [{ path: "/", ...check }] });
  const address = new ContainerAddress(engine, "id", network);
  return await httpCheck(config!, { host: denoHost(), address, folder }).run(AbortSignal.timeout(5000));
}

function failure(result: CheckResult): CheckResult & { ok: false } {
  ok(!result.ok, "the check was to fail");
  return result;
}

Deno.test("check_http sends method, path, query, headers and body as the config has them", async () => {
  await using site = new Site(() => new Response("fine"));
  const result = await runCheck({
    port: `${site.port}`,
    path: "/a?x=0",
    method: "post",
    query_parameters: { q: ["1", "two words"], r: ["ä"] },
    headers: { "X-One": ["1", "2"] },
    body: "sent",
  });
  deepEqual(result, { ok: true, status: 200 });
  const [request] = site.seen;
  equal(request?.method, "POST");
  equal(new URL(request?.url ?? "").search, "?x=0&q=1&q=two+words&r=%C3%A4");
  equal(request?.headers.get("x-one"), "1, 2");
  equal(request?.body, "sent");
});

Deno.test("check_http sends a Host header and a body on GET, which fetch does not", async () => {
  // Deno's own server does not show the body of a GET: here are the bytes as they come.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const receiving = receiveOnce(listener);
  const headers = { Host: ["docs.example"], "X-One": ["1"] };
  deepEqual(await runCheck({ port: `${listener.addr.port}`, headers, body: "query" }), {
    ok: true,
    status: 200,
  });
  const [head = "", body] = (await receiving).split("\r\n\r\n");
  match(head, /^GET \/ HTTP\/1.1\r\n/);
  match(head, /^host: docs.example\r$/im);
  match(head, /^x-one: 1\r$/im);
  match(head, /^content-length: 5\r?$/im);
  equal(body, "query");
});

Deno.test("check_http says of itself to a server the same by whichever client it asks", async () => {
  await using site = new Site(() => new Response("fine"));
  for (const keys of [{}, { headers: { Host: ["docs.example"] } }, { body: "by node:http" }]) {
    ok((await runCheck({ port: `${site.port}`, ...keys })).ok);
  }
  const told = site.seen.map(({ headers }) =>
    ["accept", "accept-encoding", "accept-language", "user-agent"].map((name) => headers.get(name))
  );
  deepEqual(told[0], ["*/*", "gzip,br", "*", navigator.userAgent]);
  deepEqual(told, [told[0], told[0], told[0]]);
  ok((await runCheck({ port: `${site.port}`, body: "x", headers: { "User-Agent": ["curl"] } })).ok);
  equal(site.seen[3]?.headers.get("user-agent"), "curl");
});

Deno.test("check_http asks at a port that web browsers refuse", async () => {
  await using _server = Deno.serve(
    { hostname: "127.0.0.10", port: 10080, onListen() {} },
    () => new Response("fine"),
  );
  deepEqual(await runCheck({ host: "127.0.0.10", port: "10080" }), { ok: true, status: 200 });
});

/** Takes one request, answers it with 200, and yields it. */
async function receiveOnce(listener: Deno.TcpListener): Promise<string> {
  using connection = await listener.accept();
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.endsWith("query")) {
    const count = await connection.read(buffer);
    if (count === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  await connection.write(
    new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
  );
  return text;
}

Deno.test("check_http compares the status, and follows no redirect", async () => {
  await using site = new Site(() =>
    new Response("away", { status: 302, headers: { Location: "/elsewhere" } })
  );
  const port = `${site.port}`;
  equal(failure(await runCheck({ port })).reason, "status 302, expected 200");
  deepEqual(await runCheck({ port, expected: { status: "302" } }), { ok: true, status: 302 });
  ok(site.seen.every(({ url }) => new URL(url).pathname === "/"));
});

Deno.test("check_http compares the body byte for byte, and shows what came and what was expected", async () => {
  await using site = new Site(() => new Response("abc\n"));
  const port = `${site.port}`;
  deepEqual(await runCheck({ port, expected: { body: "abc\n" } }), { ok: true, status: 200 });
  const result = failure(await runCheck({ port, expected: { body: "abc" } }));
  equal(result.reason, "the body differs from the expected one at byte 4");
  deepEqual(result.data.body, "abc\n");
  deepEqual(result.data.expected, { body: "abc" });
});

Deno.test("check_http compares with body_file, read anew each time, relative to the config's folder", async () => {
  const bytes = Uint8Array.of(0, 0xff, 0x0d, 0x0a);
  await using site = new Site(() => new Response(bytes));
  await using dir = await tempDir();
  const check = { port: `${site.port}`, expected: { body_file: "pages/index.bin" } };
  match(
    failure(await runCheck(check, { folder: dir.path })).reason,
    /cannot read body_file ".*": there is no such file/,
  );
  await dir.write("pages/index.bin", bytes);
  deepEqual(await runCheck(check, { folder: dir.path }), { ok: true, status: 200 });
  await dir.write("pages/index.bin", bytes.slice(0, 3));
  match(
    failure(await runCheck(check, { folder: dir.path })).reason,
    /differs from "pages\/index.bin" at byte 4/,
  );
});

Deno.test("check_http compares a body that comes in many pieces, also where fetch can not ask for it", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_001));
  const pieces = [bytes.subarray(0, 8192), bytes.subarray(8192, 8193), bytes.subarray(8193)];
  await using site = new Site(() => new Response(ReadableStream.from(pieces)));
  await using dir = await tempDir();
  const expected = { body_file: "page.bin" };
  for (const headers of [{}, { Host: ["docs.example"] }]) {
    const check = { port: `${site.port}`, headers, expected };
    await dir.write("page.bin", bytes);
    deepEqual(await runCheck(check, { folder: dir.path }), { ok: true, status: 200 });
    await dir.write("page.bin", bytes.with(60_000, bytes[60_000]! ^ 1));
    match(
      failure(await runCheck(check, { folder: dir.path })).reason,
      /differs from "page.bin" at byte 60001/,
    );
  }
});

Deno.test("check_http shows at most 1 KiB of a body", async () => {
  await using site = new Site(() => new Response("x".repeat(100_000), { status: 500 }));
  const { data } = failure(await runCheck({ port: `${site.port}` }));
  equal((data.body as string).length, 1025);
});

Deno.test("check_http asks the container's address on the named network, else localhost", async () => {
  await using site = new Site(() => new Response("v4"));
  const port = `${site.port}`;
  equal((await runCheck({ port })).ok, true);
  equal((await runCheck({ port }, { network: "absent" })).ok, true);
  equal(new URL(site.seen[1]?.url ?? "").hostname, "localhost");
});

Deno.test("check_http takes IPv6 addresses", async () => {
  const engine = addresses({ bridge: { IPAddress: "", GlobalIPv6Address: "::1" } });
  // Port 1 answers nowhere, and not every machine has IPv6: what is asked for shows in the reason.
  match(failure(await runCheck({ port: "1" }, { engine })).reason, /^no answer from http:\/\/\[::1\]:1\/: ./);
  match(
    failure(await runCheck({ port: "1", host: "fe80::2" })).reason,
    /^no answer from http:\/\/\[fe80::2\]:1\/: ./,
  );
});

Deno.test("check_http fails where nobody answers, naming the address", async () => {
  await using site = new Site(() => new Response("gone"));
  const { port } = site;
  await site[Symbol.asyncDispose]();
  match(
    failure(await runCheck({ port: `${port}` })).reason,
    new RegExp(`^no answer from http://127.0.0.1:${port}/: .`),
  );
});

Deno.test("check_http takes a list of statuses and classes of them", async () => {
  let status = 204;
  await using site = new Site(() => new Response(null, { status }));
  const port = `${site.port}`;
  const expected = { status: ["2xx", "404"] };
  deepEqual(await runCheck({ port, expected }), { ok: true, status: 204 });
  status = 404;
  deepEqual(await runCheck({ port, expected }), { ok: true, status: 404 });
  deepEqual(await runCheck({ port, expected: { status: "4XX" } }), { ok: true, status: 404 });
  status = 500;
  const result = failure(await runCheck({ port, expected }));
  equal(result.reason, "status 500, expected 2xx or 404");
  equal(result.status, 500);
});

Deno.test("check_http looks for texts and a pattern in the body", async () => {
  await using site = new Site(() => new Response("state: green\nnodes: 3 (ä)\n"));
  const port = `${site.port}`;
  const fine = { body_contains: ["green", "ä"], body_matches: "nodes: [3-9] \\(.\\)\\s$" };
  deepEqual(await runCheck({ port, expected: fine }), { ok: true, status: 200 });
  equal(
    failure(await runCheck({ port, expected: { body_contains: "yellow" } })).reason,
    'the body does not contain "yellow"',
  );
  equal(
    failure(await runCheck({ port, expected: { body_matches: "nodes: 4" } })).reason,
    "the body does not match /nodes: 4/",
  );
});

Deno.test("check_http gives up a pattern that would take for ever for the body, and goes on", async () => {
  await using site = new Site(() => new Response(`${"a".repeat(100)}!`));
  const port = `${site.port}`;
  equal(
    failure(await runCheck({ port, expected: { body_matches: "^(a+)+$" } })).reason,
    "whether the body matches /^(a+)+$/ can not be told within 500 ms",
  );
  deepEqual(await runCheck({ port, expected: { body_matches: "^a+!$" } }), { ok: true, status: 200 });
});

Deno.test("check_http compares headers, of which there may be several of one name", async () => {
  await using site = new Site(() =>
    new Response("", { headers: [["X-A", "1"], ["x-a", "2"], ["X-B", "b, c"]] })
  );
  const port = `${site.port}`;
  const expected = { headers: { "x-A": ["1", "2"], "X-B": "b, c" } };
  deepEqual(await runCheck({ port, expected }), { ok: true, status: 200 });
  const result = failure(await runCheck({ port, expected: { headers: { "X-A": "3", "X-C": "c" } } }));
  equal(result.reason, 'header "X-A" is "1, 2", expected "3"; header "X-C" is missing, expected "c"');
  deepEqual(result.data.headers, { "X-A": "1, 2", "X-C": null });
  deepEqual(result.data.expected, { headers: { "X-A": ["3"], "X-C": ["c"] } });
});

Deno.test("check_http compares the JSON of a body up to 1 MiB: values take many times as much memory", async () => {
  const nested = (count: number) => `${"[".repeat(count)}${"]".repeat(count)}`;
  let body = nested(524_288);
  await using site = new Site(() => new Response(body));
  const run = () => runCheck({ port: `${site.port}`, expected: { json: { x: "1" } } });
  match(failure(await run()).reason, /^"x" in the body is missing/);
  body = nested(524_289);
  match(
    failure(await run()).reason,
    /^the body has more than 1048576 bytes, too many for a comparison of its JSON$/,
  );
});

Deno.test("check_http compares headers field by field, also where their values have commas", async () => {
  const cookies = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2, 3"];
  await using site = new Site(() =>
    new Response("", {
      headers: [...cookies.map((cookie): [string, string] => ["Set-Cookie", cookie]), ["X-A", "1"], [
        "X-A",
        "b, c",
      ], [
        "X-A",
        "2",
      ]],
    })
  );
  const port = `${site.port}`;
  // The second one goes by the other client.
  for (const headers of [{}, { Host: ["a.example"] }]) {
    const expected = { headers: { "set-cookie": cookies, "X-A": ["b, c", "2", "1"] } };
    deepEqual(await runCheck({ port, headers, expected }), { ok: true, status: 200 });
    for (const value of ["a=1; Expires=Wed", "3", `${cookies[0]}, ${cookies[1]}`]) {
      equal(
        (await runCheck({ port, headers, expected: { headers: { "Set-Cookie": value } } })).ok,
        false,
        value,
      );
    }
    equal((await runCheck({ port, headers, expected: { headers: { "X-A": "c, 2, 3" } } })).ok, false);
  }
});

Deno.test("check_http compares values within a JSON body", async () => {
  const document = { status: "up", load: 1.5, on: true, none: null, list: [{ "a.b": 1 }], tags: ["x", 2] };
  await using site = new Site(() => Response.json(document));
  const port = `${site.port}`;
  const fine = {
    "status": "up",
    "$.load": "1.50",
    "on": "true",
    "none": null,
    'list[0]["a.b"]': "1",
    "tags": ["x", "2"],
    "list": [{ "a.b": "1" }],
  };
  deepEqual(await runCheck({ port, expected: { json: fine } }), { ok: true, status: 200 });
  for (
    const [path, value, came] of [
      ["status", "down", '"up"'],
      ["load", "2", "1.5"],
      ["on", null, "true"],
      ["none", "null!", "null"],
      ["list[1]", "1", "missing"],
      ["tags", ["x"], '["x",2]'],
    ] as const
  ) {
    equal(
      failure(await runCheck({ port, expected: { json: { [path]: value } } })).reason,
      `"${path}" in the body is ${came}, expected ${JSON.stringify(value)}`,
    );
  }
});

Deno.test("check_http says so when a body is not JSON", async () => {
  await using site = new Site(() => new Response("<html>"));
  equal(
    failure(await runCheck({ port: `${site.port}`, expected: { json: { a: "1" } } })).reason,
    "the body is not JSON",
  );
});

Deno.test("check_http fails when the answer takes longer than max_latency", async () => {
  const late = Promise.withResolvers<void>();
  await using site = new Site(async () => {
    await late.promise;
    return new Response("fine");
  });
  const running = runCheck({ port: `${site.port}`, expected: { max_latency: "100ms" } });
  setTimeout(() => late.resolve(), 150);
  match(failure(await running).reason, /^the answer took \d+ ms, at most 100 ms are allowed$/);
  const quick = { port: `${site.port}`, expected: { max_latency: "5s" } };
  deepEqual(await runCheck(quick), { ok: true, status: 200 });
});

Deno.test("check_http follows redirects where that is wanted, as a browser does", async () => {
  await using other = new Site(() => new Response("elsewhere"));
  await using site = new Site((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return new Response(null, { status: 302, headers: { Location: "/next" } });
    const headers = { Location: `http://127.0.0.1:${other.port}/end` };
    return new Response("", {
      status: pathname === "/loop" ? 307 : 308,
      headers: pathname === "/loop" ? { Location: "/loop" } : headers,
    });
  });
  const check = {
    port: `${site.port}`,
    method: "POST",
    headers: { Authorization: ["Bearer secret"], "X-One": ["1"] },
    body: "sent",
    follow_redirects: "true",
    expected: { body: "elsewhere" },
  };
  deepEqual(await runCheck(check), { ok: true, status: 200 });
  deepEqual(site.seen.map(({ method, body }) => [method, body]), [["POST", "sent"], ["GET", ""]]);
  const [last] = other.seen;
  deepEqual([last?.headers.get("x-one"), last?.headers.get("authorization")], ["1", null]);
  const loop = failure(await runCheck({ ...check, path: "/loop" }));
  match(loop.reason, /^no answer from .*\/loop: more than 20 redirects$/);
});

Deno.test("check_http follows a redirect to the site that its Host header names on the address that it asks", async () => {
  await using other = new Site(() => new Response("elsewhere"));
  const locations: Record<string, string> = {
    "/": "http://docs.example:8080/next",
    "/next": `http://docs.example:${other.port}/end`,
    "/away": `http://127.0.0.1:${other.port}/end`,
  };
  await using site = new Site(({ url }) =>
    new Response(null, { status: 302, headers: { Location: locations[new URL(url).pathname]! } })
  );
  const check = {
    port: `${site.port}`,
    headers: { Host: ["docs.example:8080"], Authorization: ["Bearer secret"] },
    follow_redirects: "true",
    expected: { body: "elsewhere" },
  };
  deepEqual(await runCheck(check), { ok: true, status: 200 });
  deepEqual(await runCheck({ ...check, path: "/away" }), { ok: true, status: 200 });
  const seen = [...site.seen, ...other.seen].map((
    { headers },
  ) => [headers.get("host"), headers.get("authorization")]);
  deepEqual(seen, [
    ["docs.example:8080", "Bearer secret"],
    ["docs.example:8080", "Bearer secret"],
    ["docs.example:8080", "Bearer secret"],
    [`docs.example:${other.port}`, null],
    [`127.0.0.1:${other.port}`, null],
  ]);
});

Deno.test("check_http reads so much of a body and no more", async () => {
  const chunk = new Uint8Array(1024 * 1024).fill(0x61);
  let sent = 0;
  await using site = new Site(() => {
    sent = 0;
    return new Response(
      new ReadableStream({
        pull(controller) {
          controller.enqueue(chunk);
          if (++sent === 64) controller.close();
        },
      }),
    );
  });
  const port = `${site.port}`;
  deepEqual(await runCheck({ port }), { ok: true, status: 200 });
  ok(sent < 32, "a body that nobody compares was read");
  deepEqual(await runCheck({ port, expected: { body_contains: "aaa" } }), { ok: true, status: 200 });
  ok(sent < 48, `${sent} MiB were read`);
  equal(
    failure(await runCheck({ port, expected: { body_contains: "b" } })).reason,
    'the body does not contain "b" in its first 16777216 bytes',
  );
});

Deno.test("check_http tells no value of a request header or of the query, even if the server does", async () => {
  await using site = new Site((request) =>
    new Response(`${request.url} ${request.headers.get("authorization")} ${"x".repeat(2000)}`, {
      status: 403,
    })
  );
  const result = failure(
    await runCheck({
      port: `${site.port}`,
      path: "/a?key=written-key",
      query_parameters: { token: ["query token"] },
      headers: { Authorization: ["Bearer sesame-sesame"] },
    }),
  );
  const told = JSON.stringify(result);
  for (const secret of ["written-key", "query token", "query+token", "query%20token", "sesame"]) {
    ok(!told.includes(secret), told);
  }
  match(result.data.url as string, /\/a\?key=…&token=…$/);
});

Deno.test("check_http tells no password of Basic authentication, even if the server decodes it", async () => {
  await using site = new Site((request) => {
    const [, user, password] = /(.*?):(.*)/.exec(atob(request.headers.get("authorization")!.slice(6)))!;
    return Response.json({ user, password }, { status: 403 });
  });
  const Authorization = [`Basic ${btoa('admin:pass"word')}`];
  const result = failure(await runCheck({ port: `${site.port}`, headers: { Authorization } }));
  equal(result.data.body, '{"user":"admin","password":"•••"}');
});
