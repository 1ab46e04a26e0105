/** `--device` and `--device-cgroup-rule`. */
import type { DeviceMapping } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { cut, quote } from "./go_strings.ts";
import { cleanPath } from "../../host/paths.ts";

const ALLOWED = "must be HOST_PATH[:CONTAINER_PATH][:PERMISSIONS], permissions of r, w and m, paths absolute";

/** A device of the host, e.g. `/dev/snd:/dev/snd:rw`. */
export function parseDevice(text: string): DeviceMapping {
  const [host = "", second, third, ...more] = text.split(":");
  if (host === "" || more.length > 0) throw new ValueError(`bad format for path: ${quote(text)}; ${ALLOWED}`);
  if (third !== undefined) {
    if (!isPermissions(third)) throw new ValueError(`bad mode specified: ${quote(third)}; ${ALLOWED}`);
    return mapping(host, second!, third);
  }
  // `/dev/snd:rw`: a second part of only r, w and m is permissions; the path is then the same on both sides.
  if (second === undefined || isPermissions(second)) {
    const path = cleanPath(host);
    return mapping(path, path, second ?? "rwm");
  }
  return mapping(host, second === "" ? "" : cleanPath(second), "rwm");
}

function mapping(PathOnHost: string, PathInContainer: string, CgroupPermissions: string): DeviceMapping {
  if (!PathInContainer.startsWith("/")) {
    throw new ValueError(`${quote(PathInContainer)} is not an absolute path; ${ALLOWED}`);
  }
  return { PathOnHost, PathInContainer, CgroupPermissions };
}

function isPermissions(text: string): boolean {
  return /^[rwm]+$/.test(text) && new Set(text).size === text.length;
}

/** Whether the text names a CDI device, such as `vendor.com/gpu=0`; anything else is a path. */
export function isCdiDevice(text: string): boolean {
  const [kind, name = ""] = cut(text, "=");
  const [vendor, deviceClass = ""] = cut(kind, "/");
  const isName = (part: string) => /^[A-Za-z](?:[\w.-]*[A-Za-z0-9])?$/.test(part);
  return isName(vendor) && isName(deviceClass) && /^[A-Za-z0-9](?:[\w.:-]*[A-Za-z0-9])?$/.test(name);
}

/** A rule such as `c 189:* rwm`. */
export function checkDeviceRule(text: string): string {
  if (/^[acb] (?:[0-9]+|\*):(?:[0-9]+|\*) [rwm]{1,3}$/.test(text)) return text;
  throw new ValueError(`invalid device cgroup format ${quote(text)}; must be such as "c 189:* rwm"`);
}
