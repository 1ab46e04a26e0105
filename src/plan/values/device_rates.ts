/** Block IO per device: `--device-read-bps /dev/sda:1mb`, `--device-read-iops /dev/sda:1000`, `--blkio-weight-device`. */
import type { ThrottleDevice, WeightDevice } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { rewordError } from "./reword_error.ts";
import { parseInteger } from "./go_numbers.ts";
import { cut, quote } from "./go_strings.ts";
import { parseSize } from "./sizes.ts";

/** Bytes a second. */
export function parseBytesRate(text: string): ThrottleDevice {
  const { Path, value } = splitDevice(text);
  const Rate = rewordError(
    () => parseSize(value),
    () => `invalid rate for device: ${quote(text)}; must be DEVICE:NUMBER[UNIT]`,
  );
  // A size of more than 64 bits overflows to a negative number, as in the CLI.
  if (Rate < 0) throw new ValueError(`invalid rate for device: ${quote(text)}; the number is too large`);
  return { Path, Rate };
}

/** Operations a second. */
export function parseOperationsRate(text: string): ThrottleDevice {
  const { Path, value } = splitDevice(text);
  return {
    Path,
    Rate: rewordError(
      () => parseInteger(value, { base: 10, bits: 64, signed: false }),
      () => `invalid rate for device: ${quote(text)}; must be DEVICE:NUMBER, a number without a unit`,
    ),
  };
}

/** A weight of 10 to 1000, or 0 for none. */
export function parseDeviceWeight(text: string): WeightDevice {
  const { Path, value } = splitDevice(text);
  const invalid = `invalid weight for device: ${quote(text)}; must be 0, or 10 to 1000`;
  const Weight = rewordError(() => parseInteger(value, { base: 10, bits: 16, signed: false }), () => invalid);
  if (Weight > 0 && (Weight < 10 || Weight > 1000)) throw new ValueError(invalid);
  return { Path, Weight };
}

function splitDevice(text: string): { Path: string; value: string } {
  const [Path, value] = cut(text, ":");
  if (Path === "" || value === undefined) {
    throw new ValueError(`bad format: ${quote(text)}; must be DEVICE:NUMBER`);
  }
  if (!Path.startsWith("/dev/")) {
    throw new ValueError(`bad format for device path: ${quote(text)}; must start with "/dev/"`);
  }
  return { Path, value };
}
