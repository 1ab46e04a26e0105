/** What the engine of a test does not do on demand; commands in a real container: tests/integration. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import * as v from "valibot";
import { monitorSchema } from "../../../src/config/monitor_config.ts";
import type { ContainerEngine } from "../../../src/engine/engine.ts";
import { EngineError } from "../../../src/errors.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import type { ReadProc } from "../../../src/host/process_identity.ts";
import { type Check, failing } from "../../../src/checks/check.ts";
import { execCheck } from "../../../src/checks/exec/exec_check.ts";
import { frame } from "../../engine/frames.ts";

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

/** A machine on which the engine's processes are not to be seen. */
const elsewhere: ReadProc = () => undefined;

/** Where they are: 4711 is the 12th process of the container "id". */
const here: ReadProc = (path) =>
  path === "/proc/4711/cgroup" ? "0::/docker/id\n" : "Name:\tprobe\nNSpid:\t4711\t12\n";

function checkOn(engine: unknown, readProc = elsewhere): Check {
  const { checkInternalCommand: [config] } = v.parse(monitorSchema, {
    check_internal_command: [{ shell_command: "probe" }],
  });
  const options = {
    containerId: "id",
    host: denoHost(),
    readProc,
    folder: "/",
    stop: new AbortController().signal,
  };
  return execCheck(config!, { engine: engine as ContainerEngine, ...options });
}

Deno.test("a command that can not be ended is told, and no other one is started beside it", async () => {
  const engine = new StuckEngine();
  const check = checkOn(engine);
  await rejects(check.run(AbortSignal.timeout(50)), { name: "TimeoutError" });
  deepEqual(
    await check.run(AbortSignal.timeout(5000)),
    failing(
      "the command of an earlier run can not be ended in the container: its process 4711 is not to be seen on this host",
    ),
  );
  deepEqual(engine.calls, ["create /bin/sh -c probe", "start"]);
  engine.isRunning = false;
  await rejects(check.run(AbortSignal.timeout(50)), { name: "TimeoutError" });
  equal(engine.calls.length, 4);
});

Deno.test("a command is ended from within the container, with all in its process group", async () => {
  const engine = new StuckEngine();
  const start = engine.startExec.bind(engine);
  engine.startExec = () => {
    if (engine.calls.length === 1) return start();
    engine.isRunning = false;
    return Promise.resolve(ReadableStream.from<Uint8Array>([]));
  };
  await rejects(checkOn(engine, here).run(AbortSignal.timeout(50)), { name: "TimeoutError" });
  deepEqual(engine.calls, ["create /bin/sh -c probe", "start", "create /bin/sh -c kill -9 -12"]);
});

Deno.test("a command in a container without a shell can not be ended, which is told at once", async () => {
  const engine = new StuckEngine();
  const start = engine.startExec.bind(engine);
  const complaint = frame(2, 'exec: "/bin/sh": no such file or directory\n');
  engine.startExec = () =>
    engine.calls.at(-1) === "create /bin/sh -c probe"
      ? start()
      : Promise.resolve(ReadableStream.from([complaint]));
  const check = checkOn(engine, here);
  await rejects(check.run(AbortSignal.timeout(50)), { name: "TimeoutError" });
  const reason =
    'the command of an earlier run can not be ended in the container: exec: "/bin/sh": no such file or directory';
  deepEqual(await check.run(AbortSignal.timeout(1000)), failing(reason));
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
