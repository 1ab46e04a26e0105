/** The way back: from what a container has, as the engine prints it, to the flags that give it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { renderConfig } from "../../../src/commands/import/imported.ts";
import {
  type ImageSettings,
  importContainerSettings,
  type InspectedContainer,
} from "../../../src/commands/import/from_container.ts";
import type { CreateBody, HostConfig } from "../../../src/engine/create_body.ts";
import { translateCreate } from "../../../src/plan/body/translate_create.ts";
import { type BodyField, FLAGS_BY_FIELD } from "../../../src/plan/flags/create_flags.ts";
import { isUserDefined } from "../../../src/plan/values/networks.ts";
import { normalizeBody } from "../../plan/body_equality.ts";
import { recordedCases, recordedInputs, recordedTopics } from "../../plan/recorded_cases.ts";

const ID = "0123456789ab".padEnd(64, "c");

/** What Docker 28 prints of a container to which nothing was said. */
const UNSET_CONFIG = {
  Hostname: ID.slice(0, 12),
  Domainname: "",
  User: "",
  Tty: false,
  OpenStdin: false,
  Env: null,
  Cmd: null,
  Volumes: null,
  WorkingDir: "",
  Entrypoint: null,
  Labels: {},
};
const UNSET_HOST_CONFIG = {
  Binds: null,
  ContainerIDFile: "",
  LogConfig: { Type: "json-file", Config: {} },
  NetworkMode: "bridge",
  PortBindings: {},
  RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
  AutoRemove: false,
  VolumeDriver: "",
  VolumesFrom: null,
  ConsoleSize: [0, 0],
  CapAdd: null,
  CgroupnsMode: "private",
  Dns: [],
  IpcMode: "private",
  Cgroup: "",
  OomScoreAdj: 0,
  Privileged: false,
  SecurityOpt: null,
  ShmSize: 67108864,
  Runtime: "runc",
  Isolation: "",
  Memory: 0,
  NanoCpus: 0,
  MemorySwappiness: null,
  OomKillDisable: null,
  PidsLimit: null,
  Ulimits: null,
  MaskedPaths: ["/proc/asound", "/proc/acpi"],
  ReadonlyPaths: ["/proc/bus", "/proc/fs"],
};

/** As the engine prints a container that was created by the body. */
function inspected({ HostConfig = {}, NetworkingConfig, Image, ...config }: CreateBody): InspectedContainer {
  const { Ulimits, BlkioWeightDevice, BlkioDeviceReadBps, ...host } = HostConfig;
  const mode = HostConfig.NetworkMode ?? "bridge";
  return {
    Id: ID,
    Name: "/web",
    Config: { ...UNSET_CONFIG, Image, ...config },
    HostConfig: {
      ...UNSET_HOST_CONFIG,
      ...host,
      // The cases are recorded without zeros, which the engine prints.
      Ulimits: Ulimits?.map((limit) => ({ ...{ Soft: 0, Hard: 0 }, ...limit })) ?? null,
      BlkioWeightDevice: BlkioWeightDevice?.map((device) => ({ ...{ Weight: 0 }, ...device })) ?? null,
      BlkioDeviceReadBps: BlkioDeviceReadBps?.map((device) => ({ ...{ Rate: 0 }, ...device })) ?? null,
    },
    NetworkSettings: { Networks: NetworkingConfig?.EndpointsConfig ?? { [mode]: {} } },
  };
}

/** The body that the imported flags make. */
function replanned(container: InspectedContainer): CreateBody {
  const { flags, image, command } = importContainerSettings(container, {});
  const args = [...flags, image, ...command];
  const translation = translateCreate(args, recordedInputs({}));
  ok(translation.kind === "create", JSON.stringify(translation));
  return translation.body;
}

/** What the engine would do anyway. */
const ENGINE_DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  CgroupnsMode: ["private", "host"],
  IpcMode: ["private", "shareable"],
  NetworkMode: ["bridge"],
  Runtime: ["runc"],
  ShmSize: [64 * 1024 * 1024],
};

