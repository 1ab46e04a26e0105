/** Requests that have a connection of their own, on a real socket; all others: `docker_engine_test.ts`. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { EngineRequest } from "../../../src/engine/http/transport.ts";
import { unixTransport } from "../../../src/engine/http/unix_transport.ts";
import { EngineUnreachableError } from "../../../src/errors.ts";
import { EngineServer } from "../../support/engine_server.ts";
import { tempDir } from "../../support/temp_dir.ts";

const LOG: Omit<EngineRequest, "signal"> = { method: "GET", path: "/v1.41/containers/x/logs", raw: true };
const EXEC: Omit<EngineRequest, "signal"> = {
  method: "POST",
  path: "/v1.41/exec/x/start",
  body: "{}",
  stdin: new TextEncoder().encode("to be read"),
};
const NEVER = new AbortController().signal;

Deno.test("an abort while the connection is made leaves no connection behind, and asks for nothing", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/engine.sock`;
  using listener = Deno.listen({ transport: "unix", path });
  using transport = unixTransport(path);
  for (const request of [LOG, EXEC]) {
    const stopping = new AbortController();
    const reason = new Error("asked to stop");
    const sending = transport.send({ ...request, signal: stopping.signal });
    stopping.abort(reason);
    await rejects(sending, reason);
    using connection = await listener.accept();
    equal(await connection.read(new Uint8Array(1)), null);
  }
});

Deno.test("an engine that is not there, or breaks off, is unreachable to the requests with a connection of their own", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/engine.sock`;
  using transport = unixTransport(path);
  const refused = async (request: Omit<EngineRequest, "signal">, expected: RegExp) => {
    await rejects(transport.send({ ...request, signal: NEVER }), (error) => {
      ok(error instanceof EngineUnreachableError);
      deepEqual([expected.test(error.message), error.mayComeUp], [true, true], error.message);
      return true;
    });
  };
  for (const request of [LOG, EXEC]) await refused(request, /there is no such socket/);
  using listener = Deno.listen({ transport: "unix", path });
  for (const request of [LOG, EXEC]) {
    const serving = listener.accept().then(async (connection) => {
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode("HTTP/1.1 2"));
      connection.close();
    });
    await refused(request, /the connection broke off in the head of the answer/);
    await serving;
  }
});

Deno.test("the engine is asked by its socket, whatever proxies are not for", async (t) => {
  const hosts: (string | null)[] = [];
  await using server = await EngineServer.start(({ headers }) => {
    hosts.push(headers.get("host"));
    return new Response("OK");
  });
  const before = Deno.env.get("NO_PROXY");
  for (const list of ["*", "docker", "127.0.0.1,localhost,::1", "0.0.0.0/0", "10.0.0.0/8,.internal"]) {
    await t.step(list, async () => {
      Deno.env.set("NO_PROXY", list);
      using transport = unixTransport(server.socketPath);
      const response = await transport.send({ method: "GET", path: "/_ping", signal: NEVER });
      equal(await response.text(), "OK");
      equal(hosts.at(-1), "docker");
    });
  }
  if (before === undefined) Deno.env.delete("NO_PROXY");
  else Deno.env.set("NO_PROXY", before);
});
