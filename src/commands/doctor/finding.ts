/** What came of looking at one thing. */
import type { Host } from "../../host/host.ts";
import type { Tools } from "../../host/tools.ts";

/** `problem`: a service would not start, or not stay; `unknown`: it could not be looked at. */
export type Verdict = "ok" | "warning" | "problem" | "unknown";

export interface Finding {
  readonly verdict: Verdict;
  /** What was looked at, e.g. `live-restore`. */
  readonly about: string;
  /** How it is, and why that matters if it is not good. */
  readonly message: string;
  /** What to do about it: a sentence, or a command. */
  readonly advice?: string;
}

export interface World {
  readonly host: Host;
  readonly tools: Tools;
}

/** For one subject: `const { ok, warning } = findings("NTP")`. */
export function findings(about: string) {
  const finding = (verdict: Verdict) => (message: string, advice?: string): Finding => ({
    verdict,
    about,
    message,
    ...(advice !== undefined && { advice }),
  });
  return {
    ok: finding("ok"),
    warning: finding("warning"),
    problem: finding("problem"),
    unknown: finding("unknown"),
  };
}
