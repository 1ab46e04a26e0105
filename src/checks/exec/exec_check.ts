/** `check_internal_command`: a command in the service's own container, by the engine's exec API. */
import type { CommandCheckConfig } from "../../config/monitor_config.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import { EngineError } from "../../errors.ts";
import type { Host } from "../../host/host.ts";
import { pause } from "../../host/pause.ts";
import { type Check, type CheckResult, failing } from "../check.ts";
import { type Command, commandCheck } from "../command/command_check.ts";
import { endExec } from "./end_exec.ts";
import { readFrames } from "./exec_output.ts";

const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 200;

export interface ExecCheckOptions {
  readonly engine: ContainerEngine;
  readonly containerId: string;
  readonly host: Host;
  /** The config file's folder, for a relative `stdin_file`. */
  readonly folder: string;
  /** Aborted when the container is going to be stopped, and all in it ends anyway. */
  readonly stop: AbortSignal;
}

export function execCheck(config: CommandCheckConfig, options: ExecCheckOptions): Check {
  const { host, folder } = options;
  const commands = new ContainerCommands(options);
  return commandCheck(config, {
    kind: "check_internal_command",
    host,
    folder,
    run: (command, signal) => commands.run(command, signal),
  });
}

/** The commands of one check, one after the other. */
class ContainerCommands {
  /** The id of a command that could not be ended: no other one is started beside it. */
  #remaining: string | undefined;

  constructor(readonly options: ExecCheckOptions) {}

  async run(command: Command, signal: AbortSignal): Promise<number | CheckResult> {
    const still = await this.#end(this.#remaining);
    if (still !== undefined) return failing(`the command of an earlier run is still running: ${still}`);
    try {
      return await this.#runToEnd(command, signal);
    } catch (error) {
      if (this.options.stop.aborted) throw error;
      const why = signal.aborted ? "no result in time" : (error as Error).message;
      const remains = await this.#end(this.#remaining);
      // Broken off, not late: nobody waits for a result any more.
      if (signal.aborted && (signal.reason as Error).name === "AbortError") throw error;
      if (remains !== undefined) {
        return failing(`${why}, and the command can not be ended in the container: ${remains}`);
      }
      signal.throwIfAborted();
      return error instanceof EngineError ? failing(await this.#refusal(error, signal)) : failing(why);
    }
  }

  async #runToEnd(command: Command, signal: AbortSignal): Promise<number | CheckResult> {
    const { engine, containerId, stop } = this.options;
    const { argv, environment, workdir, stdin, output } = command;
    signal.throwIfAborted();
    // Not broken off by the timeout: what is prepared has to be started, or the engine keeps it.
    const request = { argv, environment, workdir, hasStdin: stdin !== undefined };
    const id = await engine.createExec(containerId, request, stop);
    this.#remaining = id;
    await readFrames(await engine.startExec(id, stdin, stop), output.take, signal);
    // The output may end before the command, and the engine hears of the end a moment later.
    for (let waitMs = FIRST_POLL_MS;; waitMs = Math.min(waitMs * 2, LONGEST_POLL_MS)) {
      const inspected = await engine.inspectExec(id, signal);
      if (!inspected?.Running) {
        this.#remaining = undefined;
        if (typeof inspected?.ExitCode === "number") return inspected.ExitCode;
        return failing("the container has ended while the command ran");
      }
      await pause(waitMs, signal);
    }
  }

  /** Undefined if nothing of it is left. */
  async #end(id: string | undefined): Promise<string | undefined> {
    if (id === undefined) return undefined;
    const remains = await endExec(id, this.options);
    if (remains === undefined) this.#remaining = undefined;
    return remains;
  }

  /** The engine's refusal in the container's terms: 404 and 409 mean that it is in no state to run anything. */
  async #refusal({ httpStatus, reason }: EngineError, signal: AbortSignal): Promise<string> {
    if (httpStatus !== 404 && httpStatus !== 409) return reason;
    const container = await this.options.engine.inspectContainer(this.options.containerId, signal);
    if (container === undefined) return "the container does not exist any more";
    const { Status } = container.State;
    return Status === "running" ? reason : `no command can run in the container: it is ${Status}`;
  }
}
