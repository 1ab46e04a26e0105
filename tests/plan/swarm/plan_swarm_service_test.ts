import { deepEqual, equal, match, notEqual, throws } from "node:assert/strict";
import { specFingerprint } from "../../../src/plan/swarm/spec_fingerprint.ts";
import { planInputs } from "../plan_fixture.ts";
import { containerOf, type Input, planned, problems, specOf, warnings } from "./swarm_fixture.ts";

Deno.test("planSwarmService() makes a whole spec of a config that says nothing but name and image", () => {
  deepEqual(planned({}), {
    name: "web",
    image: "nginx",
    pull: "always",
    platform: undefined,
    spec: {
      Name: "web",
      Labels: {},
      TaskTemplate: { ContainerSpec: { Image: "nginx" }, RestartPolicy: { Condition: "any" } },
      Mode: { Replicated: { Replicas: 1 } },
      UpdateConfig: {
        Parallelism: 1,
        FailureAction: "rollback",
        Monitor: 5_000_000_000,
        Order: "stop-first",
      },
      RollbackConfig: {
        Parallelism: 1,
        FailureAction: "pause",
        Monitor: 5_000_000_000,
        Order: "stop-first",
      },
      EndpointSpec: { Mode: "vip" },
    },
    warnings: [],
  });
});

Deno.test("planSwarmService() puts all of swarm: into the spec", () => {
  const { Labels, TaskTemplate, Mode, UpdateConfig, RollbackConfig } = specOf([], {
    replicas: 3,
    constraints: ["node.labels.disk == ssd"],
    spread: "node.labels.zone",
    maxPerNode: 2,
    reserve: { cpus: "0.5", memory: "256m" },
    labels: { "traefik.enable": "true" },
    update: { atOnce: 0, order: "start-first", delayMs: 1500, monitorMs: 30_000 },
  });
  deepEqual(Labels, { "traefik.enable": "true" });
  deepEqual(TaskTemplate.Placement, {
    Constraints: ["node.labels.disk == ssd"],
    Preferences: [{ Spread: { SpreadDescriptor: "node.labels.zone" } }],
    MaxReplicas: 2,
  });
  deepEqual(TaskTemplate.Resources, {
    Reservations: { NanoCPUs: 500_000_000, MemoryBytes: 256 * 1024 ** 2 },
  });
  deepEqual(Mode, { Replicated: { Replicas: 3 } });
  const both = { Parallelism: 0, Monitor: 30_000_000_000, Order: "start-first" };
  deepEqual(UpdateConfig, { ...both, Delay: 1_500_000_000, FailureAction: "rollback" });
  deepEqual(RollbackConfig, { ...both, FailureAction: "pause" });
  deepEqual(specOf([], { replicas: "global" }).Mode, { Global: {} });
});

Deno.test("planSwarmService() sends the command as arguments, and limits beside reservations", () => {
  const { spec } = planned({
    serviceArgs: ["serve", "--port", "80"],
    containerCreateArgs: ["--entrypoint=/bin/web", "--memory=64m", "--pids-limit=-1"],
    swarm: { reserve: { cpus: undefined, memory: "32m" } },
  });
  const { ContainerSpec, Resources } = spec.TaskTemplate;
  deepEqual([ContainerSpec.Command, ContainerSpec.Args], [["/bin/web"], ["serve", "--port", "80"]]);
  deepEqual(Resources, { Limits: { MemoryBytes: 64 << 20 }, Reservations: { MemoryBytes: 32 << 20 } });
});

Deno.test("planSwarmService() writes what Swarm takes for a template so that it comes out as it is", () => {
  const opened = '{{"{{"}}';
  const container = containerOf(
    ...["-e", "A={{.Node.ID}} {{{x}}", "-e", "{{B=1", "-h", "{{.Task.Slot}}"],
    ...[
      "-v",
      "/srv/{{a:/{{b",
      "--mount",
      "type=volume,source={{c,target=/d,volume-label=l={{,volume-opt=o={{",
    ],
    ...["--label", "l={{x}}", "--workdir=/{{", "--health-cmd", "echo {{"],
  );
  deepEqual(container.Env, [`A=${opened}.Node.ID}} ${opened}{x}}`, "{{B=1"]);
  equal(container.Hostname, `${opened}.Task.Slot}}`);
  deepEqual(container.Mounts, [
    { Type: "bind", Source: `/srv/${opened}a`, Target: `/${opened}b` },
    {
      Type: "volume",
      Source: `${opened}c`,
      Target: "/d",
      VolumeOptions: { Labels: { l: opened }, DriverConfig: { Options: { o: opened } } },
    },
  ]);
  deepEqual(container.Labels, { l: "{{x}}" }, "no template");
  deepEqual([container.Dir, container.Healthcheck?.Test?.[1]], ["/{{", "echo {{"]);
});

