/** `--pid`, `--uts`, `--userns` and `--cgroupns`; `--ipc` is left to the engine. */
import { ValueError } from "../../errors.ts";
import { quote } from "./go_strings.ts";

const FORMS = {
  pid: { kind: "PID", form: /^(?:host|container:.+)?$/s, allowed: '"host" or "container:NAME"' },
  uts: { kind: "UTS", form: /^(?:host)?$/, allowed: '"host"' },
  userns: { kind: "USER", form: /^(?:host)?$/, allowed: '"host"' },
  cgroupns: { kind: "CGROUP", form: /^(?:host|private)?$/, allowed: '"host" or "private"' },
} as const;

/** Checks the mode of a namespace; empty means the engine's default. */
export function checkNamespaceMode(flag: keyof typeof FORMS, text: string): string {
  const { form, allowed, kind } = FORMS[flag];
  if (!form.test(text)) throw new ValueError(`invalid ${kind} mode ${quote(text)}; must be ${allowed}`);
  return text;
}
