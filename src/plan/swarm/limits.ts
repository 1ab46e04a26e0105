/** What a task may take, by flags, and what a node must have left for it, by `swarm.reserve`. */
import type { SwarmConfig } from "../../config/swarm_config.ts";
import type { CreateBody, WireInteger } from "../../engine/create_body.ts";
import type { ResourceLimits, TaskSpec } from "../../engine/swarm_types.ts";
import { type Problem, ValueError, valueOrError } from "../../errors.ts";
import { withoutZeros } from "../body/without_zeros.ts";
import type { GivenFlags } from "../flags/given_flags.ts";
import { parseNanoCpus } from "../values/cpus.ts";
import { toWireInteger } from "../values/go_numbers.ts";
import { parseSize } from "../values/sizes.ts";

type Resources = NonNullable<TaskSpec["Resources"]>;

const LEAST_NANO_CPUS = 1_000_000;
const LEAST_MEMORY_BYTES = 4 * 1024 * 1024;

/** Of flags. Problems are added to `given.problems`. */
export function limits(body: CreateBody, given: GivenFlags): Resources {
  const { NanoCpus: NanoCPUs, Memory: MemoryBytes, PidsLimit, MemorySwappiness } = body.HostConfig ?? {};
  given.combine(["cpus"], () => checkCpus(NanoCPUs));
  given.combine(["memory"], () => checkMemory(MemoryBytes));
  const Limits = withoutZeros<ResourceLimits>({
    NanoCPUs,
    MemoryBytes,
    // Less than 0 is as many as there may be, which for Swarm is 0.
    Pids: PidsLimit !== undefined && PidsLimit > 0 ? PidsLimit : 0,
  });
  const SwapBytes = given.combine(["memory-swap"], () => swapBytes(body));
  return {
    ...withoutZeros({ Limits }),
    ...(SwapBytes !== undefined && { SwapBytes }),
    ...(MemorySwappiness !== undefined && { MemorySwappiness }),
  };
}

/** `--memory-swap` is memory and swap together; to Swarm, swap alone is told. */
function swapBytes({ HostConfig: { Memory = 0, MemorySwap } = {} }: CreateBody): WireInteger | undefined {
  if (MemorySwap === undefined) return undefined;
  if (Memory === 0) throw new ValueError('"--memory-swap" needs "--memory"');
  if (MemorySwap === -1) return -1;
  if (MemorySwap < Memory) {
    throw new ValueError('"--memory-swap" must be at least "--memory", which it includes');
  }
  return toWireInteger(BigInt(MemorySwap) - BigInt(Memory));
}

/** Of `swarm.reserve`. */
export function reservations(
  { cpus, memory }: SwarmConfig["reserve"],
): { readonly resources: Resources; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const read = (key: string, parse: () => WireInteger | undefined) => {
    const value = valueOrError(parse);
    if (!(value instanceof ValueError)) return value;
    problems.push({ path: ["swarm", "reserve", key], message: value.message, standsAlone: true });
    return undefined;
  };
  const NanoCPUs = read("cpus", () => cpus === undefined ? undefined : checkCpus(parseNanoCpus(cpus)));
  const MemoryBytes = read(
    "memory",
    () => memory === undefined ? undefined : checkMemory(parseSize(memory)),
  );
  const Reservations = withoutZeros<ResourceLimits>({ NanoCPUs, MemoryBytes });
  return { resources: withoutZeros({ Reservations }), problems };
}

/** 0 is no limit. @throws {ValueError} for what swarmkit refuses, as for the next */
function checkCpus(nano: WireInteger = 0): WireInteger {
  if (nano !== 0 && nano < LEAST_NANO_CPUS) throw new ValueError("the CPUs must be at least 0.001 in Swarm");
  return nano;
}

function checkMemory(bytes: WireInteger = 0): WireInteger {
  if (bytes !== 0 && bytes < LEAST_MEMORY_BYTES) {
    throw new ValueError("the memory must be at least 4m in Swarm");
  }
  return bytes;
}