Deno.test("planSwarmService() gives capabilities as the CLI does: ALL swallows the rest, added beats dropped", () => {
  const { CapabilityAdd, CapabilityDrop } = containerOf(
    ...["--cap-add=chown", "--cap-add=all", "--cap-drop=kill", "--cap-drop=ALL"],
  );
  deepEqual([CapabilityAdd, CapabilityDrop], [["ALL"], undefined]);
  const some = containerOf("--cap-add=kill", "--cap-drop=chown", "--cap-drop=cap_kill");
  deepEqual([some.CapabilityAdd, some.CapabilityDrop], [["CAP_KILL"], ["CAP_CHOWN"]]);
});

Deno.test("planSwarmService() keeps a stop timeout of 0, and knows those that are too long", () => {
  equal(containerOf("--stop-timeout=0").StopGracePeriod, 0);
  equal(containerOf("--stop-timeout=9223372036").StopGracePeriod, 9_223_372_036_000_000_000n);
  deepEqual(problems({ containerCreateArgs: ["--stop-timeout=9223372037"] }), [
    ["container_create_args.0", '"--stop-timeout" must be at most 9223372036'],
  ]);
});

Deno.test("planSwarmService() lets tasks be replaced as --restart says, by default always", () => {
  const policy = (...args: string[]) => specOf(args).TaskTemplate.RestartPolicy;
  deepEqual(policy(), { Condition: "any" });
  deepEqual(policy("--restart=no"), { Condition: "none" });
  deepEqual(policy("--restart=unless-stopped"), { Condition: "any" });
  deepEqual(policy("--restart=on-failure"), { Condition: "on-failure" });
  deepEqual(policy("--restart=on-failure:3"), { Condition: "on-failure", MaxAttempts: 3 });
});

Deno.test("planSwarmService() sends the swap without the memory that --memory-swap includes", () => {
  const swap = (...args: string[]) => specOf(["--memory=64m", ...args]).TaskTemplate.Resources?.SwapBytes;
  equal(swap(), undefined);
  equal(swap("--memory-swap=100m"), 36 << 20);
  equal(swap("--memory-swap=64m"), 0);
  equal(swap("--memory-swap=-1"), -1);
});

Deno.test("planSwarmService() attaches tasks to all networks, with what each has for itself", () => {
  const networks = (...args: string[]) => specOf(args).TaskTemplate.Networks;
  deepEqual(networks("--network=a", "--net", "name=b,alias=x,alias=y,driver-opt=k=v"), [
    { Target: "a" },
    { Target: "b", Aliases: ["x", "y"], DriverOpts: { k: "v" } },
  ]);
  deepEqual(networks("--network=host"), [{ Target: "host" }]);
  equal(networks("--network=default"), undefined);
});

Deno.test("planSwarmService() takes what it knows of --security-opt", () => {
  const inputs = planInputs({ files: { "p.json": '{ "defaultAction": "SCMP_ACT_ALLOW" }' } });
  const privileges = (...options: string[]) => {
    const containerCreateArgs = options.flatMap((option) => ["--security-opt", option]);
    return planned({ containerCreateArgs }, inputs).spec.TaskTemplate.ContainerSpec.Privileges;
  };
  deepEqual(privileges("no-new-privileges=true", "apparmor=unconfined", "seccomp=unconfined"), {
    NoNewPrivileges: true,
    AppArmor: { Mode: "disabled" },
    Seccomp: { Mode: "unconfined" },
  });
  deepEqual(privileges("seccomp=p.json"), {
    Seccomp: { Mode: "custom", Profile: btoa('{"defaultAction":"SCMP_ACT_ALLOW"}') },
  });
  deepEqual(privileges("seccomp=builtin", "no-new-privileges:true"), {
    Seccomp: { Mode: "default" },
    NoNewPrivileges: true,
  });
  deepEqual(privileges("label=user:u", "label=role:r", "label=type:t", "label:level:s0:c1,c2"), {
    SELinuxContext: { User: "u", Role: "r", Type: "t", Level: "s0:c1,c2" },
  });
  deepEqual(privileges("label=disable"), { SELinuxContext: { Disable: true } });
  equal(privileges("no-new-privileges=false"), undefined);
});

