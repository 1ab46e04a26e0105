// deno-lint-ignore-file camelcase -- the keys are those of a config
/** `update` and `rollback` with a real engine and a real registry whose tag moves. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { statusFile } from "../support/status_file.ts";
import { pushImage } from "../support/registry.ts";
import { RegistryFront } from "../support/registry_front.ts";
import { ServiceBed } from "../support/service_bed.ts";
import { standInSystemctl, type StandInUnit } from "../support/stand_in_systemctl.ts";
import { runFolder, stateFolder } from "../support/system_folders.ts";
import { TEST_IMAGES, testEngine, testRegistry } from "../support/test_engine.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;

/** A unit of one service, whose image's tag moves in a registry that writes down what it is asked for. */
class Site implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly engine = testEngine();

  private constructor(
    readonly bed: ServiceBed,
    readonly front: RegistryFront,
    readonly run: { readonly path: string; readonly name: string },
    readonly state: { readonly path: string; readonly name: string },
  ) {}

  static async create(): Promise<Site> {
    await using stack = new AsyncDisposableStack();
    const front = stack.use(new RegistryFront(testRegistry()));
    const bed = stack.use(await ServiceBed.create("update-command"));
    const site = new Site(
      bed,
      front,
      stack.use(await runFolder(["web"])),
      stack.use(await stateFolder(["web"])),
    );
    site.#stack.use(stack.move());
    site.#stack.defer(() => site.engine.removeImage(site.image));
    site.#stack.defer(() => site.engine.removeImage(site.previous));
    return site;
  }

  get image(): string {
    return `${this.front.address}/${this.bed.name}:latest`;
  }

  get previous(): string {
    return `service_runner/${this.bed.name}:previous`;
  }

  /** From now on the tag means this image; yields its id. */
  async move(source: string): Promise<string> {
    await pushImage(this.engine, { source, registry: testRegistry(), name: this.bed.name });
    return await this.idOf(source);
  }

  async idOf(image: string): Promise<string> {
    return (await this.engine.inspectImage(image))?.Id ?? "";
  }

  async unit(unit: Partial<StandInUnit>, config: Record<string, unknown> = {}): Promise<void> {
    const text = JSON.stringify({ name: this.bed.name, image: this.image, ...config });
    await standInSystemctl(this.bed.dir, [{
      name: "web",
      config: await this.bed.dir.write("web.yaml", text),
      runtimeDirectory: `${this.run.name}/web`,
      stateDirectory: `${this.state.name}/web`,
      ...unit,
    }]);
  }

  async service_runner(...args: string[]) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", MAIN, ...args, "--json", "web"],
      env: {
        PATH: `${this.bed.dir.path}/bin:${Deno.env.get("PATH")}`,
        DOCKER_HOST: `unix://${this.engine.socketPath}`,
      },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    equal(text(stderr), "");
    const [{ result, from, to, why }] = JSON.parse(text(stdout)).services;
    return { code, result, from, to, why };
  }

  async memory() {
    return JSON.parse(await Deno.readTextFile(`${this.state.path}/web/update.json`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

const FAILED = { active: "failed", sub: "failed", result: "exit-code" };
const NEXT_START = "the next start has it";

Deno.test("a service that has failed gets its newer image pulled, and goes back by hand", async (t) => {
  await using site = await Site.create();
  await site.unit(FAILED, { update: {} });
  const old = await site.move(TEST_IMAGES.base);
  await t.step("that is not here yet", async () => {
    deepEqual(await site.service_runner("update"), {
      code: 0,
      result: "pulled",
      from: null,
      to: old,
      why: NEXT_START,
    });
    deepEqual(await site.service_runner("rollback"), {
      code: 1,
      result: "failed",
      from: null,
      to: null,
      why: "there is no image to go back to",
    });
  });
  await t.step("an unchanged tag, by HEAD alone", async () => {
    site.front.asked.length = 0;
    deepEqual(await site.service_runner("update", "--check"), {
      code: 0,
      result: "current",
      from: old,
      to: null,
      why: null,
    });
    deepEqual(site.front.asked.map((line) => line.split(" ")[0]), ["HEAD"]);
  });
  const moved = await site.move(TEST_IMAGES.web);
  await t.step("a tag that has moved, told and not pulled", async () => {
    const { result, to } = await site.service_runner("update", "--check");
    equal(result, "available");
    match(to, /^sha256:/);
    equal(await site.idOf(site.image), old);
  });
  await t.step("a tag that has moved, pulled", async () => {
    deepEqual(await site.service_runner("update"), {
      code: 0,
      result: "pulled",
      from: old,
      to: moved,
      why: NEXT_START,
    });
    equal(await site.idOf(site.image), moved);
    equal(await site.idOf(site.previous), old);
    const { last, previous } = await site.memory();
    deepEqual([last.state, last.to, previous], ["pulled", moved, old]);
  });
  await t.step(
    "pulled twice, and never tried: the one to go back to is the one that has served",
    async () => {
      const again = await site.service_runner("update");
      deepEqual([again.result, again.from, again.to], ["pulled", old, moved]);
      const newest = await site.move(TEST_IMAGES.influxdb);
      const { result, to } = await site.service_runner("update");
      deepEqual([result, to], ["pulled", newest]);
      equal(await site.idOf(site.previous), old);
      equal((await site.memory()).previous, old);
      await site.move(TEST_IMAGES.web);
      equal((await site.service_runner("update")).to, moved);
    },
  );
  await t.step("back by hand: the next start does not take it", async () => {
    deepEqual(await site.service_runner("rollback"), {
      code: 0,
      result: "rolled_back",
      from: moved,
      to: old,
      why: NEXT_START,
    });
    equal((await site.memory()).refused.id, moved);
    const { result, to, why } = await site.service_runner("update");
    deepEqual([result, to, why], ["refused", moved, "rolled back by hand"]);
    await site.service_runner("update", "--check", "--force");
    equal((await site.memory()).refused.id, moved, "a look changes nothing");
  });
  await t.step("by force", async () => {
    deepEqual(await site.service_runner("update", "--force"), {
      code: 0,
      result: "pulled",
      from: old,
      to: moved,
      why: NEXT_START,
    });
    const { refused, previous } = await site.memory();
    deepEqual([refused, previous], [null, old]);
  });
});

Deno.test("a service that ends before it has heard of the request gets its image pulled, too", async () => {
  await using site = await Site.create();
  const id = await site.move(TEST_IMAGES.base);
  // As of a program that is about to end, SIGUSR1 has no handler.
  await using process = new Deno.Command("sleep", { args: ["1000"] }).spawn();
  statusFile(`${site.run.path}/web`, { service: "web", pid: process.pid }).unfollow();
  await site.unit({ active: "activating", sub: "start", mainPid: process.pid });
  const { result, to } = await site.service_runner("update");
  deepEqual([result, to], ["pulled", id]);
  const files = await Array.fromAsync(Deno.readDir(`${site.run.path}/web`), ({ name }) => name);
  deepEqual(files, ["status.json"], "the request is withdrawn");
});

Deno.test("a running service goes to a newer image, and back by hand", async () => {
  await using site = await Site.create();
  const old = await site.move(TEST_IMAGES.base);
  const config = {
    image: site.image,
    update: { probation: "1s" },
    service_args: ["sh", "-c", "echo it runs; exec sleep 600"],
    container_create_args: ["--init", "--stop-timeout", "1"],
  };
  const env = { RUNTIME_DIRECTORY: `${site.run.path}/web`, STATE_DIRECTORY: `${site.state.path}/web` };
  const service = await site.bed.run(config, { env });
  await site.bed.ready();
  await site.unit({ mainPid: service.pid }, config);
  const serving = async () => (await site.engine.inspect(site.bed.name))?.Image;
  equal(await serving(), old);
  deepEqual(await site.service_runner("update"), {
    code: 0,
    result: "current",
    from: old,
    to: null,
    why: null,
  });

  const moved = await site.move(TEST_IMAGES.web);
  deepEqual(await site.service_runner("update"), {
    code: 0,
    result: "updated",
    from: old,
    to: moved,
    why: null,
  });
  equal(await serving(), moved);

  const back = await site.service_runner("rollback");
  deepEqual([back.code, back.result, back.from, back.to], [0, "rolled_back", moved, old]);
  equal(await serving(), old);
  equal((await site.service_runner("update")).result, "refused");
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  ok((await site.memory()).refused.id === moved);
});
