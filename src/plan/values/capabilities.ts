/** `--cap-add` and `--cap-drop`. */
import { toUpper } from "./go_strings.ts";

/** Upper case, prefixed with `CAP_` (but `ALL` is `ALL`), each once, sorted. */
export function normalizeCapabilities(names: readonly string[] = []): string[] {
  const normalized = names.map((name) => {
    const upper = toUpper(name);
    return upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  });
  return [...new Set(normalized)].sort();
}
