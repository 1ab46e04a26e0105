/** `--security-opt`, of which services of a swarm have a part. */
import type { ContainerSpec } from "../../engine/swarm_types.ts";
import { ValueError } from "../../errors.ts";
import { withoutZeros } from "../body/without_zeros.ts";
import type { GivenFlags } from "../flags/given_flags.ts";
import { type PlanInputs, readFile } from "../plan_inputs.ts";
import { parseBool } from "../values/go_numbers.ts";
import { cut, quote } from "../values/go_strings.ts";
import { parseSecurityOption, splitOption } from "../values/security.ts";

type Privileges = NonNullable<ContainerSpec["Privileges"]>;

const ALLOWED = "Swarm takes no-new-privileges, seccomp=unconfined, seccomp=builtin, seccomp=FILE, " +
  "apparmor=unconfined, label=disable and label=user:…, role:…, type:…, level:…";

/** Undefined where no flag says anything of them. Problems are added to `given.problems`. */
export function privileges(given: GivenFlags, inputs: PlanInputs): Privileges | undefined {
  const privileges: Privileges = {};
  given.read("security-opt", (text) => {
    apply(privileges, parseSecurityOption(text, (path) => readFile(path, inputs)));
  });
  const asked = withoutZeros<Privileges>(privileges);
  return Object.keys(asked).length === 0 ? undefined : asked;
}

function apply(privileges: Privileges, option: string): void {
  const { key, value } = splitOption(option);
  if (key === "no-new-privileges") privileges.NoNewPrivileges = value === undefined || parseBool(value);
  else if (key === "seccomp" && value !== undefined) privileges.Seccomp = seccomp(value);
  else if (option === "apparmor=unconfined") privileges.AppArmor = { Mode: "disabled" };
  else if (key === "label" && value !== undefined) {
    privileges.SELinuxContext = { ...privileges.SELinuxContext, ...label(value) };
  } else throw new ValueError(ALLOWED);
}

/** `profile`: `unconfined`, `builtin`, or the content of a file. */
function seccomp(profile: string): NonNullable<Privileges["Seccomp"]> {
  if (profile === "unconfined") return { Mode: "unconfined" };
  if (profile === "builtin") return { Mode: "default" };
  return { Mode: "custom", Profile: new TextEncoder().encode(profile).toBase64() };
}

function label(text: string): NonNullable<Privileges["SELinuxContext"]> {
  if (text === "disable") return { Disable: true };
  const [name, value] = cut(text, ":");
  if (value !== undefined && value !== "") {
    if (name === "user") return { User: value };
    if (name === "role") return { Role: value };
    if (name === "type") return { Type: value };
    if (name === "level") return { Level: value };
  }
  throw new ValueError(`unknown label ${quote(text)}: ${ALLOWED}`);
}
