/** The host of HTTP checks that name none: the container's address on the public network, else localhost. */
import type { EndpointAddresses } from "../engine/api_types.ts";
import type { ContainerEngine } from "../engine/engine.ts";

export class ContainerAddress {
  #known: string | undefined;
  #asking: Promise<string> | undefined;

  constructor(readonly engine: ContainerEngine, readonly containerId: string, readonly network: string) {}

  /** Checks that want to know it at the same time ask the engine once. */
  async get(signal: AbortSignal): Promise<string> {
    while (this.#known === undefined) {
      const others = this.#asking;
      this.#asking ??= this.#ask(signal).finally(() => this.#asking = undefined);
      // Another check's question fails with that check: then this one asks itself.
      const answer = others?.catch(() => undefined) ?? this.#asking;
      this.#known = await answer;
      signal.throwIfAborted();
    }
    return this.#known;
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
