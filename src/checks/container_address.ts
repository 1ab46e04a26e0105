/** The host of checks that name none: the container's address on the network `public_network_name`, else localhost. */
import type { ContainerEngine } from "../engine/engine.ts";

export class ContainerAddress {
  #known: string | undefined;
  #asking: Promise<string> | undefined;

  constructor(readonly engine: ContainerEngine, readonly containerId: string, readonly network: string) {}

  /** Asks the engine once, also for checks that call this at the same time. */
  async get(signal: AbortSignal): Promise<string> {
    while (this.#known === undefined) {
      const others = this.#asking;
      this.#asking ??= this.#ask(signal).finally(() => this.#asking = undefined);
      // If the request of another check is aborted together with that check, this one makes its own.
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
    const endpoint = container?.NetworkSettings.Networks?.[this.network];
    return endpoint?.IPAddress || endpoint?.GlobalIPv6Address || "localhost";
  }
}
