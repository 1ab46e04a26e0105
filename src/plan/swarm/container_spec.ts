/** What the containers of a service's tasks are like: the create body of a container, in Swarm's words. */
import type { CreateBody } from "../../engine/create_body.ts";
import type { ContainerSpec } from "../../engine/swarm_types.ts";
import { ValueError } from "../../errors.ts";
import { parseImageReference } from "../../engine/image_reference.ts";
import { withoutZeros } from "../body/without_zeros.ts";
import type { GivenFlags } from "../flags/given_flags.ts";
import type { PlanInputs } from "../plan_inputs.ts";
import { toWireInteger } from "../values/go_numbers.ts";
import { cut } from "../values/go_strings.ts";
import { privileges } from "./privileges.ts";
import { literalMount, serviceMounts } from "./service_mounts.ts";
import { literal } from "./templates.ts";

const NANOSECONDS = 1_000_000_000n;
/** In seconds; what is more does not fit into 64 bits of nanoseconds. */
const LONGEST_STOP = 9_223_372_036n;

/** `body`: of the same flags. What a service can not have of them is added to `given.problems`. */
export function containerSpec(body: CreateBody, given: GivenFlags, inputs: PlanInputs): ContainerSpec {
  const host = body.HostConfig ?? {};
  const { Dns: Nameservers, DnsSearch: Search, DnsOptions: Options } = host;
  const DNSConfig = withoutZeros({ Nameservers, Search, Options });
  given.readLast("entrypoint", refuseEmpty);
  return {
    ...withoutZeros<ContainerSpec>({
      Image: imageOf(body.Image),
      Labels: body.Labels,
      Command: body.Entrypoint,
      Args: body.Cmd,
      Hostname: literal(body.Hostname ?? ""),
      Env: body.Env?.map(literalVariable),
      Dir: body.WorkingDir,
      User: body.User,
      Groups: host.GroupAdd,
      StopSignal: body.StopSignal,
      ReadOnly: host.ReadonlyRootfs,
      TTY: body.Tty,
      OpenStdin: body.OpenStdin,
      Isolation: host.Isolation,
      Init: host.Init,
      Healthcheck: body.Healthcheck,
      Hosts: host.ExtraHosts?.map(hostsLine),
      DNSConfig,
      ...capabilities(host.CapAdd, host.CapDrop),
      Sysctls: host.Sysctls,
      Ulimits: host.Ulimits,
      OomScoreAdj: host.OomScoreAdj,
      Privileges: privileges(given, inputs),
      Mounts: serviceMounts(given, inputs).map(literalMount),
    }),
    // 0 is no time at all, not a missing value.
    ...(body.StopTimeout !== undefined && { StopGracePeriod: stopGracePeriod(body.StopTimeout, given) }),
  };
}

/** An id in the only form that swarmkit takes it for one. */
function imageOf(image: string): string {
  const reference = parseImageReference(image);
  return reference.kind === "id" ? reference.digest : image;
}

function refuseEmpty(entrypoint: string): void {
  if (entrypoint === "") {
    throw new ValueError("Swarm cannot take away the entrypoint of the image; name a program");
  }
}

/** Only the value is a template. */
function literalVariable(entry: string): string {
  const [name, value] = cut(entry, "=");
  return value === undefined ? entry : `${name}=${literal(value)}`;
}

/** `NAME:IP` → `IP NAME` */
function hostsLine(extraHost: string): string {
  const [name, address] = cut(extraHost, ":");
  return `${address} ${name}`;
}

/** As the Docker CLI does it for services: ALL swallows the others, and what is added is not dropped. */
function capabilities(
  added: readonly string[] = [],
  dropped: readonly string[] = [],
): Pick<ContainerSpec, "CapabilityAdd" | "CapabilityDrop"> {
  const effective = (names: readonly string[]) => names.includes("ALL") ? ["ALL"] : [...names];
  const CapabilityAdd = effective(added);
  return {
    CapabilityAdd,
    CapabilityDrop: effective(dropped).filter((name) => !CapabilityAdd.includes(name)),
  };
}

function stopGracePeriod(seconds: NonNullable<CreateBody["StopTimeout"]>, given: GivenFlags) {
  return given.combine(["stop-timeout"], () => {
    if (seconds > LONGEST_STOP) throw new ValueError(`"--stop-timeout" must be at most ${LONGEST_STOP}`);
    return toWireInteger(BigInt(seconds) * NANOSECONDS);
  }) ?? 0;
}
