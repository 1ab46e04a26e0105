/** The result of one check of `service_runner doctor`. */

/** `problem`: a service does not run, or would not start; `unknown`: it could not be checked. */
export type FindingKind = "ok" | "warning" | "problem" | "unknown";

export interface Finding {
  readonly verdict: FindingKind;
  /** What was looked at, e.g. `live-restore`. */
  readonly about: string;
  /** What was found, and why it matters if it is not good. */
  readonly message: string;
  /** What to do about it: words, and a line for each command. */
  readonly advice?: string;
  /** The commands in the advice, in their order, as root may paste them. */
  readonly commands?: readonly string[];
  /** The service that it is about, e.g. `web`; undefined where it is about the machine. */
  readonly service?: string;
}

/** What to do: words, or words and the commands that they lead to. */
export type Advice = string | { readonly words?: string; readonly commands: readonly string[] };

/** An advice that is nothing but commands. */
export function run(...commands: readonly string[]): Advice {
  return { commands };
}

/** For one subject: `const { ok, warning } = findings("NTP")`. */
export function findings(about: string) {
  const finding = (verdict: FindingKind) => (message: string, advice?: Advice): Finding => ({
    verdict,
    about,
    message,
    ...(advice !== undefined && adviceFields(advice)),
  });
  return {
    ok: finding("ok"),
    warning: finding("warning"),
    problem: finding("problem"),
    unknown: finding("unknown"),
  };
}

function adviceFields(advice: Advice): Pick<Finding, "advice" | "commands"> {
  if (typeof advice === "string") return { advice };
  const { words, commands } = advice;
  return { advice: [...words === undefined ? [] : [words], ...commands].join("\n"), commands };
}
