/** The section `logs` of a service's config: what becomes of a line of the container. */
import * as v from "valibot";
import { PRIORITIES, type Severity } from "../logging/log_record.ts";
import { flag, oneOf, regularExpression, section } from "./values.ts";

const severity = oneOf(Object.keys(PRIORITIES) as Severity[]);

export const logsSchema = v.pipe(
  v.nullish(
    section({
      json: v.optional(oneOf(["nested", "text"])),
      severity: v.nullish(
        section({ stdout: v.optional(severity, "info"), stderr: v.optional(severity, "info") }),
        {},
      ),
      multiline: v.optional(regularExpression),
      "syslog_level_prefix": v.optional(flag, "true"),
    }),
    {},
  ),
  v.transform(({ json, severity, multiline, ...rest }) => ({
    json,
    severity,
    multiline,
    syslogLevelPrefix: rest.syslog_level_prefix,
  })),
);
