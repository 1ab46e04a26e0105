// deno-lint-ignore-file camelcase -- the keys are as the user writes them
/** What every check of a list has, whatever its kind: when it runs, how its results are judged, what follows. */
import * as v from "valibot";
import { duration, flag, mustBe, section, text, wholeNumber } from "./values.ts";

/**
 * `restart`: the container is restarted; `fail`: the run ends as failed; `watchdog`: while the check fails, systemd's
 * watchdog is not fed, so that it restarts the service.
 */
const ON_FAILURE = ["log", "restart", "fail", "watchdog"] as const;

const LONGEST_WINDOW = 1000;
const RATE_RULE =
  `a rate such as "3 of 10", the first number at most the second, which is at most ${LONGEST_WINDOW}`;

/** `3 of 10` → so many failures within so many runs. */
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

export const COMMON = {
  /** Ticks of a second between two runs. */
  frequency: v.optional(wholeNumber(1, 1_000_000), "60"),
  name: v.optional(text),
  timeout: v.optional(duration, "10s"),
  /** Whether `ready.when: checks` waits for this one; if no check says so, it waits for all. */
  ready: v.optional(flag, "false"),
  /** How long after the container's start the check runs for the first time, at the earliest. */
  start_after: v.optional(duration, "0s"),
  /** Failures in a row that make the check a failing one; 1, unless `failures` is given. */
  failure_threshold: v.optional(wholeNumber(1, 1_000_000)),
  /** Passes in a row that end that. */
  success_threshold: v.optional(wholeNumber(1, 1_000_000), "1"),
  failures: v.optional(rate),
  on_failure: v.optional(v.picklist(ON_FAILURE, mustBe(`one of ${ON_FAILURE.join(", ")}`)), "log"),
  /** For `restart`: the least time between two of them, and how many there may be before the run fails. */
  restart_interval: v.optional(duration, "1m"),
  restart_limit: v.optional(wholeNumber(1, 1_000_000), "5"),
};

const commonSection = section(COMMON);

export interface CheckOptions {
  /** Ticks of a second between two runs. */
  readonly frequencyTicks: number;
  readonly timeoutMs: number;
  /** Whether `ready.when: checks` waits for this check in particular. */
  readonly forReady: boolean;
  /** From the container's start. */
  readonly startAfterMs: number;
  /** Failures in a row that make the check a failing one; undefined where only the rate counts. */
  readonly failureThreshold: number | undefined;
  readonly successThreshold: number;
  /** So many failures within the last so many runs make the check a failing one, too. */
  readonly failureRate: { readonly failures: number; readonly runs: number } | undefined;
  readonly onFailure: (typeof ON_FAILURE)[number];
  /** Between two restarts of the container, whichever check asked for the first. */
  readonly restartIntervalMs: number;
  /** How often this check may have the container restarted before it ends the run. */
  readonly restartLimit: number;
}

export function common(
  check: v.InferOutput<typeof commonSection>,
): CheckOptions & { name: string | undefined } {
  return {
    frequencyTicks: check.frequency,
    name: check.name,
    timeoutMs: check.timeout,
    forReady: check.ready,
    startAfterMs: check.start_after,
    failureThreshold: check.failure_threshold ?? (check.failures === undefined ? 1 : undefined),
    successThreshold: check.success_threshold,
    failureRate: check.failures,
    onFailure: check.on_failure,
    restartIntervalMs: check.restart_interval,
    restartLimit: check.restart_limit,
  };
}

const { name: _, ...defaults } = common(v.parse(commonSection, {}));
/** Those of a check that has no keys of its own. */
export const DEFAULT_OPTIONS: CheckOptions = defaults;