Deno.test("planSwarmService() makes a platform of --platform, without the architecture where nodes call it otherwise", () => {
  const platforms = (text: string) => specOf([`--platform=${text}`]).TaskTemplate.Placement?.Platforms;
  deepEqual(platforms("amd64"), [{ OS: "linux", Architecture: "amd64" }]);
  deepEqual(platforms("linux/arm/v7"), [{ OS: "linux" }]);
  equal(planned({ containerCreateArgs: ["--platform=Linux/ARM64"] }).platform, "Linux/ARM64");
});

Deno.test("planSwarmService() knows when the digest of the image has to be found", () => {
  const pull = (input: Input) => planned(input).pull;
  equal(pull({}), "always");
  equal(pull({ pull: "prefer" }), "prefer");
  equal(pull({ containerCreateArgs: ["--pull=missing"] }), "missing");
  equal(pull({ containerCreateArgs: ["--pull=always"] }), "always");
  equal(pull({ pull: "prefer", containerCreateArgs: ["--pull=never"] }), "prefer");
  const id = "0123456789abcdef".repeat(4);
  equal(pull({ image: id }), "missing");
  equal(planned({ image: id }).spec.TaskTemplate.ContainerSpec.Image, `sha256:${id}`);
});

Deno.test("planSwarmService() refuses what a service can not have, at its flag", async (t) => {
  const cases: [args: string[], index: number, message: RegExp][] = [
    [["--init", "--entrypoint", ""], 2, /Swarm cannot take away the entrypoint/],
    [["--pull=never"], 0, /the nodes of a swarm pull the image themselves/],
    [["--log-driver", "none"], 1, /the log of a service would be empty/],
    [["--restart=sometimes"], 0, /must be no, always, unless-stopped or on-failure\[:COUNT\]/],
    [["--restart=always:3"], 0, /only "on-failure" has a count/],
    [["--restart=on-failure:-1"], 0, /must not be negative/],
    [["--memory-swap=1g"], 0, /"--memory-swap" needs "--memory"/],
    [["--memory=1g", "--memory-swap=512m"], 1, /must be at least "--memory"/],
    [["--memory=1m"], 0, /the memory must be at least 4m in Swarm/],
    [["--cpus=0.0001"], 0, /the CPUs must be at least 0.001 in Swarm/],
    [["--network=none"], 0, /attaches each task to a network/],
    [["--net", "container:db"], 1, /on another machine than that container/],
    [["--network=name=a,ip=10.0.0.2"], 0, /"ip" is not available in Swarm/],
    [["--network=name=a,mac-address=02:42:ac:11:00:02"], 0, /"mac-address" is not available/],
    [["--security-opt=apparmor=mine"], 0, /Swarm takes no-new-privileges, .*apparmor=unconfined/],
    [["--security-opt", "systempaths=unconfined"], 1, /Swarm takes no-new-privileges/],
    [["--security-opt", "label=nested"], 1, /unknown label "nested"/],
    [["--security-opt", "no-new-privileges=maybe"], 1, /must be true or false/],
  ];
  for (const [args, index, expected] of cases) {
    await t.step(args.join(" "), () => {
      const [[place, message] = [], ...others] = problems({ containerCreateArgs: args });
      deepEqual(others, []);
      equal(place, `container_create_args.${index}`);
      match(message!, expected);
    });
  }
});

Deno.test("planSwarmService() refuses what is wrong with a flag as for a container", () => {
  const wrong: Input = {
    image: "Nginx",
    containerCreateArgs: ["--name=other", "--volum=x", "--dns", "x", "--memory=lots", "nginx"],
  };
  deepEqual(problems(wrong).map(([place]) => place), [
    "container_create_args.0",
    "container_create_args.1",
    "container_create_args.3",
    "container_create_args.4",
    "container_create_args.5",
    "image",
  ]);
  throws(() => planned({ containerCreateArgs: ["--no-healthcheck", "--health-cmd=x"] }), /conflicts/);
});

