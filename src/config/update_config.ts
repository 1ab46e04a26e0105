/** `update:`, by which a service gets newer images while it runs. */
import * as v from "valibot";
import { duration, oneOf, section } from "./values.ts";

const DAY_MS = 86_400_000;

const schema = v.pipe(
  section({
    mode: v.optional(oneOf(["auto", "notify", "never"]), "auto"),
    min_age: v.optional(v.pipe(duration, v.maxValue(365 * DAY_MS, "must be at most 365d")), "0s"),
    probation: v.optional(
      v.pipe(duration, v.maxValue(7 * DAY_MS, "must be at most 7d")),
      "2m",
    ),
  }),
  v.transform(({ mode, min_age: minAgeMs, probation: probationMs }) => ({ mode, minAgeMs, probationMs })),
);

/** Without the key nothing changes by itself. */
export const updateSchema = v.optional(schema);

/** Durations in milliseconds. */
export type UpdateConfig = Readonly<v.InferOutput<typeof schema>>;

/** Of a service without the section, for whoever asks for an update all the same. */
export const UPDATE_DEFAULTS: UpdateConfig = v.parse(schema, {});
