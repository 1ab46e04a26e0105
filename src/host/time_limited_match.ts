/**
 * Regular expressions of a config on texts of others. Some take minutes for a text that is made for them, such as
 * `(a*)*b`, and while one is at work nothing else goes on. Only node:vm can break it off.
 */
import type { Script } from "node:vm";
import { nodeModule } from "./node_module.ts";

/** By this name the script finds what it is to do: it sees nothing but what is global. */
const TASK = Symbol.for("service_runner.match");
const TOO_LATE = "ERR_SCRIPT_EXECUTION_TIMEOUT";

export class TimeLimitedMatch {
  #script: Script | undefined;

  constructor(readonly pattern: RegExp, readonly limitMs: number) {}

  /** Whether the text matches; undefined if that could not be said in time. */
  test(text: string): boolean | undefined {
    this.#script ??= new (nodeModule("node:vm").Script)(`globalThis[Symbol.for("${TASK.description}")]()`);
    (globalThis as { [TASK]?: () => boolean })[TASK] = () => this.pattern.test(text);
    try {
      return this.#script.runInThisContext({ timeout: this.limitMs }) as boolean;
    } catch (error) {
      if ((error as { code?: string }).code === TOO_LATE) return undefined;
      throw error;
    }
  }
}
