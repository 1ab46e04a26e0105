/** `--publish`, as a service of a swarm publishes ports: on every node, or on those that a task runs on. */
import type { PublishedPort } from "../../engine/swarm_types.ts";
import { ValueError } from "../../errors.ts";
import type { GivenFlags } from "../flags/given_flags.ts";
import { parsePublish, type PublishedPort as Publication } from "../values/ports.ts";

type Mode = PublishedPort["PublishMode"];

/** A range is one port after the other. Problems are added to `given.problems`. */
export function publishedPorts(given: GivenFlags, mode: Mode): PublishedPort[] {
  const seen = new Seen(mode);
  return given.read("publish", (text) => {
    const ports = parsePublish(text).map((publication) => toServicePort(publication, mode));
    for (const port of ports) seen.add(port);
    return ports;
  }).flat();
}

function toServicePort({ port, binding: { HostIp, HostPort } }: Publication, mode: Mode): PublishedPort {
  if (HostIp) {
    throw new ValueError("Swarm publishes a port on all addresses of a node: leave the address out");
  }
  if (HostPort?.includes("-")) {
    throw new ValueError(
      "Swarm does not choose a port from a range: name one, or as many as the container has",
    );
  }
  const [number, protocol] = port.split("/") as [string, PublishedPort["Protocol"]];
  if (number === "0") throw new ValueError("the port of the container must not be 0");
  return {
    Protocol: protocol,
    TargetPort: Number(number),
    // 0: the swarm chooses one.
    ...(Number(HostPort) > 0 && { PublishedPort: Number(HostPort) }),
    PublishMode: mode,
  };
}

/** Refuses what Swarm refuses, or does not notice. */
class Seen {
  readonly #published = new Set<string>();
  readonly #targets = new Set<string>();

  constructor(readonly mode: Mode) {}

  /** @throws {ValueError} */
  add({ Protocol, TargetPort, PublishedPort }: PublishedPort): void {
    const published = `${PublishedPort}/${Protocol}`;
    if (PublishedPort !== undefined && this.#published.has(published)) {
      throw new ValueError(`the port ${published} of the nodes is published twice`);
    }
    const target = `${TargetPort}/${Protocol}`;
    // On the node, the last one takes the place of the others (`portBindings` of the engine's executor).
    if (this.mode === "host" && this.#targets.has(target)) {
      throw new ValueError(`with "publish: host", ${target} of the container can have one port only`);
    }
    this.#published.add(published);
    this.#targets.add(target);
  }
}