/** Without what does not come back, for the reasons given. */
function comparable({ HostConfig: host = {}, NetworkingConfig, ...body }: CreateBody): unknown {
  // A service has its own restarts, removal and log; its health check becomes a check.
  const { RestartPolicy: _1, AutoRemove: _2, ContainerIDFile: _3, LogConfig: _4, ...own } = host;
  const Healthcheck = body.Healthcheck?.Test?.[0] === "NONE" ? body.Healthcheck : {};
  // What a client attaches to is no setting of the container.
  const streams = { AttachStdin: false, AttachStdout: false, AttachStderr: false };
  const given = Object.entries(own).filter(([name, value]) => !ENGINE_DEFAULTS[name]?.includes(value));
  const HostConfig: HostConfig = Object.fromEntries(given);
  if (Number(own.MemorySwap) === 2 * Number(own.Memory)) delete HostConfig.MemorySwap;
  // The engine's own networks take no settings, and every endpoint has a MAC address.
  const endpoints = Object.entries(NetworkingConfig?.EndpointsConfig ?? {})
    .filter(([name]) => isUserDefined(name))
    .map(([name, endpoint]) => [name, { ...endpoint, MacAddress: "" }]);
  const StopSignal = body.StopSignal === "SIGTERM" ? "" : body.StopSignal;
  return normalizeBody({
    ...body,
    ...streams,
    Healthcheck,
    StopSignal,
    HostConfig,
    NetworkingConfig: { EndpointsConfig: Object.fromEntries(endpoints) },
  });
}

/** Recorded cases that do not come back the same. */
const DIFFERENT: readonly [ids: RegExp, reason: string][] = [
  [/seccomp-(?:file|nested|empty|scalar)/, "the engine prints the profile, not its file; that is a note"],
  [/cdi|^combined-079$/, "a CDI device comes back by --gpus, with its driver and the capability gpu"],
  [/^envfile-and-unset-flag$/, "the engine keeps no bare names of variables"],
  [/^corner-device-gpus-(?:device|capabilities)-empty$/, "an empty name names nothing"],
  [/^network-link-slash-form$/, "the engine takes both forms for the same"],
  [/^(?:int-max-int64|corner-size-iops-big|corner-ulimit-big)$/, "JSON as it is read has no such numbers"],
];

Deno.test("every recorded container is planned the same again from what the engine prints of it", async (t) => {
  for (const topic of recordedTopics()) {
    const cases = recordedCases(topic).filter(({ id }) => !DIFFERENT.some(([ids]) => ids.test(id)));
    await t.step(topic, () => {
      for (const { id, body } of cases) {
        if (body === undefined) continue;
        deepEqual([id, comparable(replanned(inspected(body)))], [id, comparable(body)]);
      }
    });
  }
});

Deno.test("every field of the recorded bodies has its flag", () => {
  const withoutFlag = new Set([
    ...["Image", "Cmd", "HostConfig", "NetworkingConfig", "StdinOnce"],
    ...["AttachStdin", "AttachStdout", "AttachStderr"],
    // It comes with MaskedPaths, of --security-opt=systempaths=unconfined.
    "HostConfig.ReadonlyPaths",
  ]);
  const bodies = recordedTopics().flatMap(recordedCases).map(({ body = {} }) => body as Partial<CreateBody>);
  const fields = bodies.flatMap((body) => [
    ...Object.keys(body),
    ...Object.keys(body.HostConfig ?? {}).map((name) => `HostConfig.${name}`),
  ]);
  ok(new Set(fields).size > 70);
  deepEqual([...new Set(fields)].filter((name) => !FLAGS_BY_FIELD.has(name) && !withoutFlag.has(name)), []);
});

Deno.test("what a container has of its image, of the engine or of Compose is no flag", () => {
  const image: ImageSettings = {
    Env: ["PATH=/bin", "VERSION=1"],
    Labels: { maintainer: "somebody", stage: "build" },
    ExposedPorts: { "80/tcp": {} },
    Volumes: { "/data": {} },
    User: "app",
    WorkingDir: "/srv",
    Entrypoint: ["/start"],
    Cmd: ["serve"],
    StopSignal: "SIGQUIT",
  };
  const { HostConfig, Config, ...container } = inspected({ Image: "app" });
  const ofImage = { ...container, HostConfig, Config: { ...Config, ...image } };
  const imported = importContainerSettings(ofImage, image);
  deepEqual([imported.flags, imported.command, imported.notes.length], [[], [], 1]);
  const changed = {
    ...container,
    HostConfig: { ...HostConfig, Memory: 64, MemorySwap: 128 },
    Config: {
      ...Config,
      ...image,
      Env: ["PATH=/bin", "VERSION=2"],
      Labels: { ...image.Labels, stage: "live", "com.docker.compose.project": "shop" },
      ExposedPorts: { "80/tcp": {}, "81/tcp": {} },
      StopSignal: "SIGTERM",
      Tty: true,
      Entrypoint: ["/start", "--fast"],
    },
  };
  const { flags, command } = importContainerSettings(changed, image);
  deepEqual(flags, [
    "--tty",
    "--env=VERSION=2",
    "--entrypoint=/start",
    "--label=stage=live",
    "--expose=81/tcp",
    "--stop-signal=SIGTERM",
    "--memory=64",
  ]);
  deepEqual(command, ["--fast", "serve"]);
});

