/** What came of looking at one thing. */

/** `problem`: a service would not start, or not stay; `unknown`: it could not be looked at. */
export type FindingKind = "ok" | "warning" | "problem" | "unknown";

export interface Finding {
  readonly verdict: FindingKind;
  /** What was looked at, e.g. `live-restore`. */
  readonly about: string;
  /** How it is, and why that matters if it is not good. */
  readonly message: string;
  /** What to do about it: a sentence, or a command. */
  readonly advice?: string;
}

/** For one subject: `const { ok, warning } = findings("NTP")`. */
export function findings(about: string) {
  const finding = (verdict: FindingKind) => (message: string, advice?: string): Finding => ({
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
