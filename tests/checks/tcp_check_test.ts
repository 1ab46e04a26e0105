import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import * as v from "valibot";
import { monitorSchema } from "../../src/config/monitor_config.ts";
import type { ContainerInspect } from "../../src/engine/api_types.ts";
import type { ContainerEngine } from "../../src/engine/engine.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import type { Check } from "../../src/checks/check.ts";
import { ContainerAddress } from "../../src/checks/container_address.ts";
import { tcpCheck } from "../../src/checks/tcp_check.ts";
import { openFiles } from "../support/processes.ts";

/** A container whose address on the network `bridge` is this one. */
function checkOf(check: Record<string, unknown>, containerAddress = "127.0.0.1"): Check {
  const { checkTcp: [config] } = v.parse(monitorSchema, { check_tcp: [check] });
  const Networks = { bridge: { IPAddress: containerAddress } };
  const HostConfig = { NetworkMode: "default" };
  const container = { HostConfig, NetworkSettings: { Networks } } as unknown as ContainerInspect;
  const engine = { inspectContainer: () => Promise.resolve(container) } as unknown as ContainerEngine;
  return tcpCheck(config!, { host: denoHost(), address: new ContainerAddress(engine, "id", "bridge") });
}

Deno.test("check_tcp passes where somebody listens, by default at the container's address", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = `${listener.addr.port}`;
  const signal = AbortSignal.timeout(5000);
  deepEqual(await checkOf({ port }).run(signal), { ok: true });
  // Nobody listens at the container's address then; the host that is given counts.
  deepEqual(await checkOf({ port, host: "localhost" }, "127.0.0.2").run(signal), { ok: true });
  ok(!(await checkOf({ port }, "127.0.0.2").run(signal)).ok);
});

Deno.test("check_tcp fails where nobody listens, naming host and port", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const check = checkOf({ port: `${port}` });
  const result = await check.run(AbortSignal.timeout(5000));
  ok(!result.ok);
  match(result.reason, new RegExp(`^no connection to 127.0.0.1 port ${port}: Connection refused`));
  equal(check.name, `tcp port ${port}`);
});

Deno.test("check_tcp takes IPv6 addresses, in brackets too", async () => {
  for (const host of ["::1", "[::1]"]) {
    const result = await checkOf({ host, port: "1" }).run(AbortSignal.timeout(5000));
    ok(!result.ok);
    // Not every machine has IPv6, but each takes it for an address.
    match(result.reason, /refused|[Aa]ddress not available|unreachable|not supported/);
  }
});

Deno.test("check_tcp gives up at its timeout, and leaves no socket", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using _full = await filledBacklog(listener.addr.port);
  const { socket } = openFiles(Deno.pid);
  const running = checkOf({ port: `${listener.addr.port}` }).run(AbortSignal.timeout(300));
  await rejects(running, { name: "TimeoutError" });
  equal(openFiles(Deno.pid).socket, socket);
});

/** Connects as often as a listener that accepts nobody lets, so that the next one waits in vain. */
async function filledBacklog(port: number): Promise<Disposable> {
  const connections: Deno.TcpConn[] = [];
  for (;;) {
    try {
      const signal = AbortSignal.timeout(200);
      connections.push(await Deno.connect({ hostname: "127.0.0.1", port, signal }));
    } catch {
      return { [Symbol.dispose]: () => connections.forEach((connection) => connection.close()) };
    }
  }
}
