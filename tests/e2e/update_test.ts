/** Newer images on whole hosts: a registry whose tag moves, the command, its timer's service, the units that look on. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { MovingTag } from "../support/moving_tag.ts";
import { buildImage } from "../support/images.ts";
import { pushImage } from "../support/registry.ts";
import { RegistryFront } from "../support/registry_front.ts";
import { testEngine, testRegistry } from "../support/test_engine.ts";
import type { Host } from "./support/host.ts";
import { HostRegistry, type RegistryOptions } from "./support/host_registry.ts";
import { ServiceUnit } from "./support/service_unit.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";

const PROGRAM = "/usr/local/bin/service_runner";
const UPDATE_UNIT = "service_runner-update.service";

/** Serves its version until it is asked to stop. */
const serving = (version: string) =>
  `mkdir -p /page; echo ${version} >/page/v; trap 'exit 0' TERM; httpd -f -p 80 -h /page & wait`;
/** Serves it, too, but not for long. */
const dying = (version: string) =>
  `mkdir -p /page; echo ${version} >/page/v; httpd -f -p 80 -h /page & sleep 3; exit 3`;
/** Runs, and serves nothing. */
const silent = (version: string) => `echo ${version}; trap 'exit 0' TERM; sleep 1000 & wait`;

interface Outcome {
  readonly name: string;
  readonly result: string;
  readonly why: string | null;
}

