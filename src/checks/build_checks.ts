/**
 * The checks of a service. In: its config and its container. Out: a `Check` for each item below `monitor:`, which the
 * supervisor runs by `runCheck()` and judges. A check asks and compares; it neither logs, nor counts, nor waits.
 */
import type { MonitorConfig } from "../config/monitor_config.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import type { Host } from "../host/host.ts";
import type { ReadProc } from "../host/process_identity.ts";
import type { Check } from "./check.ts";
import { ContainerAddress } from "./container_address.ts";
import { execCheck } from "./exec/exec_check.ts";
import { httpCheck } from "./http/http_check.ts";
import { presenceCheck } from "./presence_check.ts";
import { processCheck } from "./command/process_check.ts";
import { tcpCheck } from "./tcp_check.ts";

export interface BuildChecksOptions {
  /** The service's. */
  readonly name: string;
  readonly monitor: MonitorConfig;
  /** The config file's folder. */
  readonly folder: string;
  readonly engine: ContainerEngine;
  readonly containerId: string;
  readonly host: Host;
  readonly readProc: ReadProc;
  /** Aborted when the service is to stop. */
  readonly stop: AbortSignal;
}

/** In the order of the config's keys, with names that are unique within the service. */
export function buildChecks(options: BuildChecksOptions): Check[] {
  const { engine, monitor, name, folder, containerId, host, readProc, stop } = options;
  const checks: Check[] = [];
  const present = monitor.checkContainerPresent;
  if (present === true) checks.push(presenceCheck(engine, { name, nameOrId: containerId }));
  else if (present !== false) checks.push(presenceCheck(engine, { name: present, nameOrId: present }));
  const address = new ContainerAddress(engine, containerId, monitor.publicNetworkName);
  for (const config of monitor.checkHttp) checks.push(httpCheck(config, { host, address, folder }));
  for (const config of monitor.checkTcp) checks.push(tcpCheck(config, { host, address }));
  for (const config of monitor.checkInternalCommand) {
    checks.push(execCheck(config, { engine, containerId, host, readProc, folder, stop }));
  }
  for (const config of monitor.checkShellCommand) {
    checks.push(processCheck(config, { kind: "check_shell_command", host, folder }));
  }
  for (const config of monitor.checkExe) {
    checks.push(processCheck(config, { kind: "check_exe", host, folder }));
  }
  return withUniqueNames(checks);
}

/** The second check of a name is called `NAME (2)`, so that log and metrics tell them apart. */
export function withUniqueNames(checks: readonly Check[]): Check[] {
  const counts = new Map<string, number>();
  return checks.map((check) => {
    const count = (counts.get(check.name) ?? 0) + 1;
    counts.set(check.name, count);
    return count === 1 ? check : { ...check, name: `${check.name} (${count})` };
  });
}
