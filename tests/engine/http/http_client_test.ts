/** HTTP on a connection of our own: any answer, cut anywhere. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { type Connection, type ConnectionRequest, exchangeOn } from "../../../src/engine/http/http_client.ts";
import { EngineUnreachableError } from "../../../src/errors.ts";

const CHUNKED = "HTTP/1.1 200 OK\r\nServer: Docker\r\nTransfer-Encoding: chunked\r\n\r\n" +
  "5\r\nhello\r\n7;name=value\r\n, world\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nDigest: x\r\nMore: y\r\n\r\n";
const CHUNKED_BODY = "hello, worldabcdefghijklmnopqrstuvwxyz";
const UPGRADE = "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n" +
  "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
/** What looks like HTTP is output like any other. */
const RAW_BODY = "5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\nthe end";

/** A connection that brings these reads, and then its end. */
class Scripted implements Connection {
  sent = "";
  hasEndedWriting = false;
  closed = 0;
  readonly #reads: Uint8Array[];
  readonly #stopped = Promise.withResolvers<never>();

  constructor(reads: readonly string[], readonly end: "close" | "wait" = "close") {
    this.#reads = reads.filter((text) => text !== "").map((text) => new TextEncoder().encode(text));
    this.#stopped.promise.catch(() => {});
  }

  read(buffer: Uint8Array): Promise<number | null> {
    const bytes = this.#reads.shift();
    if (bytes === undefined) return this.end === "close" ? Promise.resolve(null) : this.#stopped.promise;
    const count = Math.min(buffer.length, bytes.length);
    buffer.set(bytes.subarray(0, count));
    if (count < bytes.length) this.#reads.unshift(bytes.subarray(count));
    return Promise.resolve(count);
  }

  write(bytes: Uint8Array): Promise<number> {
    // A socket may take less than it is given.
    const count = Math.min(7, bytes.length);
    this.sent += new TextDecoder().decode(bytes.subarray(0, count));
    return Promise.resolve(count);
  }

  closeWrite(): Promise<void> {
    this.hasEndedWriting = true;
    return Promise.resolve();
  }

  close(): void {
    this.closed++;
    this.#stopped.reject(new Error("closed while reading"));
  }
}

const REQUEST = {
  socketPath: "/engine.sock",
  method: "GET",
  target: "/v1.41/containers/x/logs?follow=1",
} as const;

/** A command that is given something to read. */
const EXEC = {
  method: "POST",
  target: "/v1.41/exec/x/start",
  headers: [["Content-Type", "application/json"]],
  body: '{"Tty":"nö"}',
  stdin: new TextEncoder().encode("to be read"),
} as const;
const EXEC_SENT = `POST ${EXEC.target} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n` +
  `Content-Type: application/json\r\nContent-Length: 13\r\n\r\n${EXEC.body}`;

function exchange(connection: Connection, options: Partial<ConnectionRequest> = {}): Promise<Response> {
  return exchangeOn(connection, { ...REQUEST, signal: new AbortController().signal, ...options });
}

/** Piece by piece, as each is valid until the next one only. */
async function bodyOf({ body }: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of body ?? []) text += decoder.decode(piece, { stream: true });
  return text;
}

Deno.test("exchangeOn() yields the same chunked body wherever the answer is cut", async () => {
  for (let cut = 0; cut <= CHUNKED.length; cut++) {
    const connection = new Scripted([CHUNKED.slice(0, cut), CHUNKED.slice(cut)]);
    const response = await exchange(connection);
    equal(response.headers.get("Server"), "Docker");
    equal(await bodyOf(response), CHUNKED_BODY, `cut at ${cut}`);
    equal(connection.closed, 1);
    equal(connection.sent, `GET ${REQUEST.target} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n`);
  }
  equal(await bodyOf(await exchange(new Scripted([...CHUNKED]))), CHUNKED_BODY, "byte by byte");
});

Deno.test("exchangeOn() yields the same raw bytes after an upgrade, wherever the answer is cut", async () => {
  // Without an upgrade the bytes follow all the same.
  const heads = [UPGRADE, "HTTP/1.1 200 OK\r\n\r\n", `HTTP/1.1 100 Continue\r\n\r\n${UPGRADE}`];
  // RFC 9110, §8.6: it has no meaning there.
  heads.push(UPGRADE.replace("\r\n\r\n", "\r\nContent-Length: 2\r\n\r\n"));
  for (const answer of heads.map((head) => head + RAW_BODY)) {
    const cuts = [...answer].map((_, cut) => [answer.slice(0, cut), answer.slice(cut)]);
    for (const [cut, reads] of [...cuts, [...answer]].entries()) {
      const connection = new Scripted(reads);
      const response = await exchange(connection, EXEC);
      equal(response.status, 200);
      equal(await bodyOf(response), RAW_BODY, `${answer} cut at ${cut}`);
      equal(connection.closed, 1);
      equal(connection.sent, `${EXEC_SENT}to be read`);
      equal(connection.hasEndedWriting, true);
    }
  }
});

Deno.test("exchangeOn() writes nothing for a command that the engine refuses", async () => {
  const answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot there";
  for (let cut = 0; cut <= answer.length; cut++) {
    const connection = new Scripted([answer.slice(0, cut), answer.slice(cut)]);
    const response = await exchange(connection, EXEC);
    deepEqual([response.status, await response.text()], [404, "not there"]);
    deepEqual([connection.sent, connection.closed], [EXEC_SENT, 1]);
  }
});

