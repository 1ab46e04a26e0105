/** `check_shell_command` and `check_exe`: a command on the host. */
import type { CommandCheckConfig } from "../../config/monitor_config.ts";
import { resolvePath } from "../../host/paths.ts";
import { type Check, failing } from "../check.ts";
import type { CheckFilesOptions } from "../check_files.ts";
import { throwIfLack } from "../lack.ts";
import { commandCheck } from "./command_check.ts";

export function processCheck(
  config: CommandCheckConfig,
  { kind, host, folder }: CheckFilesOptions & { readonly kind: string },
): Check {
  const check = commandCheck(config, {
    kind,
    host,
    folder,
    async run({ stdin, output }, signal) {
      const { argv: [program = "", ...args], environment, workdir } = config;
      // A name without a slash is looked up in PATH.
      const argv = [program.includes("/") ? resolvePath(program, folder) : program, ...args];
      try {
        return await host.runProcess({
          argv,
          environment,
          workdir: workdir === undefined ? undefined : resolvePath(workdir, folder),
          stdin,
          onOutput: output.take,
          signal,
        });
      } catch (error) {
        signal.throwIfAborted();
        throwIfLack(error);
        return failing(error instanceof Error ? error.message : String(error));
      }
    },
  });
  return { ...check, startsProgram: true };
}
