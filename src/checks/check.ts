/** What a check is: asked now and then, it answers with a result. How the answers are judged: `judgement.ts`. */
import type { CheckOptions } from "../config/check_options.ts";

export interface Check extends CheckOptions {
  /** e.g. `http /index.html`; unique within a service as far as its config makes it so. */
  readonly name: string;
  /** The key of the config that it comes from, e.g. `check_http`. */
  readonly kind: string;
  /** Rejects only when `signal` is aborted; whatever else goes wrong is a failing result. */
  run(signal: AbortSignal): Promise<CheckResult>;
}

export type CheckResult = {
  readonly ok: true;
  /** The HTTP status, or the exit code of a command. */
  readonly status?: number;
} | {
  readonly ok: false;
  readonly status?: number;
  /** In a few words, e.g. `status 500, expected 200`. */
  readonly reason: string;
  /** What was expected and what came, for the record. */
  readonly data: Readonly<Record<string, unknown>>;
};

export function failing(reason: string, data: Readonly<Record<string, unknown>> = {}): CheckResult {
  return { ok: false, reason, data };
}
