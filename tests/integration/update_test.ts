/** Newer images, by a real engine and a real registry whose tag moves. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { EngineProxy, type EngineProxyOptions } from "../support/engine_proxy.ts";
import { within } from "../support/event_log.ts";
import { MovingTag } from "../support/moving_tag.ts";
import { ServiceBed } from "../support/service_bed.ts";
import type { LogRecord, ServiceProcess } from "../support/service_process.ts";

const up = (version: string) => `trap 'exit 0' TERM; echo ${version}; sleep 600 & wait`;

/** A service of an image whose tag moves, with a state folder of its own. */
class UpdateBed implements AsyncDisposable {
  private constructor(readonly bed: ServiceBed, readonly tag: MovingTag) {}

  static async create(): Promise<UpdateBed> {
    const bed = await ServiceBed.create("update");
    await Deno.mkdir(`${bed.dir.path}/state`);
    return new UpdateBed(bed, new MovingTag(bed.engine, bed.name));
  }

  async run(
    keys: Record<string, unknown>,
    engineSocket = this.bed.engine.socketPath,
  ): Promise<ServiceProcess> {
    const { path } = this.bed.dir;
    const env = { STATE_DIRECTORY: `${path}/state`, RUNTIME_DIRECTORY: path };
    const config = { image: this.tag.image, ready: { timeout: "10s" }, ...keys };
    return await this.bed.run(config, { env, engineSocket });
  }

  /** The image ids of this service's containers, by their names. */
  async containers(): Promise<Record<string, string>> {
    const names = await this.bed.engine.ownedBy(this.bed.name);
    const found = await Promise.all(names.map((name) => this.bed.engine.inspect(name)));
    return Object.fromEntries(names.map((name, index) => [name, found[index]?.Image ?? ""]));
  }

