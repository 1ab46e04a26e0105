import { deepEqual, equal, ok } from "node:assert/strict";
import { httpWrite } from "../../../src/logging/influxdb/http_write.ts";

const NEVER = new AbortController().signal;

/** A server that answers as told, for as long as `use` takes. */
async function withServer(
  handler: (request: Request) => Response | Promise<Response>,
  use: (location: string) => Promise<void>,
): Promise<void> {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  await use(`http://127.0.0.1:${server.addr.port}/db`);
}

const TARGET = { token: "s3cret", org: "my org", bucket: "logs" };

Deno.test("httpWrite() sends lines as the API has them, many of them compressed", async () => {
  const requests: string[] = [];
  const handler = async (request: Request) => {
    const { url, method, headers } = request;
    const gzip = headers.get("Content-Encoding") === "gzip";
    const body = gzip ? request.body!.pipeThrough(new DecompressionStream("gzip")) : request.body;
    const { length } = await new Response(body).text();
    requests.push(`${method} ${new URL(url).pathname}${new URL(url).search} ${length} ${gzip}`);
    requests.push(headers.get("Authorization") ?? "");
    return new Response(null, { status: 204 });
  };
  await withServer(handler, async (location) => {
    const write = httpWrite({ location, ...TARGET });
    for (const length of [10, 100_000]) {
      const answer = await write(new TextEncoder().encode("x".repeat(length)), NEVER);
      deepEqual(answer, { kind: "response", httpStatus: 204, retryAfter: null, text: "" });
    }
  });
  const path = "/db/api/v2/write?org=my+org&bucket=logs&precision=ns";
  deepEqual(requests, [
    `POST ${path} 10 false`,
    "Token s3cret",
    `POST ${path} 100000 true`,
    "Token s3cret",
  ]);
});

Deno.test("httpWrite() yields the beginning of what the server says, without the token", async () => {
  const handler = () =>
    new Response(`bad\n  token s3cret ${"x".repeat(100_000)}`, {
      status: 401,
      headers: { "Retry-After": "7" },
    });
  await withServer(handler, async (location) => {
    const answer = await httpWrite({ location, ...TARGET })(new Uint8Array(1), NEVER);
    ok(answer.kind === "response");
    equal(answer.text, `bad token *** ${"x".repeat(300)}`.slice(0, 300));
    deepEqual([answer.httpStatus, answer.retryAfter], [401, "7"]);
  });
});

Deno.test("httpWrite() yields why there is no answer", async () => {
  let nobody = "";
  await withServer(() => new Response(), (location) => Promise.resolve(void (nobody = location)));
  const answers: [AbortSignal, RegExp][] = [
    [NEVER, /refused/],
    [AbortSignal.abort(new Error("the end")), /^the end$/],
  ];
  for (const [signal, reason] of answers) {
    const answer = await httpWrite({ location: nobody, ...TARGET })(new Uint8Array(1), signal);
    ok(answer.kind === "no_response" && reason.test(answer.reason), JSON.stringify(answer));
  }
});
