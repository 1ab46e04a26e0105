/** What several `deno test` print at the same time, file by file: whoever reads it sees the tests of one file together. */

// deno-lint-ignore no-control-regex -- colour codes begin with ESC
const BEGINNING = /^(?:\x1b\[[0-9;]*m)*running \d+ tests? from /gm;

/** Of one of them. */
export class OutputPieces {
  #kept = "";

  constructor(readonly write: (piece: string) => void) {}

  /** Writes what is complete: all before the tests of the last file that have begun. */
  push(text: string): void {
    this.#kept += text;
    const begins = [...this.#kept.matchAll(BEGINNING)].at(-1)?.index ?? 0;
    if (begins === 0) return;
    this.write(this.#kept.slice(0, begins));
    this.#kept = this.#kept.slice(begins);
  }

  /** Writes what is left: the last file's tests, and what failed. */
  end(): void {
    this.write(this.#kept);
    this.#kept = "";
  }
}
