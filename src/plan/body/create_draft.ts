/** The create body while flags are being applied to it. */
import type { CreateBody, HostConfig } from "../../engine/create_body.ts";
import type { PlanInputs } from "../plan_inputs.ts";
import type { HealthFlags } from "../values/health.ts";
import type { NetworkAttachment } from "../values/networks.ts";

/** Lists that a flag may add to again and again. */
type GrowingList =
  | "BlkioDeviceReadBps"
  | "BlkioDeviceReadIOps"
  | "BlkioDeviceWriteBps"
  | "BlkioDeviceWriteIOps"
  | "BlkioWeightDevice"
  | "CapAdd"
  | "CapDrop"
  | "DeviceCgroupRules"
  | "DeviceRequests"
  | "Dns"
  | "DnsOptions"
  | "DnsSearch"
  | "ExtraHosts"
  | "GroupAdd"
  | "Links"
  | "Mounts"
  | "Ulimits"
  | "VolumesFrom";

/**
 * What the flags have said so far. Most set a field of the body at once; the others are put together when all are
 * known (`finish_body.ts`).
 */
export interface CreateDraft {
  readonly inputs: PlanInputs;
  readonly body: Partial<CreateBody>;
  readonly host: HostConfig & Required<Pick<HostConfig, GrowingList>>;
  readonly health: HealthFlags;
  readonly networks: NetworkAttachment[];
  /** `stdin`, `stdout`, `stderr`. */
  readonly attach: Set<string>;
  readonly annotations: Map<string, string>;
  readonly sysctls: Map<string, string>;
  readonly warnings: string[];
  name: string;
  pull: string;
  platform: string;
  useApiSocket: boolean;
  contentTrust: boolean;
  help: boolean;
}

/** Nothing said yet. */
export function newDraft(inputs: PlanInputs): CreateDraft {
  return {
    inputs,
    body: {},
    // deno-fmt-ignore
    host: {
      BlkioDeviceReadBps: [], BlkioDeviceReadIOps: [], BlkioDeviceWriteBps: [], BlkioDeviceWriteIOps: [],
      BlkioWeightDevice: [], CapAdd: [], CapDrop: [], DeviceCgroupRules: [], DeviceRequests: [], Dns: [],
      DnsOptions: [], DnsSearch: [], ExtraHosts: [], GroupAdd: [], Links: [], Mounts: [], Ulimits: [],
      VolumesFrom: [],
    },
    health: {
      command: "",
      interval: 0,
      timeout: 0,
      startPeriod: 0,
      startInterval: 0,
      retries: 0,
      none: false,
    },
    networks: [],
    attach: new Set(),
    annotations: new Map(),
    sysctls: new Map(),
    warnings: [],
    name: "",
    pull: "",
    platform: inputs.env("DOCKER_DEFAULT_PLATFORM") ?? "",
    useApiSocket: false,
    contentTrust: isContentTrustOn(inputs.env("DOCKER_CONTENT_TRUST") ?? ""),
    help: false,
  };
}

/** The CLI takes any text that is no spelling of false for a yes. */
function isContentTrustOn(text: string): boolean {
  return !["", "0", "f", "F", "false", "FALSE", "False"].includes(text);
}
