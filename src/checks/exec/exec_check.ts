/** `check_internal_command`: a command in the service's own container, by the engine's exec API. */
import type { CommandCheckConfig } from "../../config/monitor_config.ts";
import { EngineError } from "../../errors.ts";
import { pause } from "../../host/pause.ts";
import { type Check, type CheckResult, failing } from "../check.ts";
import type { CheckFilesOptions } from "../check_files.ts";
import { commandCheck, type CommandStreams } from "../command/command_check.ts";
import { endExec, type ExecPlace } from "./end_exec.ts";
import { readFrames } from "./exec_output.ts";
import { throwIfLack } from "../lack.ts";

const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 200;

export function execCheck(config: CommandCheckConfig, options: ExecPlace & CheckFilesOptions): Check {
  const commands = new ContainerCommands(config, options);
  return commandCheck(config, {
    kind: "check_internal_command",
    ...options,
    run: (streams, signal) => commands.run(streams, signal),
  });
}

/** Runs the command of one check, never beside a run of it that has not ended. */
class ContainerCommands {
  /** The engine's id of a command that has not ended, as far as is known. */
  #unended: string | undefined;

  constructor(readonly config: CommandCheckConfig, readonly place: ExecPlace) {}

  async run(streams: CommandStreams, signal: AbortSignal): Promise<number | CheckResult> {
    const before = await this.#end();
    if (before !== undefined) {
      return failing(`the command of an earlier run can not be ended in the container: ${before}`);
    }
    try {
      return await this.#runToEnd(streams, signal);
    } catch (error) {
      if (this.place.stop.aborted) throw error;
      const obstacle = await this.#end();
      signal.throwIfAborted();
      throwIfLack(error);
      const { message } = error as Error;
      if (obstacle !== undefined) {
        return failing(`${message}, and the command can not be ended in the container: ${obstacle}`);
      }
      return failing(error instanceof EngineError ? await this.#refusal(error, signal) : message);
    }
  }

  async #runToEnd({ stdin, output }: CommandStreams, signal: AbortSignal): Promise<number | CheckResult> {
    const { engine, containerId, stop } = this.place;
    const { argv, environment, workdir } = this.config;
    signal.throwIfAborted();
    // Not broken off by the timeout: a command that was created has to be started, or the engine never forgets it.
    const request = { argv, environment, workdir, hasStdin: stdin !== undefined };
    const id = await engine.createExec(containerId, request, stop);
    this.#unended = id;
    await readFrames(await engine.startExec(id, stdin, stop), output.take, signal);
    // The output may end before the command does, and the engine notices the end a moment later still.
    for (let waitMs = FIRST_POLL_MS;; waitMs = Math.min(waitMs * 2, LONGEST_POLL_MS)) {
      const inspected = await engine.inspectExec(id, signal);
      if (!inspected?.Running) {
        this.#unended = undefined;
        if (typeof inspected?.ExitCode === "number") return inspected.ExitCode;
        return failing("the container has ended while the command ran");
      }
      await pause(waitMs, signal);
    }
  }

  /** Ends the command that has not ended, if there is one; yields what stands in the way. */
  async #end(): Promise<string | undefined> {
    if (this.#unended === undefined) return undefined;
    const obstacle = await endExec(this.#unended, this.place);
    if (obstacle === undefined) this.#unended = undefined;
    return obstacle;
  }

  /** Why the engine refuses. Its 404 and 409 mean that the container is in no state to run a command: which one. */
  async #refusal({ httpStatus, reason }: EngineError, signal: AbortSignal): Promise<string> {
    if (httpStatus !== 404 && httpStatus !== 409) return reason;
    const container = await this.place.engine.inspectContainer(this.place.containerId, signal);
    if (container === undefined) return "the container does not exist any more";
    const { Status } = container.State;
    return Status === "running" ? reason : `no command can run in the container: it is ${Status}`;
  }
}
