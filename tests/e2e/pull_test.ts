/** Pulls that are slow, and pulls that hang. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { testOnHosts, testSideBySide } from "./support/test_on_hosts.ts";
import type { Host } from "./support/host.ts";
import { HostRegistry } from "./support/host_registry.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";

/** busybox, compressed, takes about 13 s at this rate. */
const SLOW = { bytesPerSecond: 75_000 };

/** Not yet a whole layer. */
const STALLING = { stallsAfterBytes: 300_000 };
const SILENT = { stallsAfterBytes: 0 };

/** systemd's own timeout for a start, where a unit does not set one. */
const DEFAULT_TIMEOUT_MS = 90_000;
/** Longer than that. */
const SLOWER = { bytesPerSecond: 9_500 };

// By itself: other tests reload the manager, which then forgets what it was asked for.
testOnHosts("a pull may take longer than TimeoutStartSec, and is seen to go on", async (host) => {
  await using registry = await HostRegistry.open(host, SLOW);
  const image = await registry.pushNewImage();
  await using service = await ServiceUnit.create(host, { script: IDLE, image, pull: "always" }, {
    dropIn: "[Service]\nTimeoutStartSec=10",
  });
  const starting = service.begin("start");
  const { ActiveState, StatusText } = await service.untilStatus(/^Pulling /);
  equal(ActiveState, "activating");
  ok(StatusText.startsWith(`Pulling ${image}`), StatusText);
  await service.untilStatus(/^Pulling \S+: [1-9]\d?%, 0\/1 layers/);
  const { code, stderr, tookMs } = await starting.result;
  equal(code, 0, stderr);
  ok(tookMs > 10_000, `the pull took only ${tookMs} ms: the test shows nothing`);
  equal((await service.state()).ActiveState, "active");
});

testOnHosts(
  "the engine is stopped in the middle of a pull: the unit says so, and comes back by itself",
  async (host) => {
    await using registry = await HostRegistry.open(host, SLOW);
    const image = await registry.pushNewImage();
    await using service = await ServiceUnit.create(host, { script: IDLE, image, pull: "always" });
    const starting = service.begin("start");
    await service.untilStatus(/^Pulling \S+: [1-9]\d?%, 0\/1 layers/);
    await host.systemctl("stop", "docker.socket", "docker.service");
    await service.untilRecord(
      "the lost engine",
      ({ message }) => /Cannot reach the Docker Engine/.test(message),
    );
    // Its Wants= starts the engine again.
    await service.until("active", ({ ActiveState }) => ActiveState === "active", 120_000);
    await starting.result;
    ok((await service.container())?.running);
  },
);

testSideBySide("pulls from a registry that makes trouble", {
  "a slow one: a daemon-reload does not end the start": async (host) => {
    await using registry = await HostRegistry.open(host, SLOWER);
    const image = await registry.pushNewImage();
    await using service = await ServiceUnit.create(host, { script: IDLE, image, pull: "always" });
    const starting = service.begin("start");
    await new Promise((resolve) => setTimeout(resolve, DEFAULT_TIMEOUT_MS + 1_000));
    ok(starting.isRunning(), "the pull is over: the test shows nothing");
    await host.systemctl("daemon-reload");
    const { code, stderr } = await starting.result;
    equal(code, 0, stderr);
    equal((await service.state()).ActiveState, "active");
  },

  "a silent one: the start fails in bounded time and says why": async (host) => {
    await using registry = await HostRegistry.open(host, SILENT);
    await assertStartFails(host, registry, 90_000);
  },

  "one that stops in the middle of a layer: the start fails in bounded time and says why": async (host) => {
    await using registry = await HostRegistry.open(host, STALLING);
    await assertStartFails(host, registry, 150_000);
  },
});

async function assertStartFails(host: Host, registry: HostRegistry, limitMs: number): Promise<void> {
  const image = await registry.pushNewImage();
  await using service = await ServiceUnit.create(host, { script: IDLE, image, pull: "always" }, {
    dropIn: "[Service]\nRestart=no",
  });
  const { code, tookMs } = await service.begin("start").result;
  ok(code !== 0, "systemctl start fails");
  ok(tookMs < limitMs, `took ${tookMs} ms`);
  const { ActiveState, Result, ExecMainStatus, StatusText } = await service.state();
  deepEqual({ ActiveState, Result, ExecMainStatus }, {
    ActiveState: "failed",
    Result: "exit-code",
    ExecMainStatus: "69",
  });
  match(StatusText, /pull/);
  ok(StatusText.includes(image), StatusText);
  equal(await service.container(), undefined);
}
