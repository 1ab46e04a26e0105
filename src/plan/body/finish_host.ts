/** The part of the create body that is about the host: `HostConfig`, without volumes and ports. */
import type { HostConfig, Mount } from "../../engine/create_body.ts";
import type { CreateDraft } from "./create_draft.ts";
import type { GivenFlags } from "../flags/given_flags.ts";
import { readFile } from "../plan_inputs.ts";
import { ValueError } from "../../errors.ts";
import { normalizeCapabilities } from "../values/capabilities.ts";
import { isCdiDevice, parseDevice } from "../values/devices.ts";
import { cut, keyValueMap, quote, userMap } from "../values/go_strings.ts";
import { checkNamespaceMode } from "../values/namespaces.ts";
import { isNoRestart, parseRestartPolicy } from "../values/restart.ts";
import { isUnconfinedPaths, parseSecurityOption } from "../values/security.ts";
import { withoutZeros } from "./without_zeros.ts";

/** Where `--use-api-socket` puts the engine's socket. */
export const API_SOCKET = "/var/run/docker.sock";

type HostSettings = { [K in keyof HostConfig]: HostConfig[K] | undefined };

/** The fields of `HostConfig`; problems are added to `given.problems`. */
export function hostSettings(draft: CreateDraft, given: GivenFlags): HostSettings {
  const { host } = draft;
  for (const flag of ["pid", "uts", "userns", "cgroupns"] as const) {
    given.readLast(flag, (mode) => checkNamespaceMode(flag, mode));
  }
  return {
    ...host,
    ...deviceSettings(draft, given),
    ...securitySettings(draft, given),
    CapAdd: normalizeCapabilities(host.CapAdd),
    CapDrop: normalizeCapabilities(host.CapDrop),
    NetworkMode: draft.networks[0]?.target,
    RestartPolicy: restartPolicy(draft, given),
    LogConfig: logConfig(given),
    MemorySwappiness: memorySwappiness(draft, given),
    StorageOpt: userMap(given.read("storage-opt", parseStorageOption)),
    // Such as `/run:size=64m`; the engine checks the options when it mounts.
    Tmpfs: keyValueMap(given.values("tmpfs"), ":"),
    Mounts: [...host.Mounts ?? [], ...apiSocketMounts(draft)],
  };
}

function deviceSettings({ host }: CreateDraft, given: GivenFlags): HostConfig {
  const DeviceIDs = given.values("device").filter(isCdiDevice);
  return {
    Devices: given.read("device", (text) => isCdiDevice(text) ? undefined : parseDevice(text)),
    DeviceRequests: [
      ...host.DeviceRequests ?? [],
      ...(DeviceIDs.length > 0 ? [{ Driver: "cdi", DeviceIDs }] : []),
    ],
  };
}

function securitySettings({ inputs }: CreateDraft, given: GivenFlags): HostConfig {
  const options = given.read(
    "security-opt",
    (text) => parseSecurityOption(text, (path) => readFile(path, inputs)),
  );
  return {
    SecurityOpt: options.filter((option) => !isUnconfinedPaths(option)),
    ...(options.some(isUnconfinedPaths) && { MaskedPaths: [], ReadonlyPaths: [] }),
  };
}

function restartPolicy({ host }: CreateDraft, given: GivenFlags): HostConfig["RestartPolicy"] {
  const policy = given.readLast("restart", parseRestartPolicy);
  if (policy === undefined || isNoRestart(policy)) return policy?.MaximumRetryCount ? policy : undefined;
  if (host.AutoRemove) {
    given.refuse(["restart"], "conflicting options: cannot specify both --restart and --rm");
  }
  return policy;
}

function logConfig(given: GivenFlags): HostConfig["LogConfig"] {
  const driver = given.value("log-driver");
  const options = given.values("log-opt");
  if (driver === "none" && options.length > 0) {
    given.refuse(["log-opt"], "invalid logging opts for driver none: it takes no --log-opt");
  }
  return withoutZeros({ Type: driver, Config: keyValueMap(options) });
}

/** 0 to 100; -1 means "not set" to the engine. */
function memorySwappiness({ host }: CreateDraft, given: GivenFlags): HostConfig["MemorySwappiness"] {
  const value = host.MemorySwappiness ?? -1;
  if (value === -1) return undefined;
  if (value < 0 || value > 100) {
    const message = `invalid value: ${value}. Valid memory swappiness range is 0-100`;
    given.refuse(["memory-swappiness"], message);
  }
  return value;
}

function parseStorageOption(text: string): [name: string, value: string] {
  const [name, value] = cut(text, "=");
  if (value === undefined) throw new ValueError(`invalid storage option ${quote(text)}; must be NAME=VALUE`);
  return [name, value];
}

/** `--use-api-socket`: a mount of the engine's socket. The CLI also copies its registry credentials; this does not. */
function apiSocketMounts({ useApiSocket, inputs }: CreateDraft): Mount[] {
  if (!useApiSocket) return [];
  return [{ Type: "bind", Source: inputs.enginePath, Target: API_SOCKET, BindOptions: {} }];
}
