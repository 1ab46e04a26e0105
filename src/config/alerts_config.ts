/**
 * `alerts:` of the machine-wide config: who is told when something is wrong.
 * Secrets may stand in files of their own, which `alert_targets.ts` reads; what they have to look like it says, too.
 */
import * as v from "valibot";
import { nearest } from "../nearest.ts";
import type { AlertKind } from "./service_alerts.ts";
import {
  duration,
  headersOf,
  headerValue,
  listOf,
  mustBe,
  oneOf,
  oneOrMore,
  section,
  text,
  textMatching,
} from "./values.ts";

const nonEmpty = v.pipe(text, v.nonEmpty("must not be empty"));

/** A secret may also be in the file that this names, or in the credential `KIND-NAME`. */
function secret<const N extends string>(name: N) {
  const keys = { [name]: v.optional(nonEmpty), [`${name}_file`]: v.optional(nonEmpty) };
  return keys as Record<N | `${N}_file`, v.OptionalSchema<typeof nonEmpty, undefined>>;
}

/** Of a text that it is the URL. */
function orUrl<E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    v.unknown(),
    v.transform((input) => typeof input === "string" ? { url: input } : input),
    section(entries),
    v.metadata({ jsonSchema: { type: ["string", "object"] } }),
  );
}

const address = textMatching(/.@./, "a mail address");

/** One entry for each kind of channel. */
const KIND_SECTIONS = {
  ntfy: orUrl({
    ...secret("url"),
    ...secret("token"),
    priority: v.optional(oneOf(["min", "low", "default", "high", "urgent"]), "high"),
  }),
  slack: orUrl(secret("url")),
  discord: orUrl(secret("url")),
  telegram: section({
    ...secret("token"),
    chat_id: nonEmpty,
    thread_id: v.optional(textMatching(/^\d+$/, "a number")),
    server: v.optional(nonEmpty, "https://api.telegram.org"),
  }),
  email: section({
    server: nonEmpty,
    from: address,
    to: oneOrMore(address),
    user: v.optional(nonEmpty),
    ...secret("password"),
  }),
  apprise: orUrl({ ...secret("url"), tag: v.optional(nonEmpty) }),
  alertmanager: orUrl({ ...secret("url"), ...secret("token") }),
  webhook: orUrl({
    ...secret("url"),
    ...secret("token"),
    method: v.optional(oneOf(["POST", "PUT", "GET"]), "POST"),
    headers: v.nullish(headersOf(headerValue), {}),
    body: v.optional(text),
  }),
  command: v.pipe(
    v.array(text, mustBe("a list")),
    v.check(([program = ""]) => program !== "", "must begin with the path of a program"),
  ),
} satisfies Readonly<Record<AlertKind, v.GenericSchema<unknown>>>;

const KINDS = Object.keys(KIND_SECTIONS);

/** Whether it is a mapping with one kind for its key, be it mistyped; what is no mapping is told by another rule. */
function isOneKind(input: unknown): boolean {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return true;
  const [kind = "", ...others] = Object.keys(input);
  return others.length === 0 && nearest(kind, KINDS) !== undefined;
}

const channel = v.pipe(
  v.unknown(),
  v.check(isOneKind, `must have one key: ${KINDS.join(", ")}`),
  section({
    ntfy: v.optional(KIND_SECTIONS.ntfy),
    slack: v.optional(KIND_SECTIONS.slack),
    discord: v.optional(KIND_SECTIONS.discord),
    telegram: v.optional(KIND_SECTIONS.telegram),
    email: v.optional(KIND_SECTIONS.email),
    apprise: v.optional(KIND_SECTIONS.apprise),
    alertmanager: v.optional(KIND_SECTIONS.alertmanager),
    webhook: v.optional(KIND_SECTIONS.webhook),
    command: v.optional(KIND_SECTIONS.command),
  }),
  v.metadata({ jsonSchema: { minProperties: 1, maxProperties: 1 } }),
);

/** Oftener, and all that an hour may have were reminders. */
const LEAST_REMINDER_MS = 300_000;

/** 0 s: never. */
const reminder = v.pipe(
  duration,
  v.check((ms) => ms === 0 || ms >= LEAST_REMINDER_MS, "must be at least 5m, or 0s for never"),
  v.transform((ms) => ms === 0 ? undefined : ms),
);

export const alertsSection = section({
  to: listOf(channel),
  reminder: v.optional(reminder),
  ...secret("heartbeat"),
});

/** As it stands in the file. */
export type GivenAlerts = v.InferOutput<typeof alertsSection>;
export type GivenChannel = v.InferOutput<typeof channel>;
