/** What a container needs of the host before it can start: free ports, and the sources of its bind mounts. */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import type { ContainerPlan } from "../../plan/container_plan.ts";
import type { EngineQueries } from "../engine_queries.ts";
import { shellLine } from "../shell_words.ts";
import { type Advice, type Finding, findings, run } from "./finding.ts";

/** A port of the host that the container is to be reached by. */
interface PublishedPort {
  readonly protocol: string;
  /** Empty for all addresses. */
  readonly address: string;
  readonly port: number;
}

/** Who has a port. */
interface Holder {
  readonly name: string;
  readonly advice: Advice;
}

interface ListedContainer {
  readonly Names?: readonly string[];
  readonly Ports?: readonly { readonly IP?: string; readonly PublicPort?: number; readonly Type?: string }[];
}

const EVERYWHERE = ["", "0.0.0.0", "::", "*"];

/** For a service that does not run: what its own container has is no obstacle. */
export async function hostNeedsChecks(
  plan: ContainerPlan,
  engine: EngineQueries,
  host: Host,
): Promise<Finding[]> {
  return [
    ...await portChecks(plan, engine, host),
    ...await bindChecks(plan, host),
    ...await networkChecks(plan, engine),
  ];
}

async function portChecks(plan: ContainerPlan, engine: EngineQueries, host: Host): Promise<Finding[]> {
  const { ok, problem } = findings("ports");
  const wanted = publishedPorts(plan);
  if (wanted.length === 0) return [];
  const containers = await engine.get<ListedContainer[]>("list the containers", "/containers/json") ?? [];
  const isOwn = ({ Names = [] }: ListedContainer) => Names.includes(`/${plan.name}`);
  const [own, others] = [containers.filter(isOwn), containers.filter((container) => !isOwn(container))];
  const found = await Promise.all(wanted.map(async (port) => {
    // A container that is being waited for has its ports already, by way of a program of Docker.
    if (containerWith(port, own) !== undefined) return [];
    const holder = containerWith(port, others) ?? await programWith(port, host);
    if (holder === undefined) return [];
    const where = `${port.address === "" ? "" : `${port.address}:`}${port.port}/${port.protocol}`;
    return [problem(`port ${where} is taken by ${holder.name}`, holder.advice)];
  }));
  return found.some(({ length }) => length > 0) ? found.flat() : [ok("nobody else has what it publishes")];
}

/** Those with a number; of a range the engine chooses. */
function publishedPorts({ create: { body } }: ContainerPlan): PublishedPort[] {
  return Object.entries(body.HostConfig?.PortBindings ?? {}).flatMap(([key, bindings]) =>
    (bindings ?? []).flatMap(({ HostIp = "", HostPort = "" }) => {
      if (!/^[1-9]\d*$/.test(HostPort)) return [];
      return [{ protocol: key.split("/")[1] ?? "tcp", address: HostIp, port: Number(HostPort) }];
    })
  );
}

function collide(a: string, b: string): boolean {
  return a === b || EVERYWHERE.includes(a) || EVERYWHERE.includes(b);
}