Deno.test("exchangeOn() reads the output of a command that does not read all it is given", async () => {
  const connection = new Scripted([UPGRADE, "output"]);
  const write = connection.write.bind(connection);
  connection.write = (bytes) =>
    connection.sent.length < EXEC_SENT.length - 1 ? write(bytes) : Promise.reject(new Error("Broken pipe"));
  equal(await bodyOf(await exchange(connection, EXEC)), "output");
});

Deno.test("exchangeOn() hands over many chunks at once", async () => {
  const chunks = "3\r\nabc\r\n".repeat(1000);
  const { body } = await exchange(new Scripted([CHUNKED.slice(0, CHUNKED.indexOf("5\r\n")) + chunks]));
  const reader = body!.getReader();
  const { value } = await reader.read();
  equal(new TextDecoder().decode(value), "abc".repeat(1000));
  await reader.cancel();
});

Deno.test("exchangeOn() tells a body that is cut from one that is complete, wherever it is cut", async () => {
  const bodyAt = CHUNKED.indexOf("\r\n\r\n") + 4;
  for (let length = 0; length < CHUNKED.length; length++) {
    const connection = new Scripted([CHUNKED.slice(0, length)]);
    const reading = exchange(connection).then((response) => {
      ok(length >= bodyAt, "there is no answer without its head");
      return bodyOf(response);
    });
    await rejects(reading, EngineUnreachableError, `cut at ${length}`);
    equal(connection.closed, 1);
  }
});

Deno.test("exchangeOn() takes a body of a given length, one that ends with the connection, and none", async () => {
  const answers: [answer: string, status: number, body: string][] = [
    ["HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot there", 404, "not there"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, ""],
    ["HTTP/1.0 500 Internal Server Error\r\n\r\nno length", 500, "no length"],
    ["HTTP/1.1 204 No Content\r\n\r\n", 204, ""],
    ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, "ok"],
  ];
  for (const [answer, status, body] of answers) {
    for (let cut = 0; cut <= answer.length; cut++) {
      const connection = new Scripted([answer.slice(0, cut), answer.slice(cut)]);
      const response = await exchange(connection);
      deepEqual([response.status, await bodyOf(response)], [status, body], `${answer} cut at ${cut}`);
      equal(connection.closed, 1);
    }
  }
  const cut = exchange(new Scripted(["HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot"]));
  await rejects(async () => await (await cut).text(), EngineUnreachableError);
});

Deno.test("exchangeOn() tells an upgrade that is cut in its head from one whose output has ended", async () => {
  for (let length = 0; length < UPGRADE.length; length++) {
    const connection = new Scripted([UPGRADE.slice(0, length)]);
    await rejects(exchange(connection, EXEC), EngineUnreachableError, `cut at ${length}`);
    deepEqual([connection.sent, connection.closed], [EXEC_SENT, 1]);
  }
  const connection = new Scripted([UPGRADE], "wait");
  const { body } = await exchange(connection, EXEC);
  const reading = body!.getReader().read();
  // As when the engine dies.
  connection.close();
  await rejects(reading, EngineUnreachableError);
});

Deno.test("exchangeOn() refuses what is no HTTP", async () => {
  const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const answers = ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "\r\n\r\n", `HTTP/1.1 200 OK\r\nX: ${"y".repeat(70_000)}`];
  answers.push("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
  for (const body of ["xyz\r\n", "\r\n\r\n", "3\r\nabcd\r\n", "fffffffffffffff\r\nabc"]) {
    answers.push(head + body);
  }
  for (const answer of answers) {
    const connection = new Scripted([answer]);
    const reading = exchange(connection).then(bodyOf);
    await rejects(reading, EngineUnreachableError, answer.slice(0, 80));
    equal(connection.closed, 1);
  }
});

Deno.test("an abort closes the connection and passes its reason on, at any time", async () => {
  const reason = new Error("asked to stop");
  const moments = [0, 10, UPGRADE.length, CHUNKED.indexOf("hello") + 2, CHUNKED.length - 1];
  for (const length of moments) {
    for (const [answer, options] of [[CHUNKED, {}], [UPGRADE + RAW_BODY, EXEC]] as const) {
      const connection = new Scripted([answer.slice(0, length)], "wait");
      const controller = new AbortController();
      const reading = exchange(connection, { ...options, signal: controller.signal }).then(bodyOf);
      const rejected = rejects(reading, reason);
      await new Promise((resolve) => setTimeout(resolve));
      controller.abort(reason);
      await rejected;
      equal(connection.closed, 1);
    }
  }
  const connection = new Scripted([], "wait");
  await rejects(exchange(connection, { signal: AbortSignal.abort(reason) }), reason);
  equal(connection.sent, "");
  equal(connection.closed, 1);
});

Deno.test("whoever reads no further closes the connection", async () => {
  for (const [answer, options] of [[CHUNKED.slice(0, 100), {}], [UPGRADE + RAW_BODY, EXEC]] as const) {
    const connection = new Scripted([answer], "wait");
    const { body } = await exchange(connection, options);
    for await (const _piece of body!) break;
    equal(connection.closed, 1);
  }
  const connection = new Scripted([UPGRADE, "short"], "wait");
  const reader = (await exchange(connection, EXEC)).body!.getReader();
  await reader.read();
  // Which rests first, after so short a read.
  const reading = reader.read();
  await Promise.resolve();
  await reader.cancel();
  equal((await reading).done, true);
  equal(connection.closed, 1);
});
