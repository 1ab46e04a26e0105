// deno-lint-ignore-file camelcase -- the keys are as the user writes them
/** The options of every check, whatever its kind: when it runs, how its results are judged, what follows. */
import * as v from "valibot";
import { duration, flag, mustBe, oneOf, section, text, wholeNumber } from "./values.ts";

const LONGEST_WINDOW = 1000;
const RATE_RULE =
  `a rate such as "3 of 10", the first number at most the second, which is at most ${LONGEST_WINDOW}`;

/** `3 of 10` → `{ failures: 3, runs: 10 }` */
const rate = v.pipe(
  v.string(mustBe(RATE_RULE)),
  v.check((input) => parseRate(input) !== undefined, mustBe(RATE_RULE)),
  v.transform(parseRate),
  v.metadata({ jsonSchema: { type: "string", pattern: "^\\d+ +of +\\d+$" } }),
);

function parseRate(input: string): { readonly failures: number; readonly runs: number } | undefined {
  const [, failures, runs] = (/^(\d+) +of +(\d+)$/.exec(input) ?? []).map(Number);
  if (failures === undefined || runs === undefined) return undefined;
  return failures >= 1 && failures <= runs && runs <= LONGEST_WINDOW ? { failures, runs } : undefined;
}

/** The keys that every check of a list has, to be spread into the section of its kind. */
export const CHECK_KEYS = {
  frequency: v.optional(wholeNumber(1, 1_000_000), "60"),
  name: v.optional(text),
  timeout: v.optional(duration, "10s"),
  ready: v.optional(flag, "false"),
  start_after: v.optional(duration, "0s"),
  failure_threshold: v.optional(wholeNumber(1, 1_000_000)),
  success_threshold: v.optional(wholeNumber(1, 1_000_000), "1"),
  failures: v.optional(rate),
  on_failure: v.optional(oneOf(["log", "restart", "fail", "watchdog"]), "log"),
  restart_interval: v.optional(duration, "1m"),
  restart_limit: v.optional(wholeNumber(1, 1_000_000), "5"),
};

const checkSection = section(CHECK_KEYS);

/** What the config of a check of any kind begins with; `name` is undefined where the user gave none. */
export function nameAndOptions(check: v.InferOutput<typeof checkSection>) {
  return {
    name: check.name,
    options: {
      /** Ticks of a second between two runs. */
      frequencyTicks: check.frequency,
      timeoutMs: check.timeout,
      /** Whether `ready.when: checks` waits for this check; if no check says so, it waits for all. */
      forReady: check.ready,
      /** The least time from the container's start to the first run. */
      startAfterMs: check.start_after,
      /** So many failures in a row make the check a failing one; undefined where only the rate counts. */
      failureThreshold: check.failure_threshold ?? (check.failures === undefined ? 1 : undefined),
      /** So many passes in a row end that. */
      successThreshold: check.success_threshold,
      /** So many failures within the last so many runs make the check a failing one, too. */
      failureRate: check.failures,
      /**
       * `restart`: the container is restarted; `fail`: the run ends as failed; `watchdog`: while the check fails,
       * systemd's watchdog gets no pings, so that systemd restarts the service.
       */
      onFailure: check.on_failure,
      /** The least time between two restarts of the container, whichever check asked for the first. */
      restartIntervalMs: check.restart_interval,
      /** How often this check may have the container restarted before it ends the run. */
      restartLimit: check.restart_limit,
    },
  };
}

export type CheckOptions = Readonly<ReturnType<typeof nameAndOptions>["options"]>;

/** The options of a check that has no keys of its own. */
export const DEFAULT_OPTIONS: CheckOptions = nameAndOptions(v.parse(checkSection, {})).options;
