/** The result of one check of `service_runner doctor`. */

/** `problem`: a service would not start, or not keep running; `unknown`: it could not be checked. */
export type FindingKind = "ok" | "warning" | "problem" | "unknown";

export interface Finding {
  readonly verdict: FindingKind;
  /** What was looked at, e.g. `live-restore`. */
  readonly about: string;
  /** What was found, and why it matters if it is not good. */
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
