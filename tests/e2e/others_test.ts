/** Containers that are not the unit's are left alone, whatever they are called. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { testOnHosts } from "./support/test_on_hosts.ts";
import type { Host } from "./support/host.ts";
import { INNER_IMAGES } from "./support/inner_images.ts";
import { type Container, IDLE, inspectContainer, ServiceUnit } from "./support/service_unit.ts";

const OURS = "service_runner.service";

testOnHosts("similar names and foreign labels: never touched by the unit web", async (host) => {
  await using others = new AsyncDisposableStack();
  for (const [name, label] of [["web-2", "a=b"], ["my-web", "a=b"], ["elsewhere", "service=web"]] as const) {
    others.use(await runForeign(host, name, label));
  }
  const names = ["web-2", "my-web", "elsewhere"];
  const before = await inspectAll(host, names);
  await using web = await ServiceUnit.create(host, { script: IDLE }, { literalName: "web" });
  await web.start();
  await host.systemctl("restart", web.unit);
  const { MainPID } = await web.state();
  await host.run("kill", "-KILL", MainPID);
  await web.until(
    "active again",
    (state) => state.ActiveState === "active" && state.MainPID !== MainPID,
  );
  await web.stop();
  equal(await web.container(), undefined);
  deepEqual(await inspectAll(host, names), before);
});

testOnHosts(
  "somebody else's container of the same name: the start fails, the container goes on",
  async (host) => {
    await using _ = await runForeign(host, "taken", "owner=somebody");
    const before = await inspectContainer(host, "taken");
    const dropIn = "[Service]\nRestart=no";
    await using web = await ServiceUnit.create(host, { script: IDLE }, { literalName: "taken", dropIn });
    const { code } = await web.begin("start").result;
    ok(code !== 0, "systemctl start fails");
    match((await web.state()).StatusText, /taken/);
    deepEqual(await inspectContainer(host, "taken"), before);
  },
);

testOnHosts("a container of another unit of the program is not touched either", async (host) => {
  await using other = await ServiceUnit.create(host, { script: IDLE }, { literalName: "web-3" });
  await using web = await ServiceUnit.create(host, { script: IDLE }, { literalName: "web" });
  await other.start();
  const before = await other.container();
  await web.start();
  equal((await web.container())?.running, true);
  await host.systemctl("restart", web.unit);
  await web.stop();
  deepEqual(await other.container(), before);
  equal(await host.docker("inspect", "--format", `{{index .Config.Labels "${OURS}"}}`, "web-3"), "web-3");
});

async function runForeign(host: Host, name: string, label: string): Promise<AsyncDisposable> {
  const options = ["--detach", "--name", name, "--label", label];
  await host.docker("run", ...options, INNER_IMAGES.base, "sh", "-c", IDLE);
  return {
    async [Symbol.asyncDispose]() {
      await host.docker("rm", "--force", name);
    },
  };
}

async function inspectAll(host: Host, names: readonly string[]): Promise<(Container | undefined)[]> {
  return await Promise.all(names.map((name) => inspectContainer(host, name)));
}
