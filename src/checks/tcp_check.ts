/** `check_tcp`: whether a port accepts connections. */
import type { TcpCheckConfig } from "../config/monitor_config.ts";
import type { Host } from "../host/host.ts";
import { type Check, failing } from "./check.ts";
import type { CheckAddress } from "./container_address.ts";
import { throwIfLack } from "./lack.ts";

export function tcpCheck(
  config: TcpCheckConfig,
  { host, address }: { readonly host: Host; readonly address: CheckAddress },
): Check {
  const { port } = config;
  return {
    ...config.options,
    kind: "check_tcp",
    name: config.name ?? `tcp ${config.host ?? "port"} ${port}`,
    async run(signal) {
      const target = config.host ?? await address.get(signal);
      try {
        await host.connectTcp({ host: target.replace(/^\[(.*)\]$/, "$1"), port }, signal);
        return { ok: true };
      } catch (error) {
        signal.throwIfAborted();
        throwIfLack(error);
        // The container may have another address by now.
        address.forget();
        const reason = error instanceof Error ? error.message : String(error);
        return failing(`no connection to ${target} port ${port}: ${reason}`, { host: target, port });
      }
    },
  };
}
