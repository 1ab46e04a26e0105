/** How a run ends, and with which code; and that nothing is created where nothing could come of it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ServiceBed } from "../support/service_bed.ts";
import { type LogRecord, runService } from "../support/service_process.ts";
import { TEST_IMAGES, testRegistry } from "../support/test_engine.ts";

Deno.test("a container that exits 3: its last lines first, then exit code 3", async () => {
  await using bed = await ServiceBed.create("exits");
  const service = await bed.run(bed.script("echo first; echo last words; exit 3"));
  const { code, records } = await service.exit();
  equal(code, 3);
  const lines = records.filter(fromContainer);
  deepEqual(lines.map(({ message }) => message), ["first", "last words"]);
  const after = records.slice(records.indexOf(lines.at(-1) as LogRecord) + 1);
  ok(
    after.some(({ source, message }) => source === "service" && /\b3\b/.test(message)),
    "a post-mortem follows",
  );
  await assertNothingLeft(bed);
});

Deno.test("the record of the end says how often systemd has restarted the unit", async () => {
  await using bed = await ServiceBed.create("exits");
  // The unit's own folder in /run, which outlives a restart.
  const env = { RUNTIME_DIRECTORY: bed.dir.path };
  for (const restarts of [0, 1, 2]) {
    const { records } = await (await bed.run(bed.script("exit 3"), { env })).exit();
    equal(records.find(({ data }) => data.exit_code === 3)?.data.restarts, restarts);
  }
});

Deno.test("a container that exits 0: exit code 0", async () => {
  await using bed = await ServiceBed.create("exits");
  const service = await bed.run(bed.script("echo done"));
  equal((await service.exit()).code, 0);
  await assertNothingLeft(bed);
});

Deno.test("a container that somebody else kills: the exit code of the signal", async () => {
  await using bed = await ServiceBed.create("killed");
  const service = await bed.run(bed.script("echo up; exec sleep 600"));
  await service.nextRecord(({ message }) => message === "up");
  await bed.engine.docker.getContainer(bed.name).kill({ signal: "SIGKILL" });
  const { code, records } = await service.exit();
  equal(code, 137);
  equal(
    endOf(records),
    "The container was ended from outside: killed by way of Docker, as by docker kill (exit code 137)",
  );
  await assertNothingLeft(bed);
});

Deno.test("an exit code of 137 says who has killed: docker stop, or somebody who does not ask Docker", async () => {
  await using bed = await ServiceBed.create("killed");
  const config = bed.script("trap '' TERM; echo up; while :; do sleep 1; done");
  const stopped = await bed.run({ ...config, "container_create_args": ["--stop-timeout", "1"] });
  await stopped.nextRecord(({ message }) => message === "up");
  await bed.engine.docker.getContainer(bed.name).stop();
  match(
    endOf((await stopped.exit()).records) ?? "",
    /outside: killed, since it did not heed SIGTERM: by docker stop/,
  );
  const killed = await bed.run(config);
  await killed.nextRecord(({ message }) => message === "up");
  const { State: { Pid } } = await bed.engine.docker.getContainer(bed.name).inspect();
  Deno.kill(Pid, "SIGKILL");
  match(endOf((await killed.exit()).records) ?? "", /itself: killed by SIGKILL, not by way of Docker/);
  await assertNothingLeft(bed);
});

Deno.test("a container that somebody else removes: the program ends and does not report success", async () => {
  await using bed = await ServiceBed.create("removed");
  const service = await bed.run(bed.script("echo up; exec sleep 600"));
  await service.nextRecord(({ message }) => message === "up");
  await bed.engine.removeContainer(bed.name);
  const { code, records } = await service.exit();
  ok(code !== 0, "the container did not end well");
  match(endOf(records) ?? "", /outside: killed and removed by way of Docker, as by docker rm --force/);
  await assertNothingLeft(bed);
});

Deno.test("an image that the registry does not have: 70, with the registry's reason", async () => {
  await using bed = await ServiceBed.create("no-image");
  const service = await bed.run({ image: `${testRegistry()}/there-is-no-such-image:1` });
  const { code, stdout, stderr } = await service.exit();
  equal(code, 70);
  match(stdout + stderr, /manifest unknown|not found/);
  match(stdout + stderr, /there-is-no-such-image/);
  await assertNothingLeft(bed);
});

Deno.test("an image that is not there and must not be pulled: 70", async () => {
  await using bed = await ServiceBed.create("no-image");
  const service = await bed.run({ image: "service_runner-test/there-is-no-such-image", pull: "never" });
  const { code, stdout, stderr } = await service.exit();
  equal(code, 70);
  match(stdout + stderr, /there-is-no-such-image/);
  await assertNothingLeft(bed);
});

Deno.test("a registry that is not reachable: 69", async () => {
  await using bed = await ServiceBed.create("no-registry");
  // Nobody can listen on port 1 of this address: the tests are no system service.
  const service = await bed.run({ image: "127.0.0.1:1/web" });
  const { code, stdout, stderr } = await service.exit();
  equal(code, 69);
  match(stdout + stderr, /refused/);
  await assertNothingLeft(bed);
});

Deno.test("a command that the image does not have: 70, and no container stays", async () => {
  await using bed = await ServiceBed.create("no-command");
  const service = await bed.run({
    image: TEST_IMAGES.base,
    pull: "never",
    service_args: ["/no/such/program"],
  });
  const { code, stdout, stderr } = await service.exit();
  equal(code, 70);
  match(stdout + stderr, /no such file or directory/);
  await assertNothingLeft(bed);
});

Deno.test("no engine: 69, with the path of the socket", async () => {
  await using bed = await ServiceBed.create("no-engine");
  const service = await bed.run(bed.script("echo up"), { engineSocket: "/nonexistent/docker.sock" });
  const { code, stdout, stderr } = await service.exit();
  equal(code, 69);
  match(stdout + stderr, /\/nonexistent\/docker\.sock/);
});

Deno.test("broken YAML: 78, with file, line and column", async () => {
  await using bed = await ServiceBed.create("broken");
  const service = await bed.run(`name: ${bed.name}\nimage: nginx\nmonitor: {check_http: [\n`);
  const { code, stdout, stderr } = await service.exit();
  equal(code, 78);
  match(stdout + stderr, /service\.yaml:[34]:\d+/);
  await assertNothingLeft(bed);
});

Deno.test("wrong values and an unknown key: 78, all of them at once, with file, line and column", async () => {
  await using bed = await ServiceBed.create("wrong");
  const service = await bed.run(`name: ${bed.name}
image: nginx
monitor:
  check_http:
    - path: /
      frequency: often
  check_htp: []
container_create_args: [--no-such-flag]
`);
  const { code, stdout, stderr } = await service.exit();
  equal(code, 78);
  match(stdout + stderr, /service\.yaml:6:18/);
  match(stdout + stderr, /service\.yaml:7:3/);
  match(stdout + stderr, /check_http/, "the suggestion");
  await assertNothingLeft(bed);
});

Deno.test("a create flag that does not exist: 78, with the flag", async () => {
  await using bed = await ServiceBed.create("wrong");
  const service = await bed.run({ image: "nginx", container_create_args: ["--no-such-flag"] });
  const { code, stdout, stderr } = await service.exit();
  equal(code, 78);
  match(stdout + stderr, /--no-such-flag/);
  await assertNothingLeft(bed);
});

Deno.test("a config file that does not exist: 78", async () => {
  await using bed = await ServiceBed.create("missing");
  await using service = runService({
    args: [`${bed.dir.path}/missing.yaml`],
    engineSocket: bed.engine.socketPath,
  });
  const { code, stdout, stderr } = await service.exit();
  equal(code, 78);
  match(stdout + stderr, /missing\.yaml/);
});

Deno.test("a wrong command line: 64", async () => {
  for (const args of [["--no-such-option"], ["one.yaml", "two.yaml"]]) {
    await using service = runService({ args });
    const { code, stderr } = await service.exit();
    equal(code, 64, args.join(" "));
    ok(stderr !== "", "says what is wrong");
  }
});

function fromContainer({ source }: LogRecord): boolean {
  return source.startsWith("docker_logs.");
}

async function assertNothingLeft(bed: ServiceBed): Promise<void> {
  equal(await bed.engine.inspect(bed.name), undefined);
  deepEqual(await bed.engine.ownedBy(bed.name), []);
}

/** What the record of the end says. */
function endOf(records: readonly LogRecord[]): string | undefined {
  return records.find(({ data }) => "exit_code" in data)?.message;
}
