import { equal } from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { abortable } from "../../src/host/abortable_body.ts";

Deno.test("abortable(): the signal ends a body though its response has been collected", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  // Answers with a head, and sees when the other side goes away.
  const gone = (async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(4096);
    await connection.read(buffer);
    await connection.write(
      new TextEncoder().encode("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    );
    return await connection.read(buffer);
  })();
  const stop = new AbortController();
  const body = await (async () => {
    const url = `http://127.0.0.1:${listener.addr.port}`;
    const signal = AbortSignal.any([stop.signal, new AbortController().signal]);
    return abortable(await fetch(url, { signal })).body!;
  })();
  const ended = body.getReader().read().catch((error) => error.message);
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  stop.abort(new Error("the stop"));
  equal(await ended, "the stop");
  equal(await gone, null);
});
