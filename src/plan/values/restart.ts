/** `--restart`: `no`, `always`, `unless-stopped`, `on-failure[:retries]`. */
import type { RestartPolicy } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { rewordError } from "./reword_error.ts";
import { DECIMAL, parseInteger } from "./go_numbers.ts";
import { cut, quote } from "./go_strings.ts";

/** The policy's name is not checked here: the engine does that. */
export function parseRestartPolicy(text: string): RestartPolicy {
  const [name, count = ""] = cut(text, ":");
  if (name === "" && text !== "") {
    throw new ValueError(`invalid restart policy format: no policy provided before colon in ${quote(text)}`);
  }
  if (count === "") return { Name: name };
  const MaximumRetryCount = rewordError(
    () => parseInteger(count, DECIMAL),
    () => `invalid restart policy format: maximum retry count must be an integer, got ${quote(count)}`,
  );
  return { Name: name, MaximumRetryCount };
}

/** Whether the policy never restarts. */
export function isNoRestart(policy: RestartPolicy): boolean {
  return policy.Name === "" || policy.Name === "no";
}
