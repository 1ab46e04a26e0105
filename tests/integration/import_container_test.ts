/** `import --container` on a real engine: what it makes of a container plans the same container. */
import { deepEqual, equal, match } from "node:assert/strict";
import type Docker from "dockerode";
import { denoHost } from "../../src/host/deno_host.ts";
import type { CreateBody } from "../../src/engine/create_body.ts";
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

/** What was lost before, on its own: some of it excludes some of the above. */
const FURTHER_FLAGS = [
  "--no-healthcheck",
  "--security-opt=systempaths=unconfined",
  "--ipc=shareable",
  "--cgroupns=private",
  "--log-driver=none",
  "--mount=type=volume,target=/v,volume-nocopy",
  "--mount=type=volume,target=/o,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=tmpfs",
  "--mount=type=bind,source=/tmp,target=/b,bind-recursive=disabled",
];

Deno.test("import --container yields a config that plans the same container", async (t) => {
  const healthcheck = "--health-cmd=wget -q -O- http://localhost/";
  await t.step("usual flags", () => comesBack([...FLAGS, "--restart=always", healthcheck]));
  await t.step("further flags", () => comesBack([...FURTHER_FLAGS, "--restart=always", "--entrypoint=sh"]));
  await t.step(
    "log options",
    () => comesBack(["--log-opt=max-size=1m", "--restart=always", "--entrypoint=sh"]),
  );
});

/** Makes a container with these flags, imports it, and compares what is planned. */
async function comesBack(flags: readonly string[]): Promise<void> {
  const engine = testEngine();
  const host = {
    ...denoHost(),
    env: (name: string) => name === "DOCKER_HOST" ? `unix://${engine.socketPath}` : undefined,
  };
  const name = `import-${crypto.randomUUID().slice(0, 8)}`;
  const args = [
    ...flags,
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
    const { Healthcheck, HostConfig: { RestartPolicy: _, ...hostConfig } = {}, ...rest } = request.body;
    const hasCheck = Healthcheck?.Test?.[0] === "CMD-SHELL";
    const kept = hasCheck ? rest : { ...rest, Healthcheck };
    deepEqual(comparable(body), comparable({ ...kept, HostConfig: hostConfig } as CreateBody), stdout);
    deepEqual(loaded.config.monitor.checkHttp.map(({ path }) => path), hasCheck ? ["/"] : []);
    match(stdout, /# restart always: systemd/);
    match(stdout, new RegExp(`docker rename ${name} ${name}-before`));
  } finally {
    await engine.removeContainer(name);
  }
}

/** Without what is not given; the engine says the name of a log driver that it has chosen itself. */
function comparable({ HostConfig = {}, ...body }: CreateBody): unknown {
  const LogConfig = {
    Type: "json-file",
    ...HostConfig.LogConfig,
    Config: HostConfig.LogConfig?.Config ?? {},
  };
  return JSON.parse(JSON.stringify({ ...body, HostConfig: { ...HostConfig, LogConfig } }));
}

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