Deno.test("what no flag gives is a note", () => {
  const container = inspected({
    Image: "app",
    HostConfig: { SecurityOpt: ['seccomp={"a":1}', "label=disable"] },
  });
  const HostConfig = {
    ...container.HostConfig,
    Novelty: { Level: 3 },
    IOMaximumIOps: 0,
    RestartPolicy: { Name: "always" },
  };
  const { flags, notes, restart } = importContainerSettings({ ...container, HostConfig }, {});
  deepEqual(flags, ["--security-opt=label=disable"]);
  equal(notes[0], 'HostConfig.Novelty: not carried over: {"Level":3}');
  match(notes[1] ?? "", /seccomp profile to a file/);
  equal(restart, "always");
  match(notes[2] ?? "", /docker stop web; docker rename web web-before$/);
});

Deno.test("a volume at a path with a colon is a note: as a flag it would be a folder of the host", () => {
  const container = inspected({ Image: "app", Volumes: { "/etc:/host": {}, "/data": {} } });
  const { flags, notes } = importContainerSettings(container, {});
  deepEqual(flags, []);
  equal(notes[0], 'Volumes: not carried over: {"/etc:/host":{},"/data":{}}');
});

type Field = Exclude<BodyField, "NetworkingConfig"> | `HostConfig.${"IOMaximumIOps" | "KernelMemoryTCP"}`;