/** A service whose image has a tag that moves, with a check for what it serves. */
class Site implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();

  private constructor(
    readonly host: Host,
    readonly front: RegistryFront,
    readonly registry: HostRegistry,
    readonly tag: MovingTag,
    readonly tagName: string,
    readonly service: ServiceUnit,
    readonly port: number,
  ) {}

  static async create(
    host: Host,
    update: Record<string, string>,
    { dropIn, ...options }: RegistryOptions & { readonly dropIn?: string } = {},
  ): Promise<Site> {
    await using stack = new AsyncDisposableStack();
    const front = stack.use(new RegistryFront(testRegistry()));
    const registry = stack.use(await HostRegistry.open(host, { ...options, address: front.address }));
    const name = `moving-${crypto.randomUUID().slice(0, 8)}`;
    const tag = stack.use(new MovingTag(testEngine(), name));
    const port = 30_000 + Math.floor(Math.random() * 10_000);
    const service = stack.use(
      await ServiceUnit.create(host, {
        image: `127.0.0.1:${registry.port}/${name}`,
        update: { probation: "5s", ...update },
        ready: { when: "checks", timeout: "15s" },
        monitor: { check_http: [{ path: "/v", frequency: 1 }] },
        container_create_args: ["--stop-timeout", "1", "--publish", `127.0.0.1:${port}:80`],
      }, dropIn === undefined ? {} : { dropIn }),
    );
    stack.defer(async () => void await host.shell(REMOVE_STATE, service.name));
    const site = new Site(host, front, registry, tag, name, service, port);
    site.#stack.use(stack.move());
    return site;
  }

  /** From now on the tag means an image that serves this version, and that takes a while to pull. */
  async pushLarge(version: string): Promise<void> {
    const engine = testEngine();
    const source = `service_runner-e2e/${this.service.name}:latest`;
    const changes = ["ENV PATH=/bin", `CMD ${JSON.stringify(["sh", "-c", serving(version)])}`];
    // In one layer with busybox, so that nobody has it.
    await buildImage(engine, source, { changes, files: { "/name": this.service.name } });
    await pushImage(engine, { source, registry: testRegistry(), name: this.tagName });
    await engine.removeImage(source);
  }

  /** The command as root types it. */
  async command(...args: string[]): Promise<Outcome & { readonly code: number }> {
    const { code, stdout, stderr } = await this.host.attempt(PROGRAM, ...args, "--json", this.service.name);
    equal(stderr, "");
    const [outcome] = JSON.parse(stdout).services as [Outcome];
    return { code, ...outcome };
  }

  /** What a client gets. */
  async page(): Promise<string> {
    return (await this.host.run("busybox", "wget", "-qO-", `http://127.0.0.1:${this.port}/v`)).trim();
  }

  async memory() {
    return JSON.parse(await this.host.run("cat", this.memoryPath));
  }

  get memoryPath(): string {
    return `/var/lib/service_runner/${this.service.name}/update.json`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

const REMOVE_STATE = `systemctl stop "service_runner@$1"; rm -rf "/var/lib/service_runner/$1"
docker image ls --quiet --filter "reference=service_runner/$1" | xargs --no-run-if-empty docker image rm --force`;

testOnHosts("a newer image comes while the unit stays active, and goes again by hand", async (host) => {
  await using site = await Site.create(host, {}, { bytesPerSecond: 200_000 });
  const { service, tag } = site;
  await tag.push(serving("one"));
  await service.start();
  const dependent = `needs-${service.name}.service`;
  const needs =
    `[Unit]\nRequires=${service.unit}\nAfter=${service.unit}\n[Service]\nExecStart=/bin/sleep infinity\n`;
  await host.write(`/run/systemd/system/${dependent}`, needs);
  await host.systemctl("daemon-reload");
  await host.systemctl("start", dependent);
  const unmoved = async () => [
    await host.show(dependent, "MainPID", "ActiveState"),
    await host.show(service.unit, "MainPID", "ActiveEnterTimestampMonotonic", "NRestarts"),
  ];
  const before = await unmoved();

  site.front.asked.length = 0;
  equal((await site.command("update", "--check")).result, "current");
  deepEqual(site.front.asked.map((line) => line.split(" ")[0]), ["HEAD"], "an unchanged tag");

  await site.pushLarge("two");
  const updating = host.attempt(PROGRAM, "update", "--json", service.name);
  await service.untilStatus(/Updating.*[1-9]\d?%/);
  equal(await site.page(), "one", "the old container serves meanwhile");
  await service.untilStatus(/updated, on probation until/);
  equal(await site.page(), "two");
  const { code, stdout } = await updating;
  const [{ result, from, to }] = JSON.parse(stdout).services;
  deepEqual([code, result], [0, "updated"], stdout);
  match(`${from} ${to}`, /^sha256:\w{64} sha256:\w{64}$/);
  equal(await site.page(), "two");
  deepEqual(await unmoved(), before);
  match(await host.run(PROGRAM, "status", service.name), /UPDATE[^]* done \d+s /);

  const back = await site.command("rollback");
  deepEqual([back.code, back.result], [0, "rolled_back"]);
  equal(await site.page(), "one");
  deepEqual(await unmoved(), before);
  await host.systemctl("stop", dependent);
  await host.systemctl("restart", service.unit);
  equal(await site.page(), "one", "a start does not bring it again");
  equal((await site.command("update")).result, "refused");
  equal((await site.command("update", "--force")).result, "updated");
  equal(await site.page(), "two");
  await host.run("rm", `/run/systemd/system/${dependent}`);
});

testOnHosts(
  "an image that is no good is taken back, told, and not tried again until its tag moves",
  async (host) => {
    await using site = await Site.create(host, {});
    const { service, tag } = site;
    await tag.push(serving("one"));
    await service.start();
    const { id } = await service.container() ?? {};
    /** The very same container serves; the reason is in the table, STATUS= and the journal. */
    const assertStays = async (result: string, why: RegExp, ...args: string[]) => {
      const told = await site.command("update", ...args);
      deepEqual([told.code, told.result], [1, result], told.why ?? "");
      match(told.why ?? "", why);
      equal((await service.container())?.id, id);
      equal(await site.page(), "one");
      const words = result === "failed" ? "update failed" : "update taken back";
      await service.untilStatus(new RegExp(`^Running since .*; ${words}: ${why.source}`));
      const isTold = (text: string) =>
        why.test(text) && /^(?:The update is taken back|A newer image can not be)/.test(text);
      const records = await service.records();
      ok(records.some(({ severity, message }) => severity === "error" && isTold(message)), String(why));
      equal((await service.state()).NRestarts, "0");
    };
    const assertRefused = async () => {
      const { code, result } = await site.command("update");
      deepEqual([code, result], [0, "refused"]);
    };
    await tag.push(silent("two"));
    await assertStays("taken_back", /.*the container is not ready within 15 s; waited for .*/);
    await assertRefused();

    await tag.push(dying("three"));
    await assertStays("taken_back", /the new container has ended, with exit code 3/);
    await assertRefused();
    await assertStays("taken_back", /the new container has ended, with exit code 3/, "--force");
    match(await host.run(PROGRAM, "status", service.name), / taken back \d+s /);

    await tag.push(serving("four"));
    site.front.refusesLayers = true;
    await assertStays("failed", /Cannot pull the image .*/);
    site.front.refusesLayers = false;
    const socket = `e2e-relay@${site.registry.port}.socket`;
    await host.systemctl("stop", socket, socket.replace(".socket", ".service"));
    await assertStays("failed", /Cannot pull the image .*connection refused.*/);
    await host.systemctl("start", socket);
    equal((await site.command("update")).result, "updated");
    equal(await site.page(), "four");
  },
);

/** Starts the timer's unit; yields its state and what it has printed this time. */
async function runUpdateUnit(host: Host) {
  // Not by _COMM, which the journal does not know of a process that has just ended.
  const printed = async () => await host.messages(UPDATE_UNIT, "SYSLOG_IDENTIFIER=service_runner");
  const before = await printed();
  const { code } = await host.attempt("systemctl", "start", UPDATE_UNIT);
  const { Result } = await host.show(UPDATE_UNIT, "Result");
  const table = (await printed()).slice(before.length).join("\n");
  await host.attempt("systemctl", "reset-failed", UPDATE_UNIT);
  return { code, Result, table };
}

testOnHosts(
  "by the timer's unit: services that are to, at their age, and those that do not run",
  async (host) => {
    await using young = await Site.create(host, { min_age: "1h" });
    await using failed = await Site.create(host, {}, { dropIn: "[Service]\nRestart=no" });
    await using told = await Site.create(host, { mode: "notify" });
    for (const { tag } of [young, told]) await tag.push(serving("one"));
    await failed.tag.push("exit 3");
    for (const { service } of [young, told]) await service.start();
    await failed.service.begin("start").result;
    for (const { tag } of [young, told, failed]) await tag.push(serving("two"));

    const first = await runUpdateUnit(host);
    deepEqual([first.code, first.Result], [0, "success"], first.table);
    match(first.table, new RegExp(`^${young.service.name} +waiting .* not before .*min_age`, "m"));
    match(first.table, new RegExp(`^${told.service.name} +available `, "m"));
    match(first.table, new RegExp(`^${failed.service.name} +pulled .* the next start has it$`, "m"));
    equal(await young.page(), "one");
    equal(await told.page(), "one");
    await failed.service.start();
    equal(await failed.page(), "two");

    const { first_seen } = await young.memory();
    const before = new Date(Date.now() - 2 * 3_600_000).toISOString();
    await host.run("sed", "-i", `s/${Object.values(first_seen)[0]}/${before}/`, young.memoryPath);
    await host.run("chown", "server-acct:", young.memoryPath);
    const second = await runUpdateUnit(host);
    equal(second.code, 0, second.table);
    match(second.table, new RegExp(`^${young.service.name} +updated .* 2h\\d+m`, "m"));
    equal(await young.page(), "two");
    equal(await told.page(), "one");

    // As somebody who may not, and as root in the place of the service, which can read it all the same.
    const nobody = await host.attempt("runuser", "-u", "nobody", "--", PROGRAM, "update", told.service.name);
    equal(nobody.code, 1);
    match(nobody.stdout, /only root or server-acct may ask it for that/);
    await failed.service.stop();
    await host.systemctl("enable", failed.service.unit);
    await failed.tag.push(serving("three"));
    equal((await failed.command("update")).result, "pulled");
    await failed.service.start();
    equal(await failed.page(), "three");
    equal(await host.run("stat", "-c", "%U", failed.memoryPath), "server-acct\n");
    equal((await failed.command("update")).result, "current");
    await host.systemctl("disable", failed.service.unit);

    await told.tag.push(dying("three"));
    await told.service.configure(
      JSON.parse((await host.run("cat", told.service.configPath)).replace("notify", "auto")),
    );
    await host.systemctl("reload", told.service.unit);
    const third = await runUpdateUnit(host);
    deepEqual([third.code, third.Result], [1, "exit-code"]);
    match(third.table, new RegExp(`^${told.service.name} +taken back `, "m"));
  },
);

testOnHosts("ten updates leave two images", async (host) => {
  await using site = await Site.create(host, { probation: "0s" });
  const images = async () =>
    new Set((await host.docker("image", "ls", "--all", "--quiet", "--no-trunc")).split("\n"));
  await site.tag.push(serving("0"));
  const before = await images();
  await site.service.start();
  for (let version = 1; version <= 10; version++) {
    await site.tag.push(serving(String(version)));
    const { result, why } = await site.command("update");
    equal(result, "updated", why ?? "");
  }
  equal(await site.page(), "10");
  const left = [...await images()].filter((id) => !before.has(id));
  equal(left.length, 2, left.join(" "));
});

const TO_OTHER_STORE = `systemctl stop docker.socket docker.service containerd.service
mkdir -p /var/lib/docker/other-store
mount --bind /var/lib/docker/other-store /var/lib/containerd
echo '{"features": {"containerd-snapshotter": true}}' >/etc/docker/daemon.json
systemctl start containerd.service docker.service`;
const BACK = `systemctl stop docker.socket docker.service containerd.service
umount /var/lib/containerd
rm -r /var/lib/docker/other-store /etc/docker/daemon.json
systemctl start containerd.service docker.service`;

/** While it lasts, the engine keeps images in containerd's store: docs.docker.com/engine/storage/containerd. */
async function otherImageStore(host: Host): Promise<AsyncDisposable> {
  await host.shell(TO_OTHER_STORE);
  return { [Symbol.asyncDispose]: async () => void await host.shell(BACK) };
}

testOnHosts("in containerd's image store: looked for by HEAD alone, brought, gone back", async (host) => {
  await using _ = await otherImageStore(host);
  match(await host.docker("info", "--format", "{{.DriverStatus}}"), /io\.containerd\.snapshotter/);
  await using site = await Site.create(host, {});
  const { front, service, tag } = site;
  await tag.push(serving("one"));
  await service.start();
  for (const expected of ["current", "available"]) {
    front.asked.length = 0;
    equal((await site.command("update", "--check")).result, expected);
    deepEqual(front.asked.map((line) => line.split(" ")[0]), ["HEAD"]);
    await tag.push(serving("two"));
  }
  equal((await site.command("update")).result, "updated");
  equal(await site.page(), "two");
  await tag.push(dying("three"));
  equal((await site.command("update")).result, "taken_back");
  equal(await site.page(), "two");
  equal((await site.command("update")).result, "refused");
  await host.systemctl("restart", service.unit);
  equal(await site.page(), "two", "what was refused is not started");
  equal((await site.command("rollback")).result, "failed");
}, { on: ["13", "14"] });
