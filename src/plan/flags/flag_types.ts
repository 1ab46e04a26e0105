/** The types of flags' values, one for each grammar; `kind` is the word that the CLI's help uses. */
import type {
  DeviceRequest,
  ThrottleDevice,
  Ulimit,
  WeightDevice,
  WireInteger,
} from "../../engine/create_body.ts";
import type { PlanInputs } from "../plan_inputs.ts";
import { ValueError } from "../../errors.ts";
import { parseIpText } from "../values/addresses.ts";
import { parseNanoCpus } from "../values/cpus.ts";
import { parseBytesRate, parseDeviceWeight, parseOperationsRate } from "../values/device_rates.ts";
import { checkDeviceRule } from "../values/devices.ts";
import { parseDuration } from "../values/durations.ts";
import { parseBool, parseInteger } from "../values/go_numbers.ts";
import { cut, quote, toLower } from "../values/go_strings.ts";
import { parseGpus } from "../values/gpus.ts";
import { parseExtraHost, parseSearchDomain } from "../values/hosts.ts";
import { checkLabel, parseEnv } from "../values/key_values.ts";
import { checkLink } from "../values/links.ts";
import { type ParsedMount, parseMount } from "../values/mounts.ts";
import { type NetworkAttachment, parseNetwork } from "../values/networks.ts";
import { parseSize, parseSwapSize } from "../values/sizes.ts";
import { parseSysctl } from "../values/sysctls.ts";
import { parseUlimit } from "../values/ulimits.ts";

/** How the values of a flag are read. */
export interface FlagType<T> {
  /** What stands for a value in messages. */
  readonly kind: string;
  readonly valueIfBare?: string;
  /** @throws {ValueError} */
  readonly parse: (text: string, inputs: PlanInputs) => T;
}

export const BOOL: FlagType<boolean> = { kind: "bool", valueIfBare: "true", parse: parseBool };
export const STRING: FlagType<string> = { kind: "string", parse: (text) => text };
export const LIST: FlagType<string> = { kind: "list", parse: (text) => text };
export const INT: FlagType<WireInteger> = {
  kind: "int",
  parse: (text) => parseInteger(text, { base: 0, bits: 64, signed: true }),
};
export const UINT16: FlagType<WireInteger> = {
  kind: "uint16",
  parse: (text) => parseInteger(text, { base: 0, bits: 16, signed: false }),
};
export const UINT64: FlagType<WireInteger> = {
  kind: "uint",
  parse: (text) => parseInteger(text, { base: 0, bits: 64, signed: false }),
};
export const SIZE: FlagType<WireInteger> = { kind: "bytes", parse: parseSize };
export const SWAP_SIZE: FlagType<WireInteger> = { kind: "bytes", parse: parseSwapSize };
export const CPUS: FlagType<WireInteger> = { kind: "decimal", parse: parseNanoCpus };
export const DURATION: FlagType<WireInteger> = { kind: "duration", parse: parseDuration };
export const MAP: FlagType<[name: string, value: string]> = {
  kind: "map",
  parse: (text) => {
    const [name, value = ""] = cut(text, "=");
    return [name, value];
  },
};
export const SYSCTL: FlagType<[name: string, value: string]> = { kind: "map", parse: parseSysctl };
export const ENV: FlagType<string> = { kind: "list", parse: (text, { env }) => parseEnv(text, env) };
export const LABEL: FlagType<string> = { kind: "list", parse: checkLabel };
export const LINK: FlagType<string> = { kind: "list", parse: checkLink };
export const IP: FlagType<string> = { kind: "list", parse: parseIpText };
export const EXTRA_HOST: FlagType<string> = { kind: "list", parse: parseExtraHost };
export const SEARCH_DOMAIN: FlagType<string> = { kind: "list", parse: parseSearchDomain };
export const DEVICE_RULE: FlagType<string> = { kind: "list", parse: checkDeviceRule };
export const DEVICE_WEIGHT: FlagType<WeightDevice> = { kind: "list", parse: parseDeviceWeight };
export const BYTES_RATE: FlagType<ThrottleDevice> = { kind: "list", parse: parseBytesRate };
export const OPERATIONS_RATE: FlagType<ThrottleDevice> = { kind: "list", parse: parseOperationsRate };
export const ULIMIT: FlagType<Ulimit> = { kind: "ulimit", parse: parseUlimit };
export const GPUS: FlagType<DeviceRequest> = { kind: "gpu-request", parse: parseGpus };
export const NETWORK: FlagType<NetworkAttachment> = { kind: "network", parse: parseNetwork };
export const MOUNT: FlagType<ParsedMount> = {
  kind: "mount",
  parse: (text, { cwd }) => parseMount(text, cwd),
};
export const STREAM: FlagType<string> = {
  kind: "list",
  parse: (text) => {
    const stream = toLower(text);
    if (["stdin", "stdout", "stderr"].includes(stream)) return stream;
    throw new ValueError(`valid streams are STDIN, STDOUT and STDERR, got ${quote(text)}`);
  },
};
