/** `check_shell_command` and `check_exe`: a command on the host. */
import type { CommandCheckConfig } from "../../config/monitor_config.ts";
import type { Host } from "../../host/host.ts";
import { resolvePath } from "../../host/paths.ts";
import { type Check, failing } from "../check.ts";
import { commandCheck } from "./command_check.ts";

/** `folder`: the config file's, for relative paths. */
export function processCheck(
  config: CommandCheckConfig,
  { kind, host, folder }: { readonly kind: string; readonly host: Host; readonly folder: string },
): Check {
  return commandCheck(config, {
    kind,
    host,
    folder,
    async run({ argv: [program = "", ...args], environment, workdir, stdin, output }, signal) {
      // A name alone is looked up in PATH.
      const argv = [program.includes("/") ? resolvePath(program, folder) : program, ...args];
      try {
        const { statusCode } = await host.runProcess({
          argv,
          environment,
          workdir: workdir === undefined ? undefined : resolvePath(workdir, folder),
          stdin,
          onOutput: output.take,
          signal,
        });
        return statusCode;
      } catch (error) {
        signal.throwIfAborted();
        return failing(error instanceof Error ? error.message : String(error));
      }
    },
  });
}
