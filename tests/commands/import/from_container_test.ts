/** The way back: from what a container has, as the engine prints it, to the flags that give it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { ImageSettings, InspectedContainer } from "../../../src/commands/import/inspected_container.ts";
import { importContainerSettings } from "../../../src/commands/import/from_container.ts";
import type { CreateBody, HostConfig } from "../../../src/engine/create_body.ts";
import { translateCreate } from "../../../src/plan/body/translate_create.ts";
import { FLAGS_BY_FIELD } from "../../../src/plan/flags/create_flags.ts";
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
  match(notes[2] ?? "", /docker rm --force web$/);
});
