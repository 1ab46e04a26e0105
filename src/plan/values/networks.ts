/** `--network`: a plain name, or `name=…,alias=…,ip=…` for one attachment with its own settings. */
import type { EndpointSettings } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { rewordError } from "./reword_error.ts";
import { readCsvRecord } from "./csv.ts";
import { DECIMAL, parseInteger } from "./go_numbers.ts";
import { cut, quote, toLower, trimSpace, userMap } from "./go_strings.ts";

/** The settings of one attachment, in the body's own names. */
export type AttachmentSettings =
  & Omit<EndpointSettings, "IPAMConfig">
  & NonNullable<EndpointSettings["IPAMConfig"]>;

/** One network the container is attached to. */
export interface NetworkAttachment {
  target: string;
  readonly settings: AttachmentSettings;
}

type SetField = (attachment: NetworkAttachment, value: string) => void;

const FIELDS: ReadonlyMap<string, SetField> = new Map<string, SetField>([
  ["name", (attachment, value) => attachment.target = value],
  ["alias", ({ settings }, value) => settings.Aliases = [...settings.Aliases ?? [], value]],
  ["ip", ({ settings }, value) => settings.IPv4Address = value],
  ["ip6", ({ settings }, value) => settings.IPv6Address = value],
  ["mac-address", ({ settings }, value) => settings.MacAddress = value],
  ["link-local-ip", ({ settings }, value) => settings.LinkLocalIPs = [...settings.LinkLocalIPs ?? [], value]],
  ["driver-opt", setDriverOption],
  ["gw-priority", setGatewayPriority],
]);

/** Reads one `--network`. The CLI lower-cases all of the long form; a plain name keeps its case. @throws {ValueError} */
export function parseNetwork(text: string): NetworkAttachment {
  // Anything with a word on both sides of a "=" is taken for the long form.
  if (!/\w=\w/.test(text)) return { target: text, settings: {} };
  const attachment: NetworkAttachment = { target: "", settings: {} };
  for (const field of readCsvRecord(text)) {
    const [name, value] = cut(toLower(field), "=");
    if (name === "" || value === undefined) {
      throw new ValueError(`invalid field ${quote(field)}; must be key=value`);
    }
    const key = trimSpace(name);
    const set = FIELDS.get(key);
    if (!set) {
      throw new ValueError(`invalid field key ${quote(key)}; known keys: ${[...FIELDS.keys()].join(", ")}`);
    }
    set(attachment, trimSpace(value));
  }
  if (attachment.target === "") throw new ValueError("network name/id is not specified; must have name=…");
  return attachment;
}

function setDriverOption({ settings }: NetworkAttachment, text: string): void {
  const [key, value] = cut(text, "=");
  if (key === "" || value === undefined) {
    throw new ValueError(`invalid key value pair format in driver options: ${quote(text)}`);
  }
  const option = [trimSpace(key), trimSpace(value)] as const;
  settings.DriverOpts = userMap([...Object.entries(settings.DriverOpts ?? {}), option]);
}

function setGatewayPriority({ settings }: NetworkAttachment, text: string): void {
  settings.GwPriority = rewordError(
    () => parseInteger(text, DECIMAL),
    (reason) => `invalid gw-priority: ${reason}`,
  );
}

/** Whether the name is that of a network somebody created, not a mode such as `host` or `container:db`. */
export function isUserDefined(target: string): boolean {
  return !["default", "bridge", "host", "none"].includes(target) && !target.startsWith("container:");
}
