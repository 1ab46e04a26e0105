/** `systemctl start` returns when the service is ready and not before, whatever ready means. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { testOnHosts } from "./support/test_on_hosts.ts";
import type { Host } from "./support/host.ts";
import { INNER_IMAGES } from "./support/inner_images.ts";
import { IDLE, type ServiceConfig, ServiceUnit } from "./support/service_unit.ts";

const WEB = "trap 'exit 0' TERM; httpd -f -p 80 -h /data & wait";
const HTTP_CHECK = { path: "/health", frequency: 1 };

testOnHosts("ready when started", async (host) => {
  await using service = await ServiceUnit.create(host, { script: IDLE, ready: { when: "started" } });
  await service.start();
  await assertActive(service);
});

testOnHosts("ready when the engine calls the container healthy", async (host) => {
  await assertReadyAfter(host, {
    config: { script: IDLE, image: INNER_IMAGES.health, ready: { when: "healthy" } },
    waiting: /^Waiting .*health.*\bleft\b/i,
    makeReady: (service) => service.touch("healthy"),
  });
});

testOnHosts("ready when the checks pass", async (host) => {
  await assertReadyAfter(host, {
    config: {
      script: WEB,
      ready: { when: "checks" },
      monitor: { "public_network_name": "bridge", "check_http": [HTTP_CHECK] },
    },
    waiting: /^Waiting for checks: http \/health\b.*\b404\b.*, \d+ s left$/,
    makeReady: (service) => service.touch("health", "fine"),
  });
});

testOnHosts(
  "ready when the container says so; its status is shown, its MAINPID is not taken up",
  async (host) => {
    const say = `systemd-notify --status="Warming up" --pid
until [ -e /data/go ]; do sleep 0.1; done
systemd-notify --ready --status="Open for business"
${IDLE}`;
    const service = await assertReadyAfter(host, {
      config: { script: say, image: INNER_IMAGES.notify, ready: { when: "notify" } },
      waiting: /Warming up/,
      makeReady: (service) => service.touch("go"),
      ready: /Open for business/,
    });
    equal(service.program, "service_runner");
  },
);

testOnHosts(
  "not ready in time: the start fails, with what was last seen, and leaves nothing",
  async (host) => {
    await using service = await ServiceUnit.create(host, {
      script: WEB,
      ready: { when: "checks", timeout: "3s" },
      monitor: { "public_network_name": "bridge", "check_http": [HTTP_CHECK] },
    }, { dropIn: "[Service]\nRestart=no" });
    const { code, tookMs } = await service.begin("start").result;
    ok(code !== 0, "systemctl start fails");
    ok(tookMs > 3_000 && tookMs < 20_000, `took ${tookMs} ms`);
    const { ActiveState, Result, StatusText } = await service.state();
    deepEqual({ ActiveState, Result }, { ActiveState: "failed", Result: "exit-code" });
    match(StatusText, /http \/health.*404/);
    equal(await service.container(), undefined);
  },
);

interface Readiness {
  readonly config: ServiceConfig;
  /** The status while it is not ready. */
  readonly waiting: RegExp;
  readonly makeReady: (service: ServiceUnit) => Promise<void>;
  /** The status afterwards. */
  readonly ready?: RegExp;
}

/** The unit is activating until the service is made ready. Yields which program was the unit's main one. */
async function assertReadyAfter(
  host: Host,
  { config, waiting, makeReady, ready }: Readiness,
): Promise<{ readonly program: string }> {
  await using service = await ServiceUnit.create(host, config);
  const starting = service.begin("start");
  const { ActiveState } = await service.untilStatus(waiting);
  equal(ActiveState, "activating");
  equal((await service.container())?.running, true, "the container runs already");
  ok(starting.isRunning(), "systemctl start has not returned");
  await makeReady(service);
  const { code, stderr } = await starting.result;
  equal(code, 0, stderr);
  await assertActive(service, ready);
  const { MainPID } = await service.state();
  return { program: (await host.run("cat", `/proc/${MainPID}/comm`)).trim() };
}

async function assertActive(service: ServiceUnit, status = /^Running since \d\d:\d\d/): Promise<void> {
  const { host, unit } = service;
  equal(await host.systemctl("is-active", unit), "active\n");
  const { StatusText } = await service.untilStatus(status);
  ok((await host.systemctl("status", unit)).includes(`Status: "${StatusText}"`));
}
