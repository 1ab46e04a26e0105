/** `--gpus`: `all`, a number, or `device=…,capabilities=…`. */
import type { DeviceRequest, WireInteger } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { rewordError } from "./reword_error.ts";
import { readCsvRecord } from "./csv.ts";
import { DECIMAL, parseInteger } from "./go_numbers.ts";
import { cut, keyValueMap, quote } from "./go_strings.ts";

const FIELDS: ReadonlyMap<string, (request: DeviceRequest, value: string) => void> = new Map<
  string,
  (request: DeviceRequest, value: string) => void
>([
  ["driver", (request, value) => request.Driver = value],
  ["count", (request, value) => request.Count = parseCount(value)],
  ["device", (request, value) => request.DeviceIDs = value.split(",")],
  ["capabilities", (request, value) => request.Capabilities = [[...value.split(","), "gpu"]]],
  // The whole field is in quotes, since its value is a list too: '"options=a=1,b=2"'.
  ["options", (request, value) => request.Options = keyValueMap(readCsvRecord(value))],
]);

/** Always asks for the capability `gpu`; one GPU where neither a count nor devices are given. @throws {ValueError} */
export function parseGpus(text: string): DeviceRequest {
  const request: DeviceRequest = {};
  const seen = new Set<string>();
  for (const field of readCsvRecord(text)) {
    const [key, value] = cut(field, "=");
    if (seen.has(key)) throw new ValueError(`gpu request key ${quote(key)} can be specified only once`);
    seen.add(key);
    if (value === undefined) {
      // A bare word is the count.
      seen.add("count");
      request.Count = parseCount(key);
      continue;
    }
    const set = FIELDS.get(key);
    if (!set) {
      throw new ValueError(
        `unexpected key ${quote(key)} in ${quote(field)}; known keys: ${[...FIELDS.keys()].join(", ")}`,
      );
    }
    set(request, value);
  }
  if (!seen.has("count") && !request.DeviceIDs) request.Count = 1;
  return { ...request, Capabilities: request.Capabilities ?? [["gpu"]] };
}

function parseCount(text: string): WireInteger {
  if (text === "all") return -1;
  return rewordError(
    () => parseInteger(text, DECIMAL),
    () => `invalid count (${text}): value must be either "all" or an integer`,
  );
}
