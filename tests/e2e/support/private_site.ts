/** A registry that asks for credentials, and those that it takes. */
import { ACCOUNT, type Registry, startRegistry } from "../../support/registry.ts";
import type { Host } from "./host.ts";
import { HostRegistry } from "./host_registry.ts";

/** A registry with an account, as the host sees it, and the account's credentials for the host. */
export class PrivateSite implements AsyncDisposable {
  private constructor(readonly registry: Registry, readonly relay: HostRegistry) {}

  static async open(host: Host): Promise<PrivateSite> {
    const registry = await startRegistry({ isPrivate: true });
    const relay = await HostRegistry.open(host, { address: registry.address, account: ACCOUNT });
    return new PrivateSite(registry, relay);
  }

  /** Into a file for root alone; yields its path. */
  async writeCredentials(host: Host): Promise<string> {
    const path = `/etc/service_runner/${this.relay.port}.json`;
    await host.write(path, this.dockerConfig(ACCOUNT.password));
    await host.run("chmod", "600", path);
    return path;
  }

  /** As `docker login` writes it. */
  dockerConfig(password: string): string {
    const auth = btoa(`${ACCOUNT.username}:${password}`);
    return JSON.stringify({ auths: { [`127.0.0.1:${this.relay.port}`]: { auth } } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay[Symbol.asyncDispose]();
    await this.registry[Symbol.asyncDispose]();
  }
}
