/** `--health-…` and `--no-healthcheck`. */
import type { HealthConfig } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { withoutZeros } from "../body/without_zeros.ts";

/** The values of the flags. 0 and the empty command mean "not given". Durations are nanoseconds. */
export interface HealthFlags {
  command: string;
  readonly settings: Omit<HealthConfig, "Test">;
  /** `--no-healthcheck` */
  none: boolean;
}

/** The health check for the create body; without fields the image's own stays. @throws {ValueError} */
export function healthConfig({ command, settings, none }: HealthFlags): HealthConfig {
  const given = withoutZeros(settings);
  if (none) {
    if (command !== "" || Object.keys(given).length > 0) {
      throw new ValueError("--no-healthcheck conflicts with --health-* options");
    }
    return { Test: ["NONE"] };
  }
  for (const [field, value] of Object.entries(given)) {
    const flag = `--health${field.replace(/[A-Z]/g, "-$&").toLowerCase()}`;
    if (value < 0) throw new ValueError(`${flag} cannot be negative`);
  }
  return command === "" ? given : { Test: ["CMD-SHELL", command], ...given };
}
