/** What the engine of a test does not do on demand; commands in a real container: tests/integration. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import * as v from "valibot";
import { monitorSchema } from "../../../src/config/monitor_config.ts";
import type { ContainerEngine } from "../../../src/engine/engine.ts";
import { EngineError } from "../../../src/errors.ts";
import type { Host } from "../../../src/host/host.ts";
import type { Check } from "../../../src/checks/check.ts";
import { execCheck } from "../../../src/checks/exec/exec_check.ts";

/** An engine whose commands never end; `calls` is what it is asked. */
class StuckEngine {
  readonly calls: string[] = [];
  isRunning = true;

  createExec(_: string, { argv }: { readonly argv: readonly string[] }): Promise<string> {
    this.calls.push(`create ${argv.join(" ")}`);
    return Promise.resolve("exec-id");
  }

  startExec(): Promise<ReadableStream<Uint8Array>> {
    this.calls.push("start");
    return Promise.resolve(new ReadableStream());
  }

  inspectExec(): Promise<unknown> {
    return Promise.resolve({ Running: this.isRunning, ExitCode: this.isRunning ? null : 0, Pid: 4711 });
  }
}

/** On whose machine the engine's processes are not. */
const elsewhere = { readFile: () => Promise.resolve({ kind: "missing" }) } as unknown as Host;

function checkOn(engine: unknown, stop = new AbortController().signal): Check {
  const { checkInternalCommand: [config] } = v.parse(monitorSchema, {
    check_internal_command: [{ shell_command: "probe" }],
  });
  const options = { containerId: "id", host: elsewhere, folder: "/", stop };
  return execCheck(config!, { engine: engine as ContainerEngine, ...options });
}

Deno.test("a command that can not be ended is told, and no other one is started beside it", async () => {
  const engine = new StuckEngine();
  const check = checkOn(engine);
  const late = await check.run(AbortSignal.timeout(50));
  ok(!late.ok);
  equal(
    late.reason,
    "no result in time, and the command can not be ended in the container: its process 4711 is not to be seen on this host",
  );
  const again = await check.run(AbortSignal.timeout(5000));
  ok(!again.ok);
  ok(again.reason.startsWith("the command of an earlier run is still running: "), again.reason);
  deepEqual(engine.calls, ["create /bin/sh -c probe", "start"]);
  engine.isRunning = false;
  const running = check.run(AbortSignal.timeout(50));
  await rejects(running, { name: "TimeoutError" });
  equal(engine.calls.length, 4);
});

Deno.test("a timeout while the engine prepares a command: it is started all the same, and then ended", async () => {
  const engine = new StuckEngine();
  const asked = Promise.withResolvers<void>();
  const prepared = Promise.withResolvers<void>();
  const create = engine.createExec.bind(engine);
  engine.createExec = async (...args) => {
    asked.resolve();
    await prepared.promise;
    engine.isRunning = false;
    return await create(...args);
  };
  const late = new AbortController();
  const running = checkOn(engine).run(late.signal);
  await asked.promise;
  late.abort(new DOMException("late", "TimeoutError"));
  prepared.resolve();
  await rejects(running, { name: "TimeoutError" });
  deepEqual(engine.calls, ["create /bin/sh -c probe", "start"]);
});

Deno.test("a command that the engine refuses is a failing result that says in which state the container is", async () => {
  const refusing = (Status: string | undefined, reason: string) => ({
    createExec: () => Promise.reject(new EngineError("prepare a command in the container", 409, reason)),
    inspectContainer: () => Promise.resolve(Status === undefined ? undefined : { State: { Status } }),
  });
  for (
    const [state, expected] of [
      ["restarting", "no command can run in the container: it is restarting"],
      ["exited", "no command can run in the container: it is exited"],
      [undefined, "the container does not exist any more"],
      ["running", "the engine's words"],
    ] as const
  ) {
    const result = await checkOn(refusing(state, "the engine's words")).run(AbortSignal.timeout(5000));
    ok(!result.ok);
    equal(result.reason, expected);
  }
});