  async memory() {
    return JSON.parse(await Deno.readTextFile(`${this.bed.dir.path}/state/update.json`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bed[Symbol.asyncDispose]();
    for (const tag of ["previous", "updating"]) {
      await this.bed.engine.removeImage(`service_runner/${this.bed.name}:${tag}`);
    }
    await this.tag[Symbol.asyncDispose]();
  }
}

const isReady = ({ message }: LogRecord) => message === "The service is ready";
const state = (wanted: string) => ({ data }: LogRecord) => data.state === wanted;

Deno.test("a newer image serves, ten times over: two images stay", async () => {
  await using site = await UpdateBed.create();
  const { bed, tag } = site;
  const ids = [await tag.push(up("1"))];
  const service = await site.run({ update: { probation: "0s" } });
  await bed.ready();
  for (let version = 2; version <= 11; version++) {
    ids.push(await tag.push(up(String(version))));
    service.signal("SIGUSR1");
    await service.whileRunning(service.nextRecord(state("updated")));
    deepEqual(await site.containers(), { [bed.name]: ids.at(-1) });
  }
  const present = await Promise.all(ids.map((id) => bed.engine.inspectImage(id)));
  deepEqual(present.flatMap((image, index) => image === undefined ? [] : index + 1), [10, 11]);
  equal((await bed.engine.inspectImage(`service_runner/${bed.name}:previous`))?.Id, ids[9]);
  service.signal("SIGUSR1");
  await service.nextRecord(state("current"));
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  deepEqual(await site.containers(), {});
});

Deno.test("an image that ends on probation: the old container serves with all it has written; a start takes the old image", async () => {
  await using site = await UpdateBed.create();
  const { bed, tag } = site;
  const old = await tag.push(`${up("old")}`);
  const service = await site.run({ update: {} });
  await bed.ready();
  const { Id: id } = (await bed.engine.inspect(bed.name))!;
  await bed.engine.exec(bed.name, ["touch", "/written"]);
  const bad = await tag.push("trap 'exit 0' TERM; echo new; until [ -e /end ]; do sleep 0.1; done; exit 9");
  service.signal("SIGUSR1");
  await service.whileRunning(service.nextRecord(state("probation")));
  deepEqual(await site.containers(), { [bed.name]: bad, [`${bed.name}.replaced`]: old });
  await bed.engine.exec(bed.name, ["touch", "/end"]);
  const { message, severity } = await service.whileRunning(service.nextRecord(state("taken_back")));
  match(message, /^The update is taken back, .*: the new container has ended, with exit code 9$/);
  equal(severity, "error");
  await bed.notify.next(({ STATUS = "" }) => /^Running since .*update taken back/.test(STATUS));
  equal((await bed.engine.inspect(bed.name))?.Id, id);
  const changes: { Path: string }[] = await bed.engine.docker.getContainer(id).changes();
  ok(changes.some(({ Path }) => Path === "/written"), JSON.stringify(changes));
  service.signal("SIGUSR1");
  await service.nextRecord(state("refused"));
  service.signal("SIGTERM");
  await service.exit();
  const next = await site.run({ update: {} });
  await next.whileRunning(next.nextRecord(isReady));
  deepEqual(await site.containers(), { [bed.name]: old });
  ok(next.records.some(({ message }) => /was refused .*; the one before is started/.test(message)));
});

Deno.test("adopt: a container of an image that was refused is not taken over", async () => {
  await using site = await UpdateBed.create();
  const { bed, tag } = site;
  const old = await tag.push(up("old"));
  const config = { update: { probation: "0s" }, adopt: true };
  const killed = await site.run(config);
  await bed.ready();
  const id = await tag.push(up("new"));
  killed.signal("SIGUSR1");
  await killed.whileRunning(killed.nextRecord(state("updated")));
  killed.signal("SIGKILL");
  await killed.exit();
  const refused = { id, digest: null, at: new Date().toISOString(), why: "no good" };
  const path = `${bed.dir.path}/state/update.json`;
  await Deno.writeTextFile(path, JSON.stringify({ ...await site.memory(), refused }));
  const service = await site.run(config);
  await service.whileRunning(service.nextRecord(isReady));
  deepEqual(await site.containers(), { [bed.name]: old });
});

/** The calls of an update, in order; the first start has made some of them, too. */
const CALLS: readonly (Pick<EngineProxyOptions, "request" | "skip"> & { readonly name: string })[] = [
  { name: "keeping the old image", request: /^POST .*\/tag$/ },
  { name: "pull", request: /^POST .*\/images\/create$/, skip: 1 },
  { name: "naming the old image", request: /^POST .*\/tag$/, skip: 1 },
  { name: "taking a name away", request: /^DELETE .*\/images\// },
  { name: "rename", request: /^POST .*\/rename$/ },
  { name: "create", request: /^POST .*\/containers\/create$/, skip: 1 },
  { name: "stop", request: /^POST .*\/stop$/ },
  { name: "attach", request: /^POST .*\/attach$/, skip: 1 },
  { name: "start", request: /^POST .*\/start$/, skip: 1 },
  { name: "removal", request: /^DELETE .*\/containers\// },
];

for (const { name, ...call } of CALLS) {
  for (const hold of ["request", "answer"] as const) {
    Deno.test(`killed in an update, at the ${hold} of its ${name}: the next start has one container`, async () => {
      await using site = await UpdateBed.create();
      const { bed, tag } = site;
      const { dir, engine: { socketPath: engineSocket } } = bed;
      await using proxy = new EngineProxy({ dir: dir.path, engineSocket, hold, ...call });
      const old = await tag.push(up("old"));
      const killed = await site.run({ update: { probation: "0s" } }, proxy.socketPath);
      await bed.ready();
      const next = await tag.push(up("new"));
      killed.signal("SIGUSR1");
      await killed.whileRunning(proxy.held);
      killed.signal("SIGKILL");
      await within(20_000, "the engine's answer", proxy.release());
      const service = await site.run({ update: { probation: "0s" } });
      await service.whileRunning(service.nextRecord(isReady));
      const left = await site.containers();
      deepEqual(Object.keys(left), [bed.name]);
      ok([old, next].includes(left[bed.name] ?? ""), JSON.stringify(left));
      equal((await site.memory()).refused, null);
    });
  }
}
