/** Published and exposed ports: `8080:80/tcp`, `127.0.0.1:53:53/udp`, `8000-8002:80-82`, `target=80,published=8080`. */
import type { EmptyObject, PortBinding } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { rewordError } from "./reword_error.ts";
import { canonicalIp } from "./addresses.ts";
import { parseInteger } from "./go_numbers.ts";
import { cut, quote, toLower, userMap } from "./go_strings.ts";

const PROTOCOLS = ["tcp", "udp", "sctp"];
const ALLOWED = "must be [[IP:]HOST_PORT:]CONTAINER_PORT[/tcp|udp|sctp]; ports are 0-65535 or ranges of them";

/** One container port and where it is published; the bindings of one port keep their order. */
export interface PublishedPort {
  /** E.g. `80/tcp`. */
  readonly port: string;
  readonly binding: PortBinding;
}

/** The ports of one `--publish`, in its short or its long form; a range gives one entry a port. */
export function parsePublish(text: string): PublishedPort[] {
  return parseShortForm(text.includes("=") ? toShortForm(text) : text);
}

/** `published=8080,target=80,protocol=udp` → `8080:80/udp`; other keys are ignored, as the CLI does. */
function toShortForm(text: string): string {
  const fields = new Map([["protocol", "tcp"]]);
  for (const field of text.split(",")) {
    const [key, value] = cut(field, "=");
    if (key === "" || value === undefined) {
      throw new ValueError(`invalid publish opts format (should be name=value but got ${quote(field)})`);
    }
    fields.set(key, value);
  }
  return `${fields.get("published") ?? ""}:${fields.get("target") ?? ""}/${fields.get("protocol")}`;
}

function parseShortForm(text: string): PublishedPort[] {
  const parts = text.split(":");
  const [protocol, containerText] = splitProtocol(parts.pop()!);
  const hostText = parts.pop() ?? "";
  const HostIp = parseHostIp(parts.join(":"));
  if (containerText === "") throw new ValueError(`no port specified: ${quote(text)}; ${ALLOWED}`);
  const container = parseRange(containerText, "containerPort");
  const host = hostText === "" ? undefined : parseRange(hostText, "hostPort");
  const isRange = container.end !== container.start;
  if (host && isRange && host.end - host.start !== container.end - container.start) {
    throw new ValueError(
      `invalid ranges specified for container and host Ports: ${containerText} and ${hostText}`,
    );
  }
  if (!PROTOCOLS.includes(toLower(protocol))) {
    throw new ValueError(`invalid proto: ${quote(protocol)}; must be ${PROTOCOLS.join(", ")}`);
  }
  const published: PublishedPort[] = [];
  for (let offset = 0; offset <= container.end - container.start; offset++) {
    const HostPort = host === undefined ? "" : `${host.start + offset}`;
    published.push({
      port: `${container.start + offset}/${toLower(protocol)}`,
      // One container port and a range of host ports: the engine takes a free one of the range.
      binding: {
        HostIp,
        HostPort: !isRange && host && host.end !== host.start ? `${HostPort}-${host.end}` : HostPort,
      },
    });
  }
  return published;
}

function parseHostIp(text: string): string {
  // "[]" is an empty address, which means every address.
  const bracketed = /^\[([^[\]]*)\]$/.exec(text)?.[1];
  const address = bracketed ?? text;
  if (address !== "" && canonicalIp(address) === undefined) {
    throw new ValueError(`invalid IP address: ${quote(text)}; ${ALLOWED}`);
  }
  return address;
}

/** Protocol and port of `port[/protocol]`; further slashes are ignored. */
function splitProtocol(text: string): [protocol: string, port: string] {
  const [port = "", protocol = ""] = text.split("/");
  return port === "" ? ["", ""] : [protocol || "tcp", port];
}

interface PortRange {
  readonly start: number;
  readonly end: number;
}

function parseRange(text: string, what: string): PortRange {
  // A third part, as in "1-2-3", is ignored.
  const [first = "", last = first] = text.split("-");
  const invalid = () => `invalid ${what}: ${quote(text)}; ${ALLOWED}`;
  const parsePort = (port: string) =>
    Number(rewordError(() => parseInteger(port, { base: 10, bits: 16, signed: false }), invalid));
  const [start, end] = [parsePort(first), parsePort(last)];
  if (end < start) throw new ValueError(invalid());
  return { start, end };
}

/** The ports of one `--expose`, e.g. `["80/tcp"]`; the protocol is not checked, as in the CLI. */
export function parseExpose(text: string): string[] {
  if (text.includes(":")) {
    throw new ValueError(`invalid port format for --expose: ${quote(text)}; must be PORT[-PORT][/PROTOCOL]`);
  }
  const [protocol, port] = splitProtocol(text);
  const { start, end } = parseRange(port, "range format for --expose");
  return Array.from({ length: end - start + 1 }, (_, offset) => `${start + offset}/${protocol}`);
}

/** The two maps of the create body; a published port is exposed too. */
export function portMaps(published: readonly PublishedPort[], exposed: readonly string[]): {
  ExposedPorts: Record<string, EmptyObject>;
  PortBindings: Record<string, PortBinding[]>;
} {
  const bindings = Map.groupBy(published, (entry) => entry.port);
  const ports = new Set([...bindings.keys(), ...exposed]);
  return {
    ExposedPorts: userMap([...ports].map((port) => [port, {}])),
    PortBindings: userMap(
      [...bindings].map(([port, entries]) => [port, entries.map((entry) => entry.binding)]),
    ),
  };
}
