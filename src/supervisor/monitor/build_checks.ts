/** The checks of a service's config, ready to be run. */
import type { MonitorConfig } from "../../config/monitor_config.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import type { Context } from "../context.ts";
import type { Check } from "./check.ts";
import { ContainerAddress } from "./container_address.ts";
import { httpCheck } from "./http_check.ts";
import { presenceCheck } from "./presence_check.ts";

export interface BuildChecksOptions {
  readonly name: string;
  readonly monitor: MonitorConfig;
  /** The config file's folder. */
  readonly folder: string;
  readonly engine: ContainerEngine;
  readonly containerId: string;
}

/** Kinds that are not run yet are named in the log. */
export function buildChecks(options: BuildChecksOptions, { host, logger }: Context): Check[] {
  const { engine, monitor, name, folder, containerId } = options;
  const checks: Check[] = [];
  const present = monitor.checkContainerPresent;
  if (present === true) checks.push(presenceCheck(engine, { name, nameOrId: containerId }));
  else if (present !== false) checks.push(presenceCheck(engine, { name: present, nameOrId: present }));
  const address = new ContainerAddress(engine, containerId, monitor.publicNetworkName);
  for (const config of monitor.checkHttp) checks.push(httpCheck(config, { host, address, folder }));
  const notRun = [
    ["check_internal_command", monitor.checkInternalCommand.length],
    ["check_shell_command", monitor.checkShellCommand.length],
    ["check_exe", monitor.checkExe.length],
  ] as const;
  for (const [kind, count] of notRun) {
    if (count === 0) continue;
    const message = `Checks of the kind ${kind} are not run by this version; ${count} left out`;
    logger.log({ severity: "warn", source: "monitoring", message, data: { kind, count } });
  }
  return checks;
}