Deno.test("planSwarmService() warns of what is not done, and of what is probably not meant", async (t) => {
  const cases: [input: Input, place: string, message: RegExp | undefined][] = [
    [{ containerCreateArgs: ["--init", "--rm"] }, "1", /"--rm" is overridden: Swarm removes/],
    [{ containerCreateArgs: ["--expose=80"] }, "0", /"--expose" has no effect in Swarm/],
    [{ containerCreateArgs: ["-i"] }, "0", /nothing is ever typed/],
    [
      { containerCreateArgs: ["--restart=on-failure:3"] },
      "0",
      /"--restart on-failure:3" leaves a task that ends with 0/,
    ],
    [{ containerCreateArgs: ["--restart=always"] }, "", undefined],
    [
      { containerCreateArgs: ["--pull=never"], pull: "always" },
      "0",
      /"--pull never" is overridden by the key "pull"/,
    ],
    [{ containerCreateArgs: ["--dns=127.0.0.1"] }, "", /Localhost DNS/],
    [{ monitor: { publicNetworkName: "x" } }, "monitor.public_network_name", /has no effect in Swarm/],
    [
      { swarm: { maxPerNode: 1, update: { atOnce: 1, order: "start-first", delayMs: 0, monitorMs: 5000 } } },
      "swarm.update.order",
      /a new task waits as long as every node has its share/,
    ],
  ];
  for (const [input, place, expected] of cases) {
    await t.step(JSON.stringify(input), () => {
      const found = warnings(input);
      if (expected === undefined) return deepEqual(found, []);
      equal(found.length, 1, JSON.stringify(found));
      equal(found[0]![0], place);
      match(found[0]![1], expected);
    });
  }
});

Deno.test("planSwarmService() warns of volumes that each node has for itself", () => {
  const warned = (args: string[], swarm: NonNullable<Input["swarm"]>) =>
    warnings({ containerCreateArgs: args, swarm });
  const volume = ["--init", "-v", "data:/data"];
  const [[place, message] = []] = warned(volume, {});
  equal(place, "2");
  match(
    message!,
    /each node has a volume "data" of its own: a task that comes to another node finds an empty one/,
  );
  match(warned(volume, { replicas: 2, constraints: ["node.role == worker"] })[0]![1], /do not share it/);
  const both = ["-v", "/srv/data:/a", "-v", "data:/b", "--mount=type=volume,source=more,target=/data"];
  deepEqual(warned(both, {}).map(([place]) => place), ["3", "4"]);
  deepEqual(warned(volume, { constraints: ["node.labels.db == true"] }), []);
  deepEqual(warned(volume, { replicas: 2, constraints: ["node.hostname==a"] }), []);
  deepEqual(warned(volume, { replicas: "global" }), []);
  deepEqual(warned(["-v", "/srv/data:/data", "-v", "/anonymous"], { replicas: 2 }), []);
  deepEqual(warned(["-v", "data:/data", "--volume-driver=nfs"], { replicas: 2 }), []);
  const share = "type=volume,source=data,target=/d,volume-opt=type=nfs,volume-opt=device=:/x";
  deepEqual(warned([`--mount=${share}`], { replicas: 2 }), []);
});

Deno.test("specFingerprint() changes with whatever the config says of the service", async () => {
  const fingerprint = async (input: Input) => await specFingerprint(planned(input));
  const base = await fingerprint({});
  match(base, /^[0-9a-f]{64}$/);
  equal(await fingerprint({ pull: "missing" }), base, "how the image is found is not of the service");
  const others: Input[] = [
    { image: "nginx:1.27" },
    { name: "other" },
    { serviceArgs: ["x"] },
    { containerCreateArgs: ["--env=A=1"] },
    { containerCreateArgs: ["--platform=arm64"] },
    { swarm: { replicas: 2 } },
    { swarm: { labels: { a: "1" } } },
    { swarm: { publish: "host" }, containerCreateArgs: ["-p", "80"] },
    { containerCreateArgs: ["-p", "80"] },
  ];
  const all = await Promise.all(others.map(fingerprint));
  equal(new Set([base, ...all]).size, others.length + 1);
  notEqual(base, all[0]);
});
