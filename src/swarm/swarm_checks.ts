/** The checks of a Swarm service: none that looks into a container, as one says nothing of the others. */
import { withUniqueNames } from "../checks/build_checks.ts";
import type { Check } from "../checks/check.ts";
import { processCheck } from "../checks/command/process_check.ts";
import type { CheckAddress } from "../checks/container_address.ts";
import { httpCheck } from "../checks/http/http_check.ts";
import { tcpCheck } from "../checks/tcp_check.ts";
import type { LoadedConfig } from "../config/load_config.ts";
import type { Host } from "../host/host.ts";

/** A port that is published in the ingress network is there on every node. */
const INGRESS: CheckAddress = { get: () => Promise.resolve("localhost"), forget: () => {} };

export function buildSwarmChecks({ config: { monitor }, folder }: LoadedConfig, host: Host): Check[] {
  const options = { host, address: INGRESS, folder };
  return withUniqueNames([
    ...monitor.checkHttp.map((config) => httpCheck(config, options)),
    ...monitor.checkTcp.map((config) => tcpCheck(config, options)),
    ...monitor.checkShellCommand.map((config) =>
      processCheck(config, { kind: "check_shell_command", host, folder })
    ),
    ...monitor.checkExe.map((config) => processCheck(config, { kind: "check_exe", host, folder })),
  ]);
}
