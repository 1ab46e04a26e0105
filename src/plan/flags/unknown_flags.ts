/** What to say of a flag that `docker create` does not have. */
import { nearest } from "../../nearest.ts";
import { FLAGS_BY_NAME } from "./create_flags.ts";

/** A flag of `docker run` that `docker create` does not have; people paste `docker run` lines. */
export interface RunOnlyFlag {
  readonly name: string;
  readonly short: string;
  readonly takesValue: boolean;
  readonly advice: string;
}

// deno-fmt-ignore
export const RUN_ONLY_FLAGS: readonly RunOnlyFlag[] = [
  { name: "detach", short: "d", takesValue: false,
    advice: "leave it out, a service's container always runs in the background" },
  { name: "detach-keys", short: "", takesValue: true,
    advice: "leave it out, no terminal is ever attached to a service's container" },
  { name: "sig-proxy", short: "", takesValue: false,
    advice: "leave it out, a service's container is stopped with its own stop signal" },
];

/** No flag is nearly as long, so that longer words need no comparison. */
const LONGEST_GUESS = 40;

/** The known flag that was probably meant, e.g. `--volume` for `vol` or `volumes`; undefined where none is near. */
export function suggestFlag(name: string): string | undefined {
  const wanted = name.toLowerCase().replaceAll("_", "-");
  if (wanted.length > LONGEST_GUESS) return undefined;
  const names = [...FLAGS_BY_NAME.keys()];
  const abbreviated = wanted.length >= 3 ? names.find((known) => known.startsWith(wanted)) : undefined;
  const found = abbreviated ?? nearest(wanted, names);
  return found && `--${found}`;
}
