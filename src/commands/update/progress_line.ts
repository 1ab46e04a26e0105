/** How an update goes on, in one line of the terminal that changes; nothing where nobody watches. */
import { printable } from "../../printable.ts";
import type { CommandContext } from "../command_context.ts";

export class ProgressLine {
  readonly #isShown: boolean;
  #text = "";

  constructor(readonly context: CommandContext) {
    this.#isShown = context.terminal.isTerminal("stderr");
  }

  show(text: string): void {
    if (!this.#isShown || text === this.#text) return;
    this.#text = text;
    const cut = [...printable(text)].slice(0, this.context.terminal.columns() - 1).join("");
    this.context.host.writeStderr(`\r${cut}\x1b[K`);
  }

  /** To be called before anything else is written. */
  clear(): void {
    if (this.#text !== "") this.context.host.writeStderr("\r\x1b[K");
    this.#text = "";
  }
}
