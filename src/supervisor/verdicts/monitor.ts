/**
 * What the checks' results mean: which check passes or fails, since when, what of it is news, and what is to be done.
 * In: results. Out: one record per change of state, a summary for STATUS=, an action, a point for each result.
 * Lives as long as the program: the checks are built anew for each container, and found again by kind and name.
 */
import { checkProblem, type Logger } from "../../logging/log_record.ts";
import type { Metrics } from "../../logging/metrics.ts";
import type { Check, CheckResult } from "../../checks/check.ts";
import { Judgement } from "./judgement.ts";
import { RestartBudget } from "./restart_budget.ts";
import type { CheckRun } from "./schedule.ts";
import { SlowChecks } from "./slow_checks.ts";
import { type Failure, failureText, summarize } from "./summary.ts";

/** What a failing check wants to happen to the container. */
export type CheckAction =
  | { readonly kind: "restart"; readonly check: Check; readonly count: number; readonly story: string }
  /** The run is to end. */
  | { readonly kind: "fail"; readonly check: Check; readonly reason: string; readonly restarts: number };

export interface MonitorOptions {
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "check">;
  /** Milliseconds of a clock that is never set. */
  readonly nowMs: () => number;
}

const REMINDER_INTERVAL_MS = 600_000;

/** All that is known of one check. */
interface Known {
  readonly key: string;
  judgement: Judgement;
  /** The last failing result's. */
  reason: string;
  passingSinceMs: number;
  /** Its failure is told, and its end not yet: since when it lasts, and when it was told last. */
  outage: { readonly sinceMs: number; readonly restartsBefore: number; toldMs: number } | undefined;
}

export class Monitor {
  readonly #budget = new RestartBudget();
  readonly #slow = new SlowChecks();
  #known = new Map<Check, Known>();
  /** The last run of a check had no result, for lack of what the machine has too little of. */
  #isLacking = false;
  #lackToldMs = -Infinity;

  /** True while a failure is to take an update back: no restart is tried then. */
  isOnProbation = false;
  /** Called when `summary()` has changed. */
  onChange: () => void = () => {};

  constructor(readonly options: MonitorOptions) {}