/** Each field of a create body that the types of the Engine API know: a content, and the flag or comment. */
const FIELDS: Readonly<Record<Field, readonly [content: unknown, expected: string | readonly string[]]>> = {
  ArgsEscaped: [true, "(of Windows)"],
  AttachStderr: [true, "(of an attached client)"],
  AttachStdin: [true, "(of an attached client)"],
  AttachStdout: [true, "(of an attached client)"],
  Cmd: [["serve", "a b"], ["service_args:", '  - "a b"']],
  Domainname: ["example.org", "--domainname=example.org"],
  Entrypoint: [["/init", "--now"], ["--entrypoint=/init", "  - --now"]],
  Env: [["A=1"], "--env=A=1"],
  ExposedPorts: [{ "81/udp": {} }, "--expose=81/udp"],
  Healthcheck: [{ Test: ["NONE"] }, "--no-healthcheck"],
  Hostname: ["here", "--hostname=here"],
  Image: ["nginx", "image: nginx"],
  Labels: [{ a: "b" }, "--label=a=b"],
  MacAddress: ["02:42:ac:11:65:43", "--mac-address=02:42:ac:11:65:43"],
  NetworkDisabled: [true, "# NetworkDisabled: not carried over: true"],
  OnBuild: [["RUN x"], "(of images)"],
  OpenStdin: [true, "--interactive"],
  Shell: [["/bin/bash"], '# Shell: not carried over: ["/bin/bash"]'],
  StdinOnce: [true, "(of an attached client)"],
  StopSignal: ["SIGINT", "--stop-signal=SIGINT"],
  StopTimeout: [0, "--stop-timeout=0"],
  Tty: [true, "--tty"],
  User: ["1000", "--user=1000"],
  Volumes: [{ "/data": {} }, "--volume=/data"],
  WorkingDir: ["/app", "--workdir=/app"],
  "HostConfig.Annotations": [{ a: "b" }, "--annotation=a=b"],
  "HostConfig.AutoRemove": [true, "(service_runner removes the container itself)"],
  "HostConfig.Binds": [["/a:/b:ro"], "--volume=/a:/b:ro"],
  "HostConfig.BlkioDeviceReadBps": [[{ Path: "/dev/a", Rate: 1024 }], "--device-read-bps=/dev/a:1024"],
  "HostConfig.BlkioDeviceReadIOps": [[{ Path: "/dev/a", Rate: 9 }], "--device-read-iops=/dev/a:9"],
  "HostConfig.BlkioDeviceWriteBps": [[{ Path: "/dev/a", Rate: 1024 }], "--device-write-bps=/dev/a:1024"],
  "HostConfig.BlkioDeviceWriteIOps": [[{ Path: "/dev/a", Rate: 9 }], "--device-write-iops=/dev/a:9"],
  "HostConfig.BlkioWeight": [300, "--blkio-weight=300"],
  "HostConfig.BlkioWeightDevice": [[{ Path: "/dev/a", Weight: 30 }], "--blkio-weight-device=/dev/a:30"],
  "HostConfig.CapAdd": [["ALL"], "--cap-add=ALL"],
  "HostConfig.CapDrop": [["ALL"], "--cap-drop=ALL"],
  "HostConfig.Cgroup": ["x", "(is always empty)"],
  "HostConfig.CgroupParent": ["a.slice", "--cgroup-parent=a.slice"],
  "HostConfig.CgroupnsMode": ["host", "--cgroupns=host"],
  "HostConfig.ConsoleSize": [[24, 80], "(of an attached client)"],
  "HostConfig.ContainerIDFile": ["/a", "(of the existing container)"],
  "HostConfig.CpuCount": [1, "# HostConfig.CpuCount: not carried over: 1"],
  "HostConfig.CpuPercent": [1, "# HostConfig.CpuPercent: not carried over: 1"],
  "HostConfig.CpuPeriod": [1000, "--cpu-period=1000"],
  "HostConfig.CpuQuota": [1000, "--cpu-quota=1000"],
  "HostConfig.CpuRealtimePeriod": [1000, "--cpu-rt-period=1000"],
  "HostConfig.CpuRealtimeRuntime": [1000, "--cpu-rt-runtime=1000"],
  "HostConfig.CpuShares": [9, "--cpu-shares=9"],
  "HostConfig.CpusetCpus": ["0-1", "--cpuset-cpus=0-1"],
  "HostConfig.CpusetMems": ["0", "--cpuset-mems=0"],
  "HostConfig.DeviceCgroupRules": [["c 1:3 r"], '"--device-cgroup-rule=c 1:3 r"'],
  "HostConfig.DeviceRequests": [
    [{ Driver: "nvidia", Count: 2, Capabilities: [["gpu", "utility"]], Options: { a: "b" } }],
    "--gpus=2,driver=nvidia,capabilities=utility,options=a=b",
  ],
  "HostConfig.Devices": [
    [{ PathOnHost: "/dev/a", PathInContainer: "/dev/b", CgroupPermissions: "r" }],
    "--device=/dev/a:/dev/b:r",
  ],
  "HostConfig.DiskQuota": [1, "# HostConfig.DiskQuota: not carried over: 1"],
  "HostConfig.Dns": [["9.9.9.9"], "--dns=9.9.9.9"],
  "HostConfig.DnsOptions": [["use-vc"], "--dns-option=use-vc"],
  "HostConfig.DnsSearch": [["a.example"], "--dns-search=a.example"],
  "HostConfig.ExtraHosts": [["a:192.0.2.1"], "--add-host=a:192.0.2.1"],
  "HostConfig.GroupAdd": [["audio"], "--group-add=audio"],
  "HostConfig.IOMaximumIOps": [1, "# HostConfig.IOMaximumIOps: not carried over: 1"],
  "HostConfig.Init": [false, "--init=false"],
  "HostConfig.IpcMode": ["shareable", "--ipc=shareable"],
  "HostConfig.Isolation": ["process", "--isolation=process"],
  "HostConfig.KernelMemory": [4096, "--kernel-memory=4k"],
  "HostConfig.KernelMemoryTCP": [4096, "# HostConfig.KernelMemoryTCP: not carried over: 4096"],
  "HostConfig.Links": [["/db:/web/database"], "--link=db:database"],
  "HostConfig.LogConfig": [
    { Type: "json-file", Config: { "max-size": "1m" } },
    ["--log-driver=json-file", "--log-opt=max-size=1m"],
  ],
  "HostConfig.MaskedPaths": [[], "--security-opt=systempaths=unconfined"],
  "HostConfig.Memory": [1 << 30, "--memory=1g"],
  "HostConfig.MemoryReservation": [1024, "--memory-reservation=1k"],
  "HostConfig.MemorySwap": [-1, "--memory-swap=-1"],
  "HostConfig.MemorySwappiness": [0, "--memory-swappiness=0"],
  "HostConfig.Mounts": [
    [{
      Type: "bind",
      Source: "/a",
      Target: "/b",
      BindOptions: { NonRecursive: true, CreateMountpoint: true },
    }],
    [
      "--mount=type=bind,source=/a,target=/b,bind-recursive=disabled",
      "# HostConfig.Mounts: no flag has the folder /a made: it has to be there.",
    ],
  ],
  "HostConfig.NanoCpus": [5e8, "--cpus=0.5"],
  "HostConfig.NetworkMode": ["host", "--network=host"],
  "HostConfig.OomKillDisable": [true, "--oom-kill-disable"],
  "HostConfig.OomScoreAdj": [9, "--oom-score-adj=9"],
  "HostConfig.PidMode": ["host", "--pid=host"],
  "HostConfig.PidsLimit": [9, "--pids-limit=9"],
  "HostConfig.PortBindings": [{ "80/tcp": [{ HostIp: "::1", HostPort: "81" }] }, '"--publish=[::1]:81:80"'],
  "HostConfig.Privileged": [true, "--privileged"],
  "HostConfig.PublishAllPorts": [true, "--publish-all"],
  "HostConfig.ReadonlyPaths": [["/a"], "(with MaskedPaths)"],
  "HostConfig.ReadonlyRootfs": [true, "--read-only"],
  "HostConfig.RestartPolicy": [{ Name: "always" }, "# restart always: systemd"],
  "HostConfig.Runtime": ["runsc", "--runtime=runsc"],
  "HostConfig.SecurityOpt": [["label=disable"], "--security-opt=label=disable"],
  "HostConfig.ShmSize": [1024, "--shm-size=1k"],
  "HostConfig.StorageOpt": [{ size: "1G" }, "--storage-opt=size=1G"],
  "HostConfig.Sysctls": [{ "net.a": "1" }, "--sysctl=net.a=1"],
  "HostConfig.Tmpfs": [{ "/t": "size=1m" }, "--tmpfs=/t:size=1m"],
  "HostConfig.UTSMode": ["host", "--uts=host"],
  "HostConfig.Ulimits": [[{ Name: "core", Soft: 1, Hard: 2 }], "--ulimit=core=1:2"],
  "HostConfig.UsernsMode": ["host", "--userns=host"],
  "HostConfig.VolumeDriver": ["local", "--volume-driver=local"],
  "HostConfig.VolumesFrom": [["db:ro"], "--volumes-from=db:ro"],
};

