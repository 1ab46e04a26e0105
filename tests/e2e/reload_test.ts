/** `systemctl reload`: what changed is applied, what is wrong is refused, the service goes on. */
import { equal, match, ok } from "node:assert/strict";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { HostRegistry } from "./support/host_registry.ts";
import { type Container, type ServiceConfig, ServiceUnit } from "./support/service_unit.ts";

/** systemd from 253 on waits for READY=1 by itself; Debian 12 has 252. */
const NOTIFY_RELOAD = "[Service]\nType=notify-reload\nExecReload=";

const WEB: ServiceConfig = { script: "trap 'exit 0' TERM; httpd -f -p 80 -h /data & wait" };

function monitored(path: string): ServiceConfig {
  const check = { path, frequency: 1, name: `page ${path}` };
  return { ...WEB, monitor: { "public_network_name": "bridge", "check_http": [check] } };
}

async function assertMonitoringSwapped(service: ServiceUnit): Promise<void> {
  await service.touch("one", "1");
  await service.touch("two", "2");
  await service.start();
  const before = await service.container();
  await service.configure(monitored("/two"));
  equal((await service.begin("reload").result).code, 0);
  // Without Type=notify-reload, systemctl returns as soon as the signal is sent.
  await service.untilRecord("the reload", ({ message }) => message === "Reloaded: the container stays");
  await service.until("active", ({ ActiveState }) => ActiveState === "active");
  // Only the new check misses this page, and only the old one would miss the other.
  await service.host.run("rm", `${service.data}/two`, `${service.data}/one`);
  await service.untilRecord(
    "the new check's failure",
    ({ source, message }) => source === "monitoring" && message.includes("/two"),
  );
  ok(
    !(await service.records()).some(({ source, message }) =>
      source === "monitoring" && message.includes("/one")
    ),
  );
  equal((await service.container())?.id, before?.id);
}

testOnHosts("a reload with other checks keeps the container", async (host) => {
  await using service = await ServiceUnit.create(host, monitored("/one"));
  await assertMonitoringSwapped(service);
});

testOnHosts("a reload by Type=notify-reload", async (host) => {
  await using service = await ServiceUnit.create(host, monitored("/one"), { dropIn: NOTIFY_RELOAD });
  await assertMonitoringSwapped(service);
}, { on: ["13", "14"] });

testOnHosts("a reload with another image replaces the container when the pull is done", async (host) => {
  await using registry = await HostRegistry.open(host, { bytesPerSecond: 200_000 });
  await using service = await ServiceUnit.create(host, WEB);
  await service.start();
  const before = await service.container() as Container;
  await service.configure({ ...WEB, image: await registry.pushNewImage(), pull: "always" });
  const reloading = service.begin("reload");
  await service.untilStatus(/Pulling \S+: [1-9]\d?%/);
  equal((await service.container())?.id, before.id);
  ok((await service.container())?.running, "the old container serves during the pull");
  equal((await reloading.result).code, 0);
  await service.untilStatus(/^Running since/);
  const { ActiveState, NRestarts } = await service.state();
  equal(`${ActiveState} ${NRestarts}`, "active 0");
  const after = await service.container() as Container;
  ok(after.running && after.id !== before.id, "there is a new container");
});

testOnHosts("a reload with an image that can not be had keeps the container", async (host) => {
  await using registry = await HostRegistry.open(host);
  await using service = await ServiceUnit.create(host, WEB);
  await service.start();
  const before = await service.container();
  await service.configure({ ...WEB, image: `127.0.0.1:${registry.port}/no-such-image`, pull: "always" });
  await service.begin("reload").result;
  await service.untilRecord(
    "the refusal",
    ({ severity, message }) => severity === "error" && message.includes("no-such-image"),
  );
  await service.until("active", ({ ActiveState }) => ActiveState === "active");
  equal((await service.container())?.id, before?.id);
});

testOnHosts("a reload with a broken config fails, and the container goes on", async (host) => {
  await using service = await ServiceUnit.create(host, WEB);
  await service.start();
  const before = await service.container();
  await host.write(service.configPath, `name: ${service.name}\nimge: nginx\n`);
  const { code } = await service.begin("reload").result;
  ok(code !== 0, "systemctl reload fails");
  const { ActiveState, NRestarts } = await service.state();
  equal(`${ActiveState} ${NRestarts}`, "active 0");
  equal((await service.container())?.id, before?.id);
  match((await host.messages(service.unit)).join("\n"), /"imge" is not known here/);
});
