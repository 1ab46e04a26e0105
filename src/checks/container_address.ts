/**
 * The host of checks that name none: the container's address on the network `public_network_name`, else localhost. Where
 * the key is not given: on the network `public`, else on the container's own first one.
 */
import type { ContainerEngine } from "../engine/engine.ts";

const DEFAULT_NETWORK = "public";

/** Where a check connects to that names no host. */
export interface CheckAddress {
  get(signal: AbortSignal): Promise<string>;
  /** The next `get` finds out anew. */
  forget(): void;
}

export class ContainerAddress implements CheckAddress {
  #known: string | undefined;
  #asking: Promise<string> | undefined;

  constructor(
    readonly engine: ContainerEngine,
    readonly containerId: string,
    readonly network: string | undefined,
  ) {}

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
    const networks = container?.NetworkSettings.Networks ?? {};
    const first = networks[container?.HostConfig.NetworkMode ?? ""] ?? Object.values(networks)[0];
    const endpoint = this.network === undefined ? networks[DEFAULT_NETWORK] ?? first : networks[this.network];
    return endpoint?.IPAddress || endpoint?.GlobalIPv6Address || "localhost";
  }
}
