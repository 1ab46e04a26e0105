import * as v from "valibot";
import { logsSchema } from "../../src/config/logs_config.ts";
import type { LogOptions } from "../../src/logging/line_records.ts";

/** What a config without the section `logs` means, or with this one. */
export function logOptions(section: Record<string, unknown> = {}): LogOptions {
  return v.parse(logsSchema, section);
}
