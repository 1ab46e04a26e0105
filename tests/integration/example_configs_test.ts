/** The two example configs of the original program, with stand-ins for their images, on a real engine. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type EngineApi, OWNER_LABEL } from "../support/engine_api.ts";
import { pushImage } from "../support/registry.ts";
import { ServiceBed } from "../support/service_bed.ts";
import type { LogRecord, ServiceExit } from "../support/service_process.ts";
import { TEST_IMAGES, testRegistry } from "../support/test_engine.ts";

Deno.test("crystal-docs: ready, a failing check and its recovery, stop", async () => {
  await using bed = await ServiceBed.create("crystal-docs", { literalName: true });
  await using _ = await borrowImageName(bed.engine, "nginx:latest", TEST_IMAGES.web);
  const page = await bed.dir.write("html/index.html", "<h1>API</h1>\n");
  const expected = await bed.dir.write("expected/index.html", "<h1>API</h1>\n");
  const service = await bed.run(`
name: crystal-docs
image: nginx
pull: never
container_create_args: [--volume, "${bed.dir.path}/html:/usr/share/nginx/html:ro"]
monitor:
  public_network_name: bridge
  check_http: [{path: /index.html, expected: {body_file: ${expected}}, frequency: 1}]
`);
  await bed.ready();
  await assertRunning(bed);
  await service.nextRecord(({ source, message }) =>
    source === "docker_logs.stdout" && /port 80/.test(message)
  );

  await Deno.writeTextFile(page, "<h1>Broken</h1>\n");
  const failing = await service.nextRecord(isFailingCheck);
  match(JSON.stringify(failing), /index\.html/);
  await Deno.writeTextFile(page, "<h1>API</h1>\n");
  await service.nextRecord(isRecovery);

  const exit = await stop(bed, service);
  equal(exit.records.filter(isFailingCheck).length, 1);
  equal(exit.records.filter(isRecovery).length, 1);
  await assertPipelineWorks(exit);
});

Deno.test("monitoring.influxdb: pulled from a registry, port published, check of localhost, stop", async () => {
  await using bed = await ServiceBed.create("monitoring.influxdb", { literalName: true });
  const registry = testRegistry();
  const image = await pushImage(bed.engine, {
    source: TEST_IMAGES.influxdb,
    registry,
    name: "influxdb:alpine",
  });
  await bed.dir.write("data/.keep", "");
  await bed.dir.write("config/influx-configs", "");
  await using service = await bed.run(`
name: monitoring.influxdb
image: ${image}
ready: {when: checks}
container_create_args:
  - --publish
  - 8086:8086
  - --volume
  - ${bed.dir.path}/data:/var/lib/influxdb2
  - --volume
  - ${bed.dir.path}/config:/etc/influxdb2
monitor:
  check_http: [{path: /health, host: localhost, port: 8086, frequency: 1}]
`);
  await bed.ready();
  await assertRunning(bed);
  const health = await fetch("http://localhost:8086/health");
  equal(health.status, 200);
  match(await health.text(), /"status":"pass"/);
  const mounts = (await bed.engine.inspect(bed.name))?.Mounts.map(({ Destination }) => Destination).sort();
  deepEqual(mounts, ["/etc/influxdb2", "/var/lib/influxdb2"]);

  const exit = await stop(bed, service);
  deepEqual(exit.records.filter(isFailingCheck), []);
  await assertPipelineWorks(exit);
  await bed.engine.removeImage(image);
});

function isFailingCheck({ source, severity }: LogRecord): boolean {
  return source === "monitoring" && /^(warn|error|fatal)$/.test(severity);
}

function isRecovery({ source, severity, message }: LogRecord): boolean {
  return source === "monitoring" && /^(info|notice)$/.test(severity) &&
    /again|recover|pass|succe|ok/i.test(message);
}

/** At READY=1 the container runs, and bears the label by which the next start knows it. */
async function assertRunning(bed: ServiceBed): Promise<void> {
  const container = await bed.engine.inspect(bed.name);
  equal(container?.State.Running, true);
  equal(container?.Config.Labels[OWNER_LABEL], bed.name);
  equal(container?.HostConfig.RestartPolicy?.Name || "no", "no");
}

async function stop(
  bed: ServiceBed,
  service: { signal(signal: Deno.Signal): void; exit(): Promise<ServiceExit> },
): Promise<ServiceExit> {
  service.signal("SIGTERM");
  await bed.notify.next(({ STOPPING }) => STOPPING === "1");
  const exit = await service.exit();
  equal(exit.code, 0);
  equal(await bed.engine.inspect(bed.name), undefined);
  ok(exit.records.some(({ message }) => message === "Asked to stop, goodbye"), "the last words are logged");
  for (const { context } of exit.records) equal(context.service, bed.name);
  return exit;
}

/** The filter of the original program, as its users run it behind `journalctl --output cat`. */
async function assertPipelineWorks(exit: ServiceExit): Promise<void> {
  const command = `grep '{' | jq --compact-output 'select(.source != "monitoring")'`;
  const child = new Deno.Command("sh", { args: ["-c", command], stdin: "piped", stdout: "piped" }).spawn();
  const input = new Blob([exit.stdout]).stream().pipeTo(child.stdin);
  const { code, stdout } = await child.output();
  await input;
  equal(code, 0);
  const selected = new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) => JSON.parse(line));
  deepEqual(selected, exit.records.filter(({ source }) => source !== "monitoring"));
}

/** An image name of the outside world for the time of a test, unless the engine knows the real one already. */
async function borrowImageName(engine: EngineApi, name: string, standIn: string): Promise<AsyncDisposable> {
  const present = await engine.inspectImage(name) !== undefined;
  if (!present) await engine.tagImage(standIn, name);
  return { [Symbol.asyncDispose]: () => present ? Promise.resolve() : engine.removeImage(name) };
}