Deno.test("every field of a container is a flag or a comment", async (t) => {
  const unset = inspected({ Image: "app" });
  const plain = renderConfig(importContainerSettings(unset, {}));
  for (const [field, [content, expected]] of Object.entries(FIELDS)) {
    await t.step(field, () => {
      const [owner, name = ""] = field.split(".");
      const Config = owner === field ? { ...unset.Config, [field]: content } : unset.Config;
      const HostConfig = owner === field ? unset.HostConfig : { ...unset.HostConfig, [name]: content };
      const config = renderConfig(
        importContainerSettings({ ...unset, Config, HostConfig } as typeof unset, {}),
      );
      // In brackets: why it is neither.
      if (String(expected).startsWith("(")) return equal(config, plain);
      for (const line of [expected].flat()) ok(config.includes(line), `${line}: ${config}`);
    });
  }
});

Deno.test("the settings of a container on its networks come back", () => {
  const unset = inspected({ Image: "app", HostConfig: { NetworkMode: "front" } });
  const Networks = {
    back: { Aliases: ["b"] },
    front: {
      Aliases: ["web", ID.slice(0, 12)],
      IPAMConfig: { IPv4Address: "172.20.0.5" },
      MacAddress: "02:42:ac:11:65:43",
      DriverOpts: { a: "b" },
    },
  };
  deepEqual(importContainerSettings({ ...unset, NetworkSettings: { Networks } }, {}).flags, [
    "--network=name=front,alias=web,ip=172.20.0.5,driver-opt=a=b",
    "--network=name=back,alias=b",
  ]);
  const { flags, notes } = importContainerSettings(
    { ...unset, NetworkSettings: { Networks: { Front: { Aliases: ["web"] }, Back: {} } } },
    {},
  );
  deepEqual(flags, ["--network=Front", "--network=Back"]);
  equal(
    notes[0],
    'NetworkSettings.Networks: of "Front" only the name, since the Docker CLI takes the rest in lower case',
  );
});