  /** The checks from now on; what is known of those that were there before stays. */
  take(checks: readonly Check[]): void {
    const before = new Map([...this.#known].map(([check, known]) => [known.key, { check, known }]));
    this.#known = new Map();
    const seen = new Map<string, number>();
    for (const check of checks) {
      const name = `${check.kind} ${check.name}`;
      const ordinal = seen.get(name) ?? 0;
      seen.set(name, ordinal + 1);
      const key = `${name} ${ordinal}`;
      const known = before.get(key)?.known ?? unknown(key, check);
      known.judgement.options = check;
      this.#known.set(check, known);
      before.delete(key);
    }
    for (const { check, known } of before.values()) this.#noteGone(check, known);
  }

  /** The container is a new one, or a restarted one: nothing is known of it yet. */
  judgeAnew(): void {
    for (const [check, known] of this.#known) known.judgement = new Judgement(check);
  }

  /** Yields what is to be done. */
  accept(check: Check, { result, durationMs }: CheckRun): CheckAction | undefined {
    const known = this.#known.get(check);
    if (known === undefined) return undefined;
    if (this.#isLacking) {
      this.#isLacking = false;
      this.onChange();
    }
    const nowMs = this.options.nowMs();
    const { judgement: { state: before }, reason: reasonBefore } = known;
    known.judgement.accept(result.ok, nowMs);
    if (!result.ok) known.reason = result.reason;
    this.#measure(check, result, durationMs);
    const slow = this.#slow.note(known.key, check, durationMs, nowMs);
    if (slow !== undefined) this.options.logger.log(slow);
    const { state } = known.judgement;
    if (state === "passing") this.#notePassing(check, known, before !== "passing");
    if (state === "failing" && before === "failing") this.#remind(check, known);
    if (state === "failing" && before !== "failing") this.#reportFailure(check, known, result);
    if (state !== before || (state === "failing" && known.reason !== reasonBefore)) this.onChange();
    return state === "failing" && !result.ok ? this.#actionFor(check, known) : undefined;
  }

  /** A check could not be run, which says nothing about the service. */
  noteLack(reason: string): void {
    this.#isLacking = true;
    this.onChange();
    const nowMs = this.options.nowMs();
    if (nowMs - this.#lackToldMs < REMINDER_INTERVAL_MS) return;
    this.#lackToldMs = nowMs;
    const message = `Checks can not be run just now, and count neither as passing nor as failing: ${reason}`;
    this.options.logger.log({ severity: "warn", source: "monitoring", message });
  }

  /** The checks that fail. */
  get failing(): Check[] {
    return [...this.#known].filter(([, { judgement }]) => judgement.state === "failing").map(([check]) =>
      check
    );
  }

  /** Also after a restart of the container, until it has passed again. */
  isFailing(check: Check): boolean {
    const known = this.#known.get(check);
    return known?.judgement.state === "failing" || known?.outage !== undefined;
  }

  /** How often checks have had the container restarted since the program started. */
  get restarts(): number {
    return this.#budget.total;
  }

  /** e.g. `3 checks pass`; see `summary.ts` */
  summary(): string {
    const counts = { "not run": 0, undecided: 0, passing: 0, failing: 0 };
    const failures: Failure[] = [];
    const nowMs = this.options.nowMs();
    for (const [{ name }, { judgement: { state }, outage, reason }] of this.#known) {
      counts[state]++;
      if (state === "failing") failures.push({ name, reason, forMs: nowMs - (outage?.sinceMs ?? nowMs) });
    }
    return summarize(counts, failures) + (this.#isLacking ? ", checks can not be run just now" : "");
  }

  #measure({ name, kind }: Check, { ok, status }: CheckResult, durationMs: number): void {
    this.options.metrics.check({ check: name, kind, ok, durationMs, status, restarts: this.restarts });
  }

  #actionFor(check: Check, { key, reason }: Known): CheckAction | undefined {
    if (check.onFailure !== "fail" && check.onFailure !== "restart") return undefined;
    if (check.onFailure === "fail" || this.isOnProbation) return { kind: "fail", check, reason, restarts: 0 };
    const grant = this.#budget.ask(key, check, this.options.nowMs());
    if (grant.kind === "too_soon") return undefined;
    if (grant.kind === "spent") return { kind: "fail", check, reason, restarts: grant.count };
    const { count, limit } = grant;
    const failure = failureText({ name: check.name, reason, forMs: 0 });
    const story = `Restarting the container: ${failure}, restart ${count} of ${limit}`;
    return { kind: "restart", check, count, story };
  }

  #notePassing(check: Check, known: Known, isNew: boolean): void {
    const nowMs = this.options.nowMs();
    if (isNew) known.passingSinceMs = nowMs;
    this.#budget.notePassing(known.key, nowMs - known.passingSinceMs);
    if (known.outage === undefined) return;
    const seconds = Math.round((nowMs - known.outage.sinceMs) / 100) / 10;
    const restarts = this.restarts - known.outage.restartsBefore;
    known.outage = undefined;
    const passes = `Check "${check.name}" passes again`;
    const helped = restarts === 0 ? "" : restarts === 1 ? " and 1 restart" : ` and ${restarts} restarts`;
    this.options.logger.log({
      severity: "notice",
      source: "monitoring",
      message: `${passes}, after ${seconds} s${helped}`,
      data: { check: check.name, kind: check.kind, state: "passing", failed_seconds: seconds, restarts },
      event: { ends: checkProblem(check.kind, check.name), what: passes },
    });
  }

  /** A reload has taken the check away: nobody is to wait for its end. */
  #noteGone(check: Check, { outage }: Known): void {
    if (outage === undefined) return;
    this.options.logger.log({
      severity: "notice",
      source: "monitoring",
      message: `Check "${check.name}", which fails, is not in the config any more`,
      data: { check: check.name, kind: check.kind },
      event: { ends: checkProblem(check.kind, check.name) },
    });
  }

  #reportFailure(check: Check, known: Known, result: CheckResult): void {
    const nowMs = this.options.nowMs();
    const { ground, failingSinceMs = nowMs } = known.judgement;
    known.outage ??= { sinceMs: failingSinceMs, restartsBefore: this.restarts, toldMs: nowMs };
    known.outage.toldMs = nowMs;
    this.options.logger.log({
      severity: "error",
      source: "monitoring",
      message: `Check "${check.name}" fails${ground === "" ? "" : ` ${ground}`}: ${known.reason}`,
      data: { check: check.name, kind: check.kind, state: "failing", ...result.ok ? {} : result.data },
      event: { begins: checkProblem(check.kind, check.name) },
    });
  }

  #remind(check: Check, { outage, reason }: Known): void {
    const nowMs = this.options.nowMs();
    if (outage === undefined || nowMs - outage.toldMs < REMINDER_INTERVAL_MS) return;
    outage.toldMs = nowMs;
    const minutes = Math.floor((nowMs - outage.sinceMs) / 60_000);
    this.options.logger.log({
      severity: "error",
      source: "monitoring",
      message: `Check "${check.name}" still fails, for ${minutes} min: ${reason}`,
      data: { check: check.name, kind: check.kind, state: "failing", failed_seconds: minutes * 60 },
    });
  }
}

function unknown(key: string, check: Check): Known {
  return {
    key,
    judgement: new Judgement(check),
    reason: "",
    passingSinceMs: 0,
    outage: undefined,
  };
}
