import type { Host } from "./host.ts";

const DAEMON_CONFIG = "/etc/docker/daemon.json";

/** While it lasts, containers outlive the engine. */
export async function liveRestore(host: Host): Promise<AsyncDisposable> {
  await host.write(DAEMON_CONFIG, '{"live-restore": true}\n');
  await host.systemctl("reload", "docker.service");
  return {
    async [Symbol.asyncDispose]() {
      await host.run("rm", DAEMON_CONFIG);
      await host.systemctl("restart", "docker.service");
    },
  };
}
