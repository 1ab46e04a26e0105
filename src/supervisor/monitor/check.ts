/** What a check is: asked now and then, it answers with a result. How the answers are judged: `monitor.ts`. */

export interface Check {
  /** e.g. `http /index.html`; unique within a service as far as its config makes it so. */
  readonly name: string;
  /** The key of the config that it comes from, e.g. `check_http`. */
  readonly kind: string;
  /** Ticks of a second between two runs. */
  readonly frequencyTicks: number;
  readonly timeoutMs: number;
  /** Whether `ready.when: checks` waits for this check in particular. */
  readonly forReady: boolean;
  /** `watchdog`: while it fails, systemd's watchdog is not fed. */
  readonly onFailure: "log" | "watchdog";
  /** Rejects only when `signal` is aborted; whatever else goes wrong is a failing result. */
  run(signal: AbortSignal): Promise<CheckResult>;
}

export type CheckResult = { readonly ok: true } | {
  readonly ok: false;
  /** In a few words, e.g. `status 500, expected 200`. */
  readonly reason: string;
  /** What was expected and what came, for the record. */
  readonly data: Readonly<Record<string, unknown>>;
};

export function failing(reason: string, data: Readonly<Record<string, unknown>> = {}): CheckResult {
  return { ok: false, reason, data };
}