function containerWith(
  { protocol, address, port }: PublishedPort,
  containers: readonly ListedContainer[],
): Holder | undefined {
  const holder = containers.find(({ Ports = [] }) =>
    Ports.some(({ IP = "", PublicPort, Type }) =>
      PublicPort === port && Type === protocol && collide(address, IP)
    )
  );
  if (holder === undefined) return undefined;
  const name = holder.Names?.[0]?.replace(/^\//, "") ?? "without a name";
  return { name: `the container "${name}"`, advice: run(shellLine(["docker", "stop", name])) };
}

/** By the kernel's table of sockets, see ss(8). */
async function programWith(
  { protocol, address, port }: PublishedPort,
  host: Host,
): Promise<Holder | undefined> {
  const kind = protocol === "udp" ? "--udp" : "--tcp";
  const argv = ["ss", "--no-header", "--listening", kind, "--numeric", "--processes"] as const;
  const { statusCode, stdout } = await runProgram({ argv }, host);
  if (statusCode === undefined) return await someoneWith(port, protocol, host);
  for (const line of stdout.split("\n")) {
    const local = line.trim().split(/\s+/).find((word) => /:(?:\d+|\*)$/.test(word)) ?? "";
    const colon = local.lastIndexOf(":");
    if (Number(local.slice(colon + 1)) !== port) continue;
    if (!collide(address, local.slice(0, colon).replace(/^\[|\]$|%.*$/g, ""))) continue;
    const [, name = "a program", pid] = /\(\("([^"]*)",pid=(\d+)/.exec(line) ?? [];
    return {
      name: pid === undefined ? name : `${name} (process ${pid})`,
      advice: await adviceFor(pid, host),
    };
  }
  return undefined;
}

/** Without ss: the kernel says that somebody has the port, not who. proc_net_tcp in its documentation; 0A is LISTEN. */
async function someoneWith(port: number, protocol: string, host: Host): Promise<Holder | undefined> {
  if (protocol !== "tcp") return undefined;
  const { stdout } = await runProgram({ argv: ["cat", "/proc/net/tcp", "/proc/net/tcp6"] }, host);
  const listening = new RegExp(
    `^\\s*\\d+: [0-9A-F]+:${port.toString(16).toUpperCase().padStart(4, "0")} \\S+ 0A `,
    "m",
  );
  if (!listening.test(stdout)) return undefined;
  return { name: "a program of this machine", advice: "install iproute2: its ss(8) says which one" };
}

/** To stop a program is to stop its unit, where it has one: systemd would start it again. */
async function adviceFor(pid: string | undefined, host: Host): Promise<Advice> {
  if (pid === undefined) return "run this as root to see whose it is";
  if (pid === "1") {
    return { words: "stop the socket unit that has it:", commands: ["systemctl list-sockets"] };
  }
  const { stdout } = await runProgram({ argv: ["ps", "-o", "unit=", "-p", pid] }, host);
  const unit = stdout.trim();
  return /\.service$/.test(unit) && !unit.startsWith("user@")
    ? run(shellLine(["systemctl", "stop", unit]))
    : run(`kill ${pid}`);
}

/** The networks that its flags name; those of Docker's own are always there. */
async function networkChecks({ create: { body } }: ContainerPlan, engine: EngineQueries): Promise<Finding[]> {
  const { problem } = findings("network");
  const named = [
    body.HostConfig?.NetworkMode ?? "",
    ...Object.keys(body.NetworkingConfig?.EndpointsConfig ?? {}),
  ];
  const wanted = [...new Set(named)].filter((name) =>
    !/^(?:|default|bridge|host|none|container:.*)$/.test(name)
  );
  const found = await Promise.all(wanted.map(async (name) => {
    const network = await engine.get("inspect the network", `/networks/${encodeURIComponent(name)}`);
    if (network !== undefined) return [];
    return [
      problem(`the network ${name} does not exist`, run(shellLine(["docker", "network", "create", name]))),
    ];
  }));
  return found.flat();
}

/** Of `--mount type=bind`; for `--volume` the engine makes the folder. */
async function bindChecks({ create: { body } }: ContainerPlan, host: Host): Promise<Finding[]> {
  const { problem } = findings("bind mount");
  const sources = (body.HostConfig?.Mounts ?? [])
    .filter(({ Type, BindOptions }) => Type === "bind" && !BindOptions?.CreateMountpoint)
    .map(({ Source = "" }) => Source);
  const found = await Promise.all(sources.map(async (source) => {
    if ((await host.readFile(source, 0)).kind !== "missing") return [];
    const isFile = /\.\w+$/.test(source);
    const advice: Advice = isFile
      ? "put the file there, or correct the mount"
      : run(shellLine(["mkdir", "-p", source]));
    return [problem(`the source ${source} does not exist`, advice)];
  }));
  return found.flat();
}
