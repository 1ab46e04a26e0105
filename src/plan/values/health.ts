/** `--health-…` and `--no-healthcheck`. */
import type { HealthConfig, WireInteger } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";

/** The flags as given; 0 and the empty command are the same as not given. */
export interface HealthFlags {
  command: string;
  interval: WireInteger;
  timeout: WireInteger;
  startPeriod: WireInteger;
  startInterval: WireInteger;
  retries: WireInteger;
  /** `--no-healthcheck` */
  none: boolean;
}

/** The check of the create body; undefined leaves the image's own. */
export function healthConfig(flags: HealthFlags): HealthConfig | undefined {
  const { command, none } = flags;
  const settings = [
    ["Interval", "--health-interval", flags.interval],
    ["Timeout", "--health-timeout", flags.timeout],
    ["Retries", "--health-retries", flags.retries],
    ["StartPeriod", "--health-start-period", flags.startPeriod],
    ["StartInterval", "--health-start-interval", flags.startInterval],
  ] as const;
  const given = settings.filter(([, , value]) => value !== 0);
  if (none) {
    if (command !== "" || given.length > 0) {
      throw new ValueError("--no-healthcheck conflicts with --health-* options");
    }
    return { Test: ["NONE"] };
  }
  for (const [, flag, value] of given) {
    if (value < 0) throw new ValueError(`${flag} cannot be negative`);
  }
  if (command === "" && given.length === 0) return undefined;
  return {
    ...(command !== "" && { Test: ["CMD-SHELL", command] }),
    ...Object.fromEntries(given.map(([field, , value]) => [field, value])),
  };
}
