/**
 * Regular expressions of a config on texts of others. Some take minutes for a text that is made for them, such as
 * `(a*)*b`, and while one is at work nothing else goes on. Only node:vm can break it off.
 */
import type * as NodeVm from "node:vm";

/** By this name the script finds what it is to do: it sees nothing but what is global. */
const TASK = Symbol.for("service_runner.match");
const TOO_LATE = "ERR_SCRIPT_EXECUTION_TIMEOUT";

export class TimeLimitedMatch {
  #script: NodeVm.Script | undefined;

  constructor(readonly pattern: RegExp, readonly limitMs: number) {}

  /** Whether the text matches; undefined if that could not be said in time. */
  test(text: string): boolean | undefined {
    this.#script ??= new (vm().Script)(`globalThis[Symbol.for("${TASK.description}")]()`);
    (globalThis as { [TASK]?: () => boolean })[TASK] = () => this.pattern.test(text);
    try {
      return this.#script.runInThisContext({ timeout: this.limitMs }) as boolean;
    } catch (error) {
      if ((error as { code?: string }).code === TOO_LATE) return undefined;
      throw error;
    }
  }
}

/** Loaded by the first pattern, and at once: to import it would slow down the start of every service. */
function vm(): typeof NodeVm {
  // deno-lint-ignore no-process-global -- node:process is no smaller
  const { getBuiltinModule } = process as unknown as { getBuiltinModule(id: "node:vm"): typeof NodeVm };
  return getBuiltinModule("node:vm");
}
