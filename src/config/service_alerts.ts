/** `alerts:` of a service's config: what is other for it than the machine-wide config says. */
import * as v from "valibot";
import { duration, mustBe, oneOf, section, truth } from "./values.ts";

/** The kinds of channels; what each of them needs stands in `alerts_config.ts`, which few processes load. */
const ALERT_KINDS = [
  "ntfy",
  "slack",
  "discord",
  "telegram",
  "email",
  "apprise",
  "alertmanager",
  "webhook",
  "command",
] as const;

export type AlertKind = (typeof ALERT_KINDS)[number];

const schema = v.pipe(
  v.unknown(),
  // To nobody.
  v.transform((input) => typeof input === "string" && truth(input) === false ? { to: [] } : input),
  v.check(
    (input) => typeof input === "object" && input !== null && !Array.isArray(input),
    mustBe('false, or a mapping with "after" and "to"'),
  ),
  section({
    after: v.optional(duration, "0s"),
    to: v.optional(v.array(oneOf(ALERT_KINDS), mustBe("a list of kinds"))),
  }),
  v.transform(({ after: afterMs, to }) => ({ afterMs, to })),
  v.metadata({ jsonSchema: { type: ["boolean", "object"] } }),
);

export const serviceAlertsSchema = v.optional(schema, {});

/** `to`: the kinds of channels that are told, all of them if undefined. */
export type ServiceAlerts = Readonly<v.InferOutput<typeof schema>>;
