/** `build`: the image from a Dockerfile instead of a registry, by the real engine. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { OWNER_LABEL } from "../support/engine_api.ts";
import { ACCOUNT, pushImage, startRegistry } from "../support/registry.ts";
import { ServiceBed } from "../support/service_bed.ts";
import type { LogRecord } from "../support/service_process.ts";
import { TEST_IMAGES, testEngine, withoutMachineWarnings } from "../support/test_engine.ts";

const FROM = `FROM ${TEST_IMAGES.base}\n`;

/** A service of an image of its own, which is built from `app`; the image goes at the end too. */
class BuildBed implements AsyncDisposable {
  readonly #built = new Set<string>();

  private constructor(readonly bed: ServiceBed, readonly image: string) {}

  static async create(files: Readonly<Record<string, string>>): Promise<BuildBed> {
    const bed = await ServiceBed.create("build");
    for (const [name, text] of Object.entries(files)) await bed.dir.write(`app/${name}`, text);
    return new BuildBed(bed, `service_runner-test/${bed.name}:latest`);
  }

  config(build: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Record<string, unknown> {
    return { image: this.image, build: { context: "app", ...build }, ...more };
  }

  run(build?: Record<string, unknown>, more?: Record<string, unknown>, env: Record<string, string> = {}) {
    const onRecord = ({ message, data }: LogRecord) => {
      if (message.endsWith("is built")) this.#built.add(String(data.id));
    };
    return this.bed.run(this.config(build, more), { env, onRecord });
  }

  /** Runs the service to its own end, and yields how it ended and what its container has written. */
  async toEnd(build?: Record<string, unknown>, more?: Record<string, unknown>) {
    const exit = await (await this.run(build, more)).exit();
    const lines = exit.records.filter(({ source }) => source.startsWith("docker_logs."));
    const fatal = exit.records.find(({ severity }) => severity === "fatal")?.message;
    return { ...exit, fatal, output: lines.map(({ message }) => message) };
  }

  get statuses(): string[] {
    return this.bed.notify.messages.flatMap(({ fields }) => fields.STATUS ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bed[Symbol.asyncDispose]();
    await this.bed.engine.removeImage(this.image);
    // Those that lost their name to a newer one.
    for (const id of [...this.#built].reverse()) await this.bed.engine.removeImage(id);
  }
}

Deno.test("build: the image has the files of the context, and the service runs it", async () => {
  const long = `${"folder/".repeat(20)}${"n".repeat(150)}`;
  await using site = await BuildBed.create({
    Dockerfile: `${FROM}COPY . /ctx\nCMD cd /ctx && find . -type f | sort && cat link && ls -l run`,
    ".dockerignore": "# not these\n*.log\n!keep.log\nsecret\n**/deep.txt\n",
    "a.log": "",
    "keep.log": "",
    "secret/key": "",
    "sub/sub/deep.txt": "",
    run: "#!/bin/sh\n",
    "grüße.txt": "hello\n",
    [long]: "",
  });
  const { path } = site.bed.dir;
  await Deno.symlink("grüße.txt", `${path}/app/link`);
  await Deno.chmod(`${path}/app/run`, 0o750);
  const { code, output, records } = await site.toEnd();
  equal(code, 0, JSON.stringify(records.at(-1)));
  deepEqual(output.slice(0, -1), [
    "./.dockerignore",
    "./Dockerfile",
    `./${long}`,
    "./grüße.txt",
    "./keep.log",
    "./run",
    "hello",
  ]);
  match(output.at(-1) ?? "", /^-rwxr-x--- +1 0 +0 /);
  const statuses = site.statuses.filter((status) => status.startsWith("Building"));
  // BuildKit does not count what only sets something, such as CMD.
  ok(statuses.some((status) => /: step 2\/[23], COPY$/.test(status)), statuses.join("\n"));
  const about = (await withoutMachineWarnings(records)).filter(({ source }) => source === "docker");
  deepEqual(about.map(({ severity, message }) => [severity, message]), [
    ["info", `Building the image "${site.image}"`],
    ["info", `The image "${site.image}" is built`],
  ]);
  equal(about[1]?.data.id, (await site.bed.engine.inspectImage(site.image))?.Id);
  equal(typeof about[1]?.data.took_seconds, "number");
  const labels = (await site.bed.engine.inspectImage(site.image))?.Config.Labels ?? {};
  deepEqual(Object.keys(labels).filter((label) => label.startsWith("service_runner.service")), []);
});

Deno.test("build: a stage, arguments and a Dockerfile that stands elsewhere", async () => {
  await using site = await BuildBed.create({ "file.txt": "" });
  const stages = `${FROM.trim()} AS one\nARG WHO=nobody\nARG N\nCOPY . /ctx\nENV WHO=$WHO N=$N\n` +
    `CMD echo "one for $WHO, $N"; ls -A /ctx\nFROM one AS two\nCMD echo two`;
  await site.bed.dir.write("docker/web.docker", stages);
  const build = { dockerfile: "../docker/web.docker", target: "one", args: { WHO: "all of us", N: 1.50 } };
  deepEqual((await site.toEnd(build)).output, ["one for all of us, 1.5", "file.txt"]);
  deepEqual((await site.toEnd({ dockerfile: "../docker/web.docker" })).output, ["two"]);
});

Deno.test("build: what fails in it ends the start with 70, its reason and the last lines", async (t) => {
  const mark = crypto.randomUUID();
  await using site = await BuildBed.create({
    Dockerfile: `${FROM}RUN seq 1 100 >&2; echo "no such ${mark}" >&2; exit 3`,
  });
  await t.step("a command", async () => {
    const { code, fatal, records } = await site.toEnd();
    equal(code, 70);
    match(fatal ?? "", /^Cannot build the image "[^"]+": .* (returned a non-zero code|exit code): 3$/);
    const told = records.find(({ severity }) => severity === "error")?.message.split("\n") ?? [];
    deepEqual(told.slice(1, -1), Array.from({ length: 19 }, (_, index) => String(82 + index)));
    equal(told.at(-1), `no such ${mark}`);
    deepEqual([await containers(mark), await processes(mark)], [[], []]);
    match(site.statuses.at(-1) ?? "", /^Failed: Cannot build/);
  });
  await t.step("a Dockerfile that is none", async () => {
    await site.bed.dir.write("app/Dockerfile", `${FROM}RUNN echo`);
    const { code, fatal } = await site.toEnd();
    equal(code, 70);
    match(fatal ?? "", /^Cannot build the image "[^"]+": .*unknown instruction: RUNN/i);
  });
  await t.step("a stage that is not there", async () => {
    await site.bed.dir.write("app/Dockerfile", FROM);
    const { code, fatal } = await site.toEnd({ target: "nowhere" });
    equal(code, 70);
    match(fatal ?? "", /nowhere/);
  });
  await t.step("an ignore file that is none", async () => {
    await site.bed.dir.write("app/Dockerfile", `${FROM}COPY . /ctx`);
    await site.bed.dir.write("app/.dockerignore", "[a");
    const { code, fatal } = await site.toEnd();
    equal(code, 70);
    match(fatal ?? "", /syntax error in pattern/);
    await Deno.remove(`${site.bed.dir.path}/app/.dockerignore`);
  });
  await t.step("a registry that is not there: 69", async () => {
    await site.bed.dir.write("app/Dockerfile", "FROM 127.0.0.1:1/nothing");
    const { code, fatal } = await site.toEnd();
    equal(code, 69);
    match(fatal ?? "", /connection refused/);
  });
});

Deno.test("build: the old container serves meanwhile; SIGTERM ends it, and nothing is left", async () => {
  const mark = crypto.randomUUID();
  await using site = await BuildBed.create({ Dockerfile: `${FROM}RUN echo ${mark}; sleep 300; true` });
  const { bed } = site;
  await bed.engine.startContainer({
    name: bed.name,
    Image: TEST_IMAGES.base,
    Cmd: ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"],
    Labels: { [OWNER_LABEL]: bed.name },
  });
  const service = await site.run();
  await bed.notify.next(({ STATUS }) => STATUS?.endsWith("step 2/2, RUN") ?? false);
  await until(async () => (await processes(mark)).length > 0);
  equal((await bed.engine.inspect(bed.name))?.State.Running, true);
  service.signal("SIGTERM");
  const { code, records } = await service.exit(5_000);
  equal(code, 0);
  deepEqual(records.filter(({ severity }) => /warn|error|fatal/.test(severity)), []);
  await until(async () => (await processes(mark)).length + (await containers(mark)).length === 0);
  equal(await bed.engine.inspectImage(site.image), undefined);
  equal(await bed.engine.inspect(bed.name), undefined);
});

Deno.test('build: "pull" says when', async (t) => {
  await using site = await BuildBed.create({ Dockerfile: `${FROM}CMD echo first` });
  const dockerfile = (text: string) => site.bed.dir.write("app/Dockerfile", `${FROM}${text}`);
  const built = async (pull?: string) => {
    const { code, output, fatal, records } = await site.toEnd({}, pull === undefined ? {} : { pull });
    const warning = (await withoutMachineWarnings(records))
      .find(({ severity, source }) => severity === "warn" && source === "docker")?.message;
    return { code, output, fatal, warning };
  };
  await t.step("never: it has to be there", async () => {
    const { code, fatal } = await built("never");
    equal(code, 70);
    match(fatal ?? "", /"pull" is "never"/);
  });
  await t.step("missing: built when it is not there", async () => {
    deepEqual((await built("missing")).output, ["first"]);
    await dockerfile("CMD echo second");
    deepEqual((await built("missing")).output, ["first"]);
  });
  await t.step("always, which is the default: at each start", async () => {
    deepEqual((await built()).output, ["second"]);
  });
  await t.step("prefer: the image that is here, where the build fails", async () => {
    await dockerfile("RUN false");
    const { code, output, warning } = await built("prefer");
    deepEqual([code, output], [0, ["second"]]);
    match(
      warning ?? "",
      /^Cannot build .* (returned a non-zero code|exit code): 1; going on with the image that is here$/,
    );
  });
});

Deno.test("build: a reload builds anew only for another plan, and a bad build changes nothing", async () => {
  const idle = `CMD ["sh", "-c", "trap 'exit 0' TERM; cat /who; sleep 600 & wait"]`;
  const dockerfile = (more = "") => `${FROM}ARG WHO=one\nRUN echo $WHO >/who${more}\n${idle}`;
  await using site = await BuildBed.create({ Dockerfile: dockerfile() });
  const { bed } = site;
  const service = await site.run();
  await bed.ready();
  const id = async () => (await bed.engine.inspect(bed.name))?.Id;
  const first = await id();
  const reload = async (build: Record<string, unknown>) => {
    await bed.dir.write("service.yaml", JSON.stringify({ name: bed.name, ...site.config(build) }));
    service.signal("SIGHUP");
    await bed.notify.next(({ RELOADING }) => RELOADING === "1");
    return (await bed.notify.next(({ READY }) => READY === "1")).fields.STATUS ?? "";
  };
  await reload({});
  equal(await id(), first);
  match(await reload({ args: { WHO: "$(exit 1)" }, target: "none" }), /reload refused: Cannot build/);
  equal(await id(), first);
  await reload({ args: { WHO: "two" } });
  notEqual(await id(), first);
  await service.nextRecord(({ source, message }) => source === "docker_logs.stdout" && message === "two");
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});

Deno.test("build: a base image from a registry that wants to know who we are", async () => {
  await using registry = await startRegistry({ isPrivate: true });
  await using site = await BuildBed.create({
    Dockerfile: "ARG REGISTRY\nFROM ${REGISTRY}/base\nCMD echo it runs",
  });
  const { bed } = site;
  const name = "base";
  const options = { source: TEST_IMAGES.base, registry: registry.address, name, account: ACCOUNT };
  const base = await pushImage(testEngine(), options);
  const auth = btoa(`${ACCOUNT.username}:${ACCOUNT.password}`);
  const file = await bed.dir.write(
    "cli/config.json",
    JSON.stringify({ auths: { [registry.address]: { auth } } }),
  );
  const run = async (env: Record<string, string>) =>
    await (await site.run({ args: { REGISTRY: registry.address } }, {}, env)).exit();
  const refused = await run({ DOCKER_CONFIG: bed.dir.path });
  equal(refused.code, 70);
  match(refused.records.at(-1)?.message ?? "", /no basic auth credentials|unauthorized|authorization/i);
  const { code, stdout, records } = await run({ DOCKER_CONFIG: `${bed.dir.path}/cli` });
  equal(code, 0, stdout);
  ok(records.some(({ message }) => message === "it runs"));
  const building = records.find(({ message }) => message.startsWith("Building the image"));
  deepEqual(building?.data.credentials, [file]);
  ok(!stdout.includes(ACCOUNT.password) && !stdout.includes(auth), "a secret is in the log");
  // The files that only a pull would look at are put into one, for the time of the build.
  const [runtime, state] = [`${bed.dir.path}/runtime`, `${bed.dir.path}/state`];
  for (const folder of [runtime, state]) await Deno.mkdir(folder);
  const named = await run({
    REGISTRY_AUTH_FILE: file,
    DOCKER_CONFIG: `${bed.dir.path}/none`,
    RUNTIME_DIRECTORY: runtime,
    STATE_DIRECTORY: state,
  });
  equal(named.code, 0, named.stdout);
  const left = await Array.fromAsync(Deno.readDir(runtime), ({ name }) => name);
  deepEqual(left.filter((name) => name.startsWith("service_runner")), []);
  await bed.engine.removeImage(base);
});

Deno.test("build: without a docker command line, the error says where it is", async () => {
  await using site = await BuildBed.create({ Dockerfile: `${FROM}CMD echo built` });
  const run = async (more: Record<string, unknown>) => {
    const service = await site.run({}, more, { PATH: site.bed.dir.path });
    return await service.exit();
  };
  const { code, records } = await run({});
  equal(code, 78);
  match(
    records.at(-1)?.message ?? "",
    /^Cannot build the image "[^"]+" without .* in the package docker-cli .* docker\.io .* docker-ce-cli/,
  );
  equal((await site.toEnd()).code, 0);
  // Everything else goes on without it.
  const preferred = await run({ pull: "prefer" });
  equal(preferred.code, 0, preferred.stdout);
  ok(preferred.records.some(({ message }) => message.endsWith("; going on with the image that is here")));
});

/** The processes of this machine whose command line has this in it. */
async function processes(mark: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // It may have ended meanwhile.
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (command.includes(mark)) found.push(command);
  }
  return found;
}

/** The containers, whatever their state, whose command has this in it. */
async function containers(mark: string): Promise<string[]> {
  const all = await testEngine().docker.listContainers({ all: true });
  return all.filter(({ Command }) => Command.includes(mark)).map(({ Id }) => Id);
}

async function until(holds: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`Not so within ${timeoutMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
