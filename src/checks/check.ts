/** What a check is: something that can be run again and again, each time with a result. */
import type { CheckOptions } from "../config/check_options.ts";

export interface Check extends CheckOptions {
  /** e.g. `http /index.html` */
  readonly name: string;
  /** The key of the config that it comes from, e.g. `check_http`. */
  readonly kind: string;
  /** Whether it starts a program on the host, of which only so many run at once. */
  readonly startsProgram?: true;
  /**
   * Called by `runCheck()`. Rejects when `signal` is aborted, and with the error where the machine lacks what it takes
   * (`lackOf()`); whatever else goes wrong is a failing result.
   */
  run(signal: AbortSignal): Promise<CheckResult>;
}

interface CheckFacts {
  /** The HTTP status, or the exit code of a command. */
  readonly status?: number;
  /** Of the server's certificate, where the check looks at it. */
  readonly certificateExpiresAt?: Date;
}

export type CheckResult =
  | CheckFacts & { readonly ok: true }
  | CheckFacts & {
    readonly ok: false;
    /** e.g. `status 500, expected 200`; it has to fit into a line of `systemctl status`. */
    readonly reason: string;
    /** What was expected and what came, as data of a log record. */
    readonly data: Readonly<Record<string, unknown>>;
  };

export function failing(reason: string, data: Readonly<Record<string, unknown>> = {}): CheckResult {
  return { ok: false, reason, data };
}
