// deno-lint-ignore-file camelcase -- the keys are as the user writes them
/** What a check makes of servers that behave oddly: the same by either HTTP client, and nothing is left open. */
import { deepEqual, equal } from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { brotliCompressSync, gzipSync } from "node:zlib";
import * as v from "valibot";
import { ContainerAddress } from "../../../src/checks/container_address.ts";
import { httpCheck } from "../../../src/checks/http/http_check.ts";
import { runCheck } from "../../../src/checks/run_check.ts";
import { monitorSchema } from "../../../src/config/monitor_config.ts";
import type { ContainerEngine } from "../../../src/engine/engine.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import { selfSigned } from "../../support/certificate.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { type Ending, type Pieces, RawServer } from "./raw_server.ts";

/** By `fetch`, by `fetch` with a client of its own, by node:http. */
const REQUESTS = [{}, { headers: { Host: ["docs.example"] } }, { body: "sent" }];

const OK = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
const ABC_HEAD = `${OK}Content-Length: 3\r\n\r\n`;
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\n";
const UPGRADE = `${SWITCH}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
const PROCESSING = "HTTP/1.1 102 Processing\r\n\r\n";
const NO_CONTENT = "HTTP/1.1 204 No Content\r\nConnection: close\r\n";
const NOT_MODIFIED = "HTTP/1.1 304 Not Modified\r\nConnection: close\r\nContent-Length: 3\r\n\r\n";
const REDIRECT = "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /next\r\n";
const LARGE = "x".repeat(100 * 1024);

/** Of a check with `timeout: 200ms`. */
const LATE = "no result within 0.2 s";
const CLOSED = "no answer: the connection was closed";
const BROKEN = "no answer: the body is broken, or ends early";
const INVALID = "no answer: what came is not valid HTTP";
const TOO_LARGE = "no answer: the head is too large";

type Answer = Pieces | ((path: string) => Pieces);
/** What the server does; what it sends, and then; what comes of a check, with these keys. */
type Row = readonly [name: string, Answer, Ending, result: string, check?: Record<string, unknown>];

const ABC = { expected: { body: "abc" } };
const NO_BODY = { expected: { body: "" } };
const HEAD = { method: "HEAD" };
const FOLLOW = { follow_redirects: "true" };

const ROWS: readonly Row[] = [
  ["switches protocols", [UPGRADE], "waits", "ok 101"],
  ["switches protocols, and closes", [UPGRADE], "closes", "ok 101"],
  ["switches protocols, and goes on in the new one", [UPGRADE, LARGE], "waits", "ok 101"],
  ["switches protocols, but does not say to which", [`${SWITCH}\r\n`], "waits", "ok 101"],
  ["offers another protocol", [`${OK}Upgrade: h2c\r\nContent-Length: 3\r\n\r\nabc`], "waits", "ok 200", ABC],

  ["sends a head without a length, and hangs", [`${OK}\r\n`], "waits", LATE],
  ["sends a body without a length, and hangs", [`${OK}\r\nabc`], "waits", LATE],
  ["sends a body without a length, and closes", [`${OK}\r\nabc`], "closes", "ok 200", ABC],
  ["hangs before the length is reached", [ABC_HEAD, "ab"], "waits", LATE],
  ["closes before the length is reached", [ABC_HEAD, "ab"], "closes", BROKEN],
  ["sends more than the length", [ABC_HEAD, "abcdef"], "waits", "ok 200", ABC],
  ["hangs between chunks", [CHUNKED, "3\r\nabc\r\n"], "waits", LATE],
  ["closes between chunks", [CHUNKED, "3\r\nabc\r\n"], "closes", BROKEN],
  ["closes within a chunk", [CHUNKED, "9\r\nabc"], "closes", BROKEN],
  ["sends a chunk whose size is no number", [CHUNKED, "zz\r\nabc\r\n"], "waits", BROKEN],
  ["sends trailers", [CHUNKED, "3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n"], "waits", "ok 200", ABC],
  ["sends more than is read, and hangs", [`${OK}Content-Length: 200000\r\n\r\n`, LARGE], "waits", "ok 200"],
  ["sends a body without end", () => flood(`${OK}\r\n`, "x"), "waits", "ok 200"],
  ["drips", () => drip(1, `${ABC_HEAD}abc`), "waits", "ok 200", ABC],
  ["drips for too long", () => drip(20, `${ABC_HEAD}abc`), "waits", LATE],

  ["sends garbage", [Uint8Array.of(0, 1, 2, 3, 13, 10)], "waits", INVALID],
  ["speaks another protocol", ["SSH-2.0-OpenSSH_9.9\r\n"], "waits", INVALID],
  ["sends a body without a head", ["<html>up</html>"], "closes", INVALID],
  ["claims to speak HTTP/2.0", ["HTTP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabc"], "waits", INVALID],
  ["answers with a status of 000", [`HTTP/1.1 000 OK\r\n\r\n`], "waits", INVALID],
  ["sends a header without a colon", [`${OK}Hello\r\n\r\n`], "waits", INVALID],
  ["sends a header with a control character", [`${OK}X-A: a\x01b\r\n\r\n`], "waits", INVALID],
  ["sends a length that is no number", [`${OK}Content-Length: x\r\n\r\n`], "waits", INVALID],
  ["sends no carriage returns", [ABC_HEAD.replaceAll("\r", ""), "abc"], "waits", "ok 200", ABC],
  [
    "sends a length and chunks",
    [`${OK}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`],
    "waits",
    "ok 200",
    ABC,
  ],

  ["says 100 first", ["HTTP/1.1 100 Continue\r\n\r\n", ABC_HEAD, "abc"], "waits", "ok 200", ABC],
  [
    "says 103 first",
    ["HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", ABC_HEAD, "abc"],
    "waits",
    "ok 200",
    ABC,
  ],
  ["says 102 and hangs", [PROCESSING], "waits", LATE],
  ["says 102 and closes", [PROCESSING], "closes", CLOSED],
  ["says 102 without end", () => flood("", PROCESSING), "waits", LATE],

  ["answers 204", [NO_CONTENT, "\r\n"], "waits", "ok 204", NO_BODY],
  ["answers 204 with a body", [NO_CONTENT, "Content-Length: 3\r\n\r\nabc"], "waits", "ok 204", NO_BODY],
  ["answers 204 with chunks", [NO_CONTENT, "Transfer-Encoding: chunked\r\n\r\n"], "waits", "ok 204", NO_BODY],
  ["answers 205, and hangs", ["HTTP/1.1 205 Reset Content\r\n\r\n"], "waits", "ok 205", NO_BODY],
  ["answers 304 with a length", [NOT_MODIFIED], "waits", "ok 304", NO_BODY],
  ["answers 304 with a body", [NOT_MODIFIED, "abc"], "waits", "ok 304", NO_BODY],
  ["answers HEAD with a length", [ABC_HEAD], "waits", "ok 200", HEAD],
  ["answers HEAD with chunks", [CHUNKED], "waits", "ok 200", HEAD],
  ["answers HEAD without a length", [`${OK}\r\n`], "waits", "ok 200", HEAD],
  ["answers HEAD with a body", [ABC_HEAD, "abc"], "waits", "ok 200", HEAD],

  ["does not answer", [], "waits", LATE],
  ["closes without an answer", [], "closes", CLOSED],
  ["resets the connection", [], "resets", CLOSED],
  ["hangs in the middle of the head", ["HTTP/1.1 200 OK\r\nX-A: "], "waits", LATE],
  ["closes in the middle of the head", ["HTTP/1.1 200 OK\r\nX-A: "], "closes", CLOSED],
  ["sends a header of 100 KiB", [`${OK}X-A: ${LARGE}\r\n\r\n`], "closes", "ok 200"],
  ["sends a header of 1 MiB", [`${OK}X-A: ${LARGE.repeat(10)}\r\n\r\n`], "closes", TOO_LARGE],
  ["sends 150 headers", [OK, "X-A: a\r\n".repeat(150), "\r\n"], "closes", TOO_LARGE],
  ["sends headers without end", () => flood(OK, "X-A: a\r\n"), "closes", TOO_LARGE],

  ["speaks HTTP/1.0", ["HTTP/1.0 200 OK\r\n\r\nabc"], "closes", "ok 200", ABC],
  ["speaks HTTP/1.0, and hangs", ["HTTP/1.0 200 OK\r\n\r\nabc"], "waits", LATE],
  [
    "speaks HTTP/1.0 with a length",
    ["HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc"],
    "waits",
    "ok 200",
    ABC,
  ],
  [
    "speaks HTTP/1.0 with chunks",
    ["HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    "waits",
    INVALID,
  ],

  ["redirects by a body that does not end", redirect("\r\naway", ABC_HEAD, "abc"), "waits", "ok 200", FOLLOW],
  [
    "redirects to switched protocols",
    redirect("Content-Length: 0\r\n\r\n", UPGRADE),
    "waits",
    "ok 101",
    FOLLOW,
  ],
  ["redirects to nothing", redirect("Content-Length: 0\r\n\r\n"), "waits", LATE, FOLLOW],

  ...compressed("gzip", (text) => gzipSync(text)),
  ...compressed("br", (text) => brotliCompressSync(text)),
];

function* flood(first: string, piece: string): Generator<string> {
  yield first;
  for (;;) yield piece.repeat(1000);
}

async function* drip(ms: number, text: string): AsyncGenerator<string> {
  for (const character of text) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    yield character;
  }
}

function redirect(rest: string, ...answer: string[]): (path: string) => Pieces {
  return (path) => path === "/" ? [REDIRECT, rest] : answer;
}

function compressed(encoding: string, compress: (text: string) => Uint8Array): Row[] {
  const text = "compressible, ".repeat(1000);
  const content = new Uint8Array(compress(text));
  const half = content.subarray(0, content.length / 2);
  const head = `${OK}Content-Encoding: ${encoding}\r\n`;
  return [
    [`compresses by ${encoding}`, [`${head}\r\n`, content], "closes", "ok 200", { expected: { body: text } }],
    [`compresses by ${encoding}, and ends early`, [`${head}\r\n`, half], "closes", BROKEN],
    [`compresses by ${encoding}, and hangs`, [`${head}\r\n`, half], "waits", LATE],
    [`claims to compress by ${encoding}`, [`${head}\r\n`, "compressible"], "closes", BROKEN],
    [`compresses nothing by ${encoding}`, [`${head}Content-Length: 0\r\n\r\n`], "waits", "ok 200", NO_BODY],
  ];
}

/** The result of a check in a few words, without the address. */
async function resultOf(port: number, keys: Record<string, unknown>, stop?: AbortSignal): Promise<string> {
  const expected = { status: ["1xx", "2xx", "3xx", "4xx", "5xx"], ...keys.expected as object };
  const { checkHttp: [config] } = v.parse(monitorSchema, {
    check_http: [{ path: "/", host: "127.0.0.1", port: `${port}`, timeout: "200ms", ...keys, expected }],
  });
  const address = new ContainerAddress({} as ContainerEngine, "id", "bridge");
  const check = httpCheck(config!, { host: denoHost(), address, folder: "/" });
  const result = await runCheck(check, stop ?? new AbortController().signal);
  if (result === undefined) return "none";
  return result.ok ? `ok ${result.status}` : result.reason.replace(/ from http\S+: /, ": ");
}

Deno.test("check_http makes the same of a server by whichever client it asks", async (t) => {
  for (const [name, sends, ending, expected, keys] of ROWS) {
    await t.step(`one that ${name}`, async () => {
      const answer = typeof sends === "function" ? sends : () => sends;
      await using server = new RawServer({ answer, ending });
      const timeout = expected === LATE ? "200ms" : "10s";
      const results = await Promise.all(
        REQUESTS.map((request) => resultOf(server.port, { ...request, timeout, ...keys })),
      );
      deepEqual(results, REQUESTS.map(() => expected));
    });
  }
});

Deno.test("check_http makes the same of a server by TLS", async (t) => {
  await using dir = await tempDir();
  const certificate = await selfSigned(dir.path, { names: "IP:127.0.0.1", days: 30 });
  const https = { scheme: "https", tls: { insecure: "true" } };
  for (const [name, sends, ending, expected, keys] of ROWS) {
    await t.step(`one that ${name}`, async () => {
      const answer = typeof sends === "function" ? sends : () => sends;
      await using server = new RawServer({ answer, ending, certificate });
      const timeout = expected === LATE ? "200ms" : "10s";
      equal(await resultOf(server.port, { ...https, timeout, ...keys }), expected);
    });
  }
});

Deno.test("check_http waits for a TLS handshake no longer than its timeout", async () => {
  await using server = new RawServer({ answer: () => [], ending: "waits" });
  for (const keys of [{}, { tls: { insecure: "true" } }]) {
    equal(await resultOf(server.port, { scheme: "https", ...keys }), LATE);
  }
});

Deno.test("a stop ends a check_http whose answer does not end, and closes its connection", async () => {
  for (const request of REQUESTS) {
    const stop = new AbortController();
    const answer = function* () {
      yield* [ABC_HEAD, "ab"];
      setTimeout(() => stop.abort(), 20);
    };
    await using server = new RawServer({ answer, ending: "waits" });
    equal(await resultOf(server.port, { ...request, timeout: "1h" }, stop.signal), "none");
  }
});

Deno.test("a body that hangs is given up also after a garbage collection", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  for (const request of REQUESTS) {
    await using server = new RawServer({ answer: () => [`${OK}\r\nabc`], ending: "waits" });
    const running = resultOf(server.port, { ...request, timeout: "500ms" });
    const collecting = setInterval(collectGarbage, 50);
    equal(await running, "no result within 0.5 s");
    clearInterval(collecting);
  }
});
