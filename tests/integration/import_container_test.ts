/** `import --container` on a real engine: what it makes of a container plans the same container. */
import { deepEqual, equal, match } from "node:assert/strict";
import type Docker from "dockerode";
import { denoHost } from "../../src/host/deno_host.ts";
import { importContainer } from "../../src/commands/import.ts";
import { gatherInputs, planService } from "../../src/start/plan_service.ts";
import { translateCreate } from "../../src/plan/body/translate_create.ts";
import { tempDir } from "../support/temp_dir.ts";
import { loadServiceConfig } from "../../src/config/load_config.ts";
import { TEST_IMAGES, testEngine } from "../support/test_engine.ts";

const FLAGS = [
  "--env=A=1",
  "--label=team=web",
  "--publish=127.0.0.1:18765:80",
  "--publish=53/udp",
  "--volume=/tmp:/host:ro",
  "--mount=type=tmpfs,target=/scratch,tmpfs-size=1048576",
  "--tmpfs=/run:size=64k",
  "--cap-drop=ALL",
  "--memory=67108864",
  "--cpus=0.5",
  "--ulimit=nofile=1024:2048",
  "--add-host=other:192.0.2.1",
  "--security-opt=no-new-privileges",
  "--stop-signal=SIGINT",
  "--stop-timeout=3",
  "--user=1000",
  "--workdir=/srv",
  "--hostname=here",
  "--read-only",
  "--init",
  "--entrypoint=/bin/sh",
];

Deno.test("import --container yields a config that plans the same container", async () => {
  const engine = testEngine();
  const host = {
    ...denoHost(),
    env: (name: string) => name === "DOCKER_HOST" ? `unix://${engine.socketPath}` : undefined,
  };
  const name = `import-${crypto.randomUUID().slice(0, 8)}`;
  const args = [
    ...FLAGS,
    "--restart=always",
    "--health-cmd=wget -q -O- http://localhost/",
    TEST_IMAGES.base,
    "-c",
    "sleep 600",
  ];
  const request = translateCreate(args, await gatherInputs(args, "/", host));
  if (request.kind !== "create") throw new Error(JSON.stringify(request));
  await engine.startContainer({ name, ...request.body } as Docker.ContainerCreateOptions);
  try {
    await using dir = await tempDir();
    const { stdout, stderr, exitCode } = await importContainer(name, host);
    equal(stderr, "");
    equal(exitCode, 0);
    const loaded = await loadServiceConfig(await dir.write("service.yaml", stdout), host);
    const { create: { body } } = await planService(loaded, host);
    const { Healthcheck: _, HostConfig: { RestartPolicy: __, ...hostConfig } = {}, ...rest } = request.body;
    deepEqual(body, { ...rest, HostConfig: hostConfig }, stdout);
    deepEqual(loaded.config.monitor.checkHttp.map(({ path }) => path), ["/"]);
    match(stdout, /# restart always: systemd/);
    match(stdout, new RegExp(`docker rm --force ${name}`));
  } finally {
    await engine.removeContainer(name);
  }
});

Deno.test("import --container says that there is no such container, or no engine", async () => {
  const engine = testEngine();
  const at = (socket: string) => ({
    ...denoHost(),
    env: (name: string) => name === "DOCKER_HOST" ? `unix://${socket}` : undefined,
  });
  const missing = await importContainer("no-such-container", at(engine.socketPath));
  deepEqual([missing.exitCode, missing.stderr], [
    70,
    'service_runner import: there is no container "no-such-container"\n',
  ]);
  equal((await importContainer("web", at("/nonexistent.sock"))).exitCode, 69);
});
