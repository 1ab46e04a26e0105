/**
 * A `journalctl` that answers from a file: its entries, backward where that is asked for, and an exit code. When all is
 * written, there is a file `bin/done`. Who follows it gets nothing and the end, or, where there is a file `bin/followed`,
 * all that is in there, and what is appended.
 */
import type { TempDir } from "./temp_dir.ts";

export interface StandInJournal {
  /** Lines of `journalctl --output=json`. */
  readonly entries: readonly string[];
  /** What it says on stderr. */
  readonly hint?: string;
  readonly code?: number;
}

const SCRIPT = `#!/bin/sh
folder=$(dirname "$0")
printf '%s\\n' "$*" >> "$folder/asked"
cat "$folder/hint" >&2
case "$*" in
  *--follow*) [ ! -e "$folder/followed" ] || exec tail -n +1 -f "$folder/followed" ;;
  *--lines=1*) head -n 1 "$folder/entries" ;;
  *--reverse*) tac "$folder/entries" ;;
  *) cat "$folder/entries" ;;
esac
touch "$folder/done"
exit $(cat "$folder/code")
`;

/** Puts it into the folder, which is to come first in PATH. Yields what it was asked so far, a line for each run. */
export async function standInJournalctl(dir: TempDir, { entries, hint = "", code = 0 }: StandInJournal) {
  await dir.write("bin/entries", entries.map((line) => `${line}\n`).join(""));
  await dir.write("bin/hint", hint);
  await dir.write("bin/code", String(code));
  await dir.write("bin/asked", "");
  await Deno.chmod(await dir.write("bin/journalctl", SCRIPT), 0o755);
  return async () => (await Deno.readTextFile(`${dir.path}/bin/asked`)).trimEnd().split("\n");
}
