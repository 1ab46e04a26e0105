/** The positions of a service's tasks, kept as what stands before them is written. */
import { RuntimeFolder } from "../../host/runtime_folder.ts";
import type { Context } from "../../supervisor/context.ts";
import { keepingWrite } from "../../supervisor/log/log_position.ts";
import { stateFolder } from "../../update/update_memory.ts";
import { type KeptTask, TaskPositions } from "./task_positions.ts";

export type KeepingContext = Pick<
  Context,
  "host" | "logger" | "output" | "runtimeFolder" | "stdoutIsWritable"
>;

export type OpenPositions = Awaited<ReturnType<typeof TaskPositions.open>>;

/** Undefined where the unit has no folder of its own. In its state folder they outlive a reboot, in that of /run not. */
export async function openPositions(
  serviceId: string,
  { host, logger, runtimeFolder }: KeepingContext,
): Promise<OpenPositions | undefined> {
  const path = stateFolder(host);
  const onFailure = (message: string) => logger.log({ severity: "warn", source: "service", message });
  const folder = path === undefined ? runtimeFolder : new RuntimeFolder(path, { host, onFailure });
  return folder && await TaskPositions.open(folder, serviceId);
}

/** From now on the positions are kept that `takeMoved` yields. To be called while nothing is written. */
export function keepPositions(
  positions: TaskPositions,
  takeMoved: () => readonly KeptTask[],
  { output, host, stdoutIsWritable }: KeepingContext,
): void {
  const keep = (tasks: readonly KeptTask[]) => {
    for (const task of tasks) positions.put(task);
  };
  output.write = keepingWrite({ host, stdoutIsWritable }, { look: takeMoved, keep });
}
