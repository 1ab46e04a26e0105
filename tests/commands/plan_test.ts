import { deepEqual, equal, match } from "node:assert/strict";
import { tempDir } from "../support/temp_dir.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;

interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program where no engine could answer. */
async function run(args: readonly string[], cwd = "/"): Promise<Printed> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, ...args],
    cwd,
    env: { DOCKER_HOST: "unix:///nonexistent/docker.sock", INHERITED: "value" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("plan -- prints what docker create would send, and talks to no engine", async () => {
  await using dir = await tempDir();
  await dir.write("env", "A=1\n");
  const args = [
    "plan",
    "--",
    "--name",
    "web",
    "--env-file=env",
    "-eINHERITED",
    "-v",
    "./x:/x",
    "nginx",
    "--",
    "-v",
  ];
  const { code, stdout, stderr } = await run(args, dir.path);
  equal(stderr, "");
  equal(code, 0);
  deepEqual(JSON.parse(stdout), {
    name: "web",
    image: "nginx",
    pull: "missing",
    platform: null,
    cidfile: null,
    create: {
      query: { name: "web" },
      body: {
        Image: "nginx",
        Cmd: ["--", "-v"],
        AttachStdout: true,
        AttachStderr: true,
        Env: ["A=1", "INHERITED=value"],
        HostConfig: { Binds: [`${dir.path}/x:/x`] },
      },
    },
  });
});

Deno.test("plan -- keeps all digits of a number beyond 2^53", async () => {
  const { stdout } = await run([
    "plan",
    "--",
    "--memory-swappiness=-1",
    "--cpu-quota",
    "9223372036854775807",
    "nginx",
  ]);
  match(stdout, /"CpuQuota": 9223372036854775807\b/);
});

Deno.test("plan -- refuses with 64 what docker create refuses, naming the flag and its place", async () => {
  const { code, stdout, stderr } = await run(["plan", "--", "--rm", "--volum", "a:/a", "nginx"]);
  equal(code, 64);
  equal(stdout, "");
  match(stderr, /argument 2: unknown flag: --volum \(did you mean --volume\?\)/);
});

Deno.test("plan CONFIG prints the request of a service with what goes on top, and warns", async () => {
  await using dir = await tempDir();
  const config = `name: web\nimage: nginx\nservice_args: [serve, 1.50]\n` +
    `container_create_args: [--restart, always, -v, data/x:/x, -v, ./y:/y]\n`;
  const { code, stdout, stderr } = await run(["plan", await dir.write("web.yaml", config)]);
  equal(code, 0);
  match(stderr, /^warning: container_create_args\[0\]: "--restart always" is overridden/);
  const plan = JSON.parse(stdout);
  equal(plan.pull, "always");
  deepEqual(plan.create.body.Cmd, ["serve", "1.50"]);
  deepEqual(plan.create.body.HostConfig.RestartPolicy, { Name: "always" }, "as the CLI would send it");
  deepEqual(plan.overrides.HostConfig, { RestartPolicy: { Name: "no" }, AutoRemove: false });
  equal(plan.overrides.Labels["service_runner.service"], "web");
});

Deno.test("plan CONFIG refuses with 78 a flag that is wrong, showing its place in the file", async () => {
  await using dir = await tempDir();
  const file = await dir.write(
    "web.yaml",
    "name: web\nimage: nginx\ncontainer_create_args:\n  - --publish\n  - 80:x\n",
  );
  const { code, stderr } = await run(["plan", file]);
  equal(code, 78);
  match(stderr, /web\.yaml:5:5: "container_create_args\[1\]": .*80:x/);
});

Deno.test("plan CONFIG prints the spec of a service in a swarm, and warns", async () => {
  await using dir = await tempDir();
  const config = `name: web
image: nginx:1.27
container_create_args: [--publish, 8080:80, "--env=A={{x}}", --rm, --platform=arm64]
pull: prefer
swarm:
  replicas: 2
monitor: {public_network_name: x}
`;
  const { code, stdout, stderr } = await run(["plan", await dir.write("web.yaml", config)]);
  equal(code, 0, stderr);
  deepEqual(stderr.trimEnd().split("\n"), [
    'warning: container_create_args[3]: "--rm" is overridden: Swarm removes the containers of tasks itself',
    'warning: "monitor.public_network_name" has no effect in Swarm: checks ask a published port of this machine, ' +
    "or the host they name",
  ]);
  const policy = { Parallelism: 1, Monitor: 5_000_000_000, Order: "stop-first" };
  deepEqual(JSON.parse(stdout), {
    name: "web",
    image: "nginx:1.27",
    pull: "prefer",
    platform: "arm64",
    spec: {
      Name: "web",
      Labels: {},
      TaskTemplate: {
        ContainerSpec: { Image: "nginx:1.27", Env: ['A={{"{{"}}x}}'] },
        Placement: { Platforms: [{ OS: "linux", Architecture: "arm64" }] },
        RestartPolicy: { Condition: "any" },
      },
      Mode: { Replicated: { Replicas: 2 } },
      UpdateConfig: { ...policy, FailureAction: "rollback" },
      RollbackConfig: { ...policy, FailureAction: "pause" },
      EndpointSpec: {
        Mode: "vip",
        Ports: [{ Protocol: "tcp", TargetPort: 80, PublishedPort: 8080, PublishMode: "ingress" }],
      },
    },
  });
});

Deno.test("plan CONFIG refuses with 78 what a swarm does not have, showing its place", async () => {
  await using dir = await tempDir();
  const text = "name: web\nimage: nginx\ncontainer_create_args: [--gpus=all]\nswarm: {reserve: {cpus: x}}\n";
  const { code, stdout, stderr } = await run(["plan", await dir.write("web.yaml", text)]);
  equal(code, 78);
  equal(stdout, "");
  match(stderr, /web\.yaml:3:25: "container_create_args\[0\]": "--gpus" is not available in Swarm/);
  match(stderr, /web\.yaml:4:25: "swarm\.reserve\.cpus": failed to parse "x"/);
});

Deno.test("plan CONFIG prints what the image is built from", async () => {
  await using dir = await tempDir();
  await dir.write("app/Dockerfile", "FROM scratch\n");
  const build =
    "{context: app, target: run, args: {N: 1.50}, secrets: {token: web.yaml}, cache_from: [shop/old]}";
  const config = `name: web\nimage: shop/web\nbuild: ${build}\n`;
  const { code, stdout } = await run(["plan", await dir.write("web.yaml", config)]);
  equal(code, 0);
  const plan = JSON.parse(stdout);
  const app = `${dir.path}/app`;
  deepEqual(plan.build, {
    context: app,
    dockerfile: `${app}/Dockerfile`,
    target: "run",
    args: { N: "1.50" },
    secrets: { token: `${dir.path}/web.yaml` },
    cacheFrom: ["shop/old"],
  });
  equal(plan.pull, "always");
});

Deno.test("validate says where a build lacks something, and what it does not know", async () => {
  await using dir = await tempDir();
  const refusal = async (build: string) => {
    const file = await dir.write("web.yaml", `name: web\nimage: shop/web\nbuild: ${build}\n`);
    const { code, stderr } = await run(["validate", file]);
    equal(code, 78, stderr);
    return stderr.replaceAll(dir.path, "$DIR");
  };
  match(
    await refusal("{context: app}"),
    /web\.yaml:3:18: error: "build.context" must be a folder, got "\$DIR\/app"/,
  );
  match(
    await refusal("{}"),
    /web\.yaml:3:1: error: "build.dockerfile" must be a Dockerfile, got "\$DIR\/Dockerfile"/,
  );
  match(
    await refusal("{context: ., tarjet: a}"),
    /"build.tarjet" is not known here; did you mean "target"\?/,
  );
  match(await refusal("{cache_from: web}"), /"build.cache_from" must be a list, got "web"/);
  match(await refusal("{args: [A=1]}"), /"build.args" must be a mapping, got a list/);
  match(await refusal("."), /"build" must be a mapping, got "\."/);
});

Deno.test("plan, run and validate find the same, flags beside other mistakes included", async () => {
  await using dir = await tempDir();
  const file = await dir.write(
    "two.yaml",
    'name: web\nimge: nginx\ncontainer_create_args: [--publsh, "80:80"]\nmonitor: {check_http: [{path: x}]}\n',
  );
  for (const command of [[], ["plan"], ["validate"]]) {
    const { code, stderr } = await run([...command, file]);
    equal(code, 78);
    const places = [...stderr.matchAll(/two\.yaml:(\d+):/g)].map(([, line]) => line);
    deepEqual(places, ["2", "3", "4"], stderr);
  }
});
