/** What an operator reads, on whole hosts: in `systemctl status`, `service_runner status`, and the journal. */
import { deepEqual, equal, match } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";

const ONCE = { dropIn: "[Service]\nRestart=no" };
/** Heeds no signal that asks for an end. */
const DEAF = "trap '' TERM; echo up; while :; do sleep 1; done";
const PAGE = "mkdir /www; echo hello >/www/index.html; trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait";

/** The unit's Status line once it has failed, and what systemd says of an errno. */
async function failure(service: ServiceUnit) {
  const { StatusText } = await poll(60_000, `the end of ${service.unit}`, async () => {
    const state = await service.state();
    return state.ActiveState === "failed" ? state : undefined;
  });
  return { StatusText, ...await service.host.show(service.unit, "StatusErrno") };
}

testOnHosts(
  "no error of the kernel is made up: neither for an exit, nor for a service that is not ready",
  async (host) => {
    const cases = [
      [{ script: "exit 3" }, /^Failed: The container has ended by itself: exit code 3$/],
      [
        { script: IDLE, ready: { when: "notify", timeout: "1s" } },
        /not ready within 1 s; waited for READY=1/,
      ],
      [{ script: IDLE, bogus: 1 }, /^Failed: Cannot load config .*: .*"bogus" is not known here[^|]*$/],
    ] as const;
    for (const [config, words] of cases) {
      await using service = await ServiceUnit.create(host, config, ONCE);
      await service.begin("start").result;
      const { StatusText, StatusErrno } = await failure(service);
      match(StatusText, words);
      equal(StatusErrno, "0", StatusText);
    }
  },
);

testOnHosts(
  "an exit code of 137 says who has killed, and a stop that was not heeded says so",
  async (host) => {
    await using service = await ServiceUnit.create(host, {
      script: DEAF,
      container_create_args: ["--stop-timeout", "1"],
    }, ONCE);
    const kills = [
      [
        "docker kill",
        ["docker", "kill", service.name],
        /from outside: killed by way of Docker, as by docker kill/,
      ],
      [
        "docker rm",
        ["docker", "rm", "--force", service.name],
        /from outside: killed and removed by way of Docker/,
      ],
      [
        "docker stop",
        ["docker", "stop", service.name],
        /from outside: killed, since it did not heed SIGTERM/,
      ],
      [
        "kill",
        ["pkill", "-KILL", "-f", "trap .* TERM; echo up"],
        /by itself: killed by SIGKILL, not by way of Docker/,
      ],
    ] as const;
    for (const [what, command, words] of kills) {
      await service.start();
      await host.run(...command);
      const { StatusText } = await failure(service);
      match(StatusText, words, what);
      match(await host.run("service_runner", "status", service.name), words, what);
    }
    await service.start();
    await service.stop();
    const stopped = (await service.records()).findLast(({ message }) =>
      message.startsWith("The container has stopped")
    );
    match(stopped?.message ?? "", /killed, since it did not heed its stop signal in time \(exit code 137\)/);
  },
);

testOnHosts("a paused container is paused in every view, and its checks wait", async (host) => {
  await using service = await ServiceUnit.create(host, {
    script: PAGE,
    monitor: { check_http: [{ path: "/", frequency: 1, timeout: "1s", on_failure: "fail" }] },
  });
  await service.start();
  await service.untilStatus(/2 checks pass/);
  await host.docker("pause", service.name);
  await service.untilStatus(/^Paused since \d\d:\d\d, its checks wait$/);
  const row = await poll(10_000, "the pause in status", async () => {
    const table = await host.run("service_runner", "status", service.name);
    return / paused /.test(table) ? table : undefined;
  });
  match(row, / active +paused /);
  // Several turns of the check, each with its timeout.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await host.docker("unpause", service.name);
  await service.untilStatus(/^Running since .*2 checks pass/);
  deepEqual((await service.records()).filter(({ source }) => source === "monitoring"), []);
});

testOnHosts(
  "checks ask the container on its own network; the status follows a restart; a slip is a slip",
  async (host) => {
    const network = `net-${crypto.randomUUID().slice(0, 8)}`;
    await host.docker("network", "create", network);
    try {
      for (const args of [["--network", network], ["--network", "host"]]) {
        await using service = await ServiceUnit.create(host, {
          script: PAGE.replace("-p 80", "-p 8099"),
          container_create_args: args,
          monitor: { check_http: [{ path: "/", port: 8099, frequency: 1 }] },
        });
        await service.start();
        await service.untilStatus(/2 checks pass/);
        await host.systemctl("restart", service.unit);
        await service.untilStatus(/2 checks pass/);
        const table = await poll(10_000, "the status after a restart", async () => {
          const shown = await host.run("service_runner", "status", service.name);
          return /2 pass/.test(shown) ? shown : undefined;
        });
        match(table, new RegExp(`^${service.name} +active +running `, "m"));
      }
    } finally {
      await host.docker("network", "rm", network);
    }
    const { code, stderr } = await host.attempt("service_runner", "statsu");
    deepEqual([code, /did you mean "status"/.test(stderr)], [64, true]);
  },
);
