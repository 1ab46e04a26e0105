/** The section `logs` of a service's config: what becomes of a line of the container. */
import * as v from "valibot";
import { PRIORITIES, type Severity } from "../logging/log_record.ts";
import { flag, mustBe, section, text } from "./values.ts";

export const LINE_FORMATS = ["nested", "text"] as const;

const SEVERITIES = Object.keys(PRIORITIES) as Severity[];

const severity = v.picklist(SEVERITIES, mustBe(`one of ${SEVERITIES.join(", ")}`));

/** A regular expression of JavaScript, Unicode aware. */
const pattern = v.pipe(
  text,
  v.check(
    (input) => typeof compile(input) !== "string",
    (issue) => `must be a regular expression: ${compile(issue.input)}`,
  ),
  v.transform((input) => compile(input) as RegExp),
  v.metadata({ jsonSchema: { type: "string", format: "regex" } }),
);

/** The pattern, or what is wrong with it. */
function compile(input: string): RegExp | string {
  try {
    return new RegExp(input, "u");
  } catch (error) {
    return (error as Error).message;
  }
}

export const logsSchema = v.pipe(
  v.nullish(
    section({
      json: v.optional(v.picklist(LINE_FORMATS, mustBe(`one of ${LINE_FORMATS.join(", ")}`))),
      severity: v.nullish(
        section({ stdout: v.optional(severity, "info"), stderr: v.optional(severity, "warn") }),
        {},
      ),
      multiline: v.optional(pattern),
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
