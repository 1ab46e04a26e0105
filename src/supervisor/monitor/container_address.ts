/** The host of HTTP checks that name none: the container's address on the public network, else localhost. */
import type { EndpointAddresses } from "../../engine/api_types.ts";
import type { ContainerEngine } from "../../engine/engine.ts";

export class ContainerAddress {
  #known: string | undefined;

  constructor(readonly engine: ContainerEngine, readonly containerId: string, readonly network: string) {}

  async get(signal: AbortSignal): Promise<string> {
    return this.#known ??= await this.#ask(signal);
  }

  /** The next `get` asks the engine again. */
  forget(): void {
    this.#known = undefined;
  }

  async #ask(signal: AbortSignal): Promise<string> {
    const container = await this.engine.inspectContainer(this.containerId, signal);
    const endpoint: EndpointAddresses | undefined = container?.NetworkSettings.Networks?.[this.network];
    return endpoint?.IPAddress || endpoint?.GlobalIPv6Address || "localhost";
  }
}
