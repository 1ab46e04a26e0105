/** A container that ends by itself: what the unit, the journal and the engine show of it. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { LogRecord } from "../support/service_process.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { ServiceUnit } from "./support/service_unit.ts";

const NO_RESTART = { dropIn: "[Service]\nRestart=no" };
/** Ends with code 3 as soon as it is told to. */
const EXITS_3 = `trap 'exit 0' TERM
seq 1 30
until [ -e /data/end ]; do sleep 0.1; done
rm /data/end
echo last words >&2
exit 3`;
const EATS_MEMORY = "echo hungry; x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done";

testOnHosts(
  "a container that exits 3: the unit says so, systemd restarts it, nothing is left over",
  async (host) => {
    await using service = await ServiceUnit.create(host, { script: EXITS_3 });
    await service.start();
    const first = await service.container();
    await service.touch("end");
    const ended = await service.until("restarting", ({ SubState }) => SubState === "auto-restart");
    deepEqual({ Result: ended.Result, ExecMainStatus: ended.ExecMainStatus }, {
      Result: "exit-code",
      ExecMainStatus: "3",
    });
    equal(await service.container(), undefined);
    const restarted = await service.until("active again", ({ ActiveState }) => ActiveState === "active");
    equal(restarted.NRestarts, "1");
    const second = await service.container();
    ok(second?.running && second.id !== first?.id, "there is a new container");
    await service.stop();
    equal(await service.container(), undefined);

    const records = await service.records();
    ok(!records.some(({ message }) => /in use|conflict/i.test(message)), "there was no name conflict");
    const { data, message } = await postMortem(service);
    ok(/\b3\b/.test(message), message);
    equal(data.exit_code, 3);
    equal(data.oom_killed, false);
    equal(data.signal ?? null, null);
    equal(typeof data.meaning, "string");
    ok((data.ran_seconds as number) > 0);
    const expected = [...Array.from({ length: 19 }, (_, index) => `${index + 12}`), "last words"];
    deepEqual(data.last_lines, expected);
    deepEqual(data.failing_checks, []);
    ok(/^sha256:/.test(String(data.image_digest)), `image_digest: ${data.image_digest}`);
    ok("restarts" in data, "restarts");
  },
);

testOnHosts(
  "a container that runs out of memory: 137, and the post-mortem says that it was memory",
  async (host) => {
    await using service = await ServiceUnit.create(host, {
      script: EATS_MEMORY,
      "container_create_args": ["--memory", "16m"],
    }, NO_RESTART);
    await service.begin("start").result;
    const { Result, ExecMainStatus, StatusText } = await service.until("failed", isFailed);
    deepEqual({ Result, ExecMainStatus }, { Result: "exit-code", ExecMainStatus: "137" });
    ok(/memory/i.test(StatusText), StatusText);
    const { data, message } = await postMortem(service);
    ok(/memory/i.test(`${message} ${data.meaning}`), message);
    deepEqual({ code: data.exit_code, oom: data.oom_killed }, { code: 137, oom: true });
  },
  { needs: "a memory controller" },
);

testOnHosts(
  "a container that is killed: 137, and the post-mortem says that it was a signal",
  async (host) => {
    await using service = await ServiceUnit.create(host, { script: "echo up; sleep 100000" }, NO_RESTART);
    await service.start();
    await host.docker("kill", "--signal=KILL", service.name);
    const { Result, ExecMainStatus } = await service.until("failed", isFailed);
    deepEqual({ Result, ExecMainStatus }, { Result: "exit-code", ExecMainStatus: "137" });
    const { data, message } = await postMortem(service);
    deepEqual({ code: data.exit_code, oom: data.oom_killed, signal: data.signal }, {
      code: 137,
      oom: false,
      signal: "SIGKILL",
    });
    ok(!/memory/i.test(`${message} ${data.meaning}`), message);
  },
);

function isFailed({ ActiveState }: { readonly ActiveState: string }): boolean {
  return ActiveState === "failed";
}

/** The one record that tells how the container ended. */
async function postMortem(service: ServiceUnit): Promise<LogRecord> {
  const isPostMortem = ({ source, data }: LogRecord) => source === "service" && "oom_killed" in data;
  const record = await service.untilRecord("the container's end", isPostMortem);
  equal((await service.records()).filter(isPostMortem).length, 1, "there is one post-mortem");
  equal(record.severity, "error");
  return record;
}
