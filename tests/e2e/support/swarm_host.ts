/** A host that is a node of a swarm with others: it can be switched off, and on again. */
// @ts-types="@types/dockerode"
import type Docker from "dockerode";
import { within } from "../../support/event_log.ts";
import { startHost } from "./boot_host.ts";
import { Host, type HostOptions } from "./host.ts";

const SHUTDOWN_TIMEOUT_MS = 180_000;

export interface SwarmHostOptions extends HostOptions {
  readonly hostname: string;
  readonly address: string;
  readonly container: Docker.Container;
}

export class SwarmHost extends Host {
  /** As the swarm knows it. */
  readonly hostname: string;
  readonly address: string;
  readonly container: Docker.Container;

  constructor(options: SwarmHostOptions) {
    super(options);
    this.hostname = options.hostname;
    this.address = options.address;
    this.container = options.container;
  }

  async isOn(): Promise<boolean> {
    return (await this.container.inspect()).State.Running;
  }

  /** `systemctl reboot`; settles when it has booted again. */
  async reboot(): Promise<void> {
    await this.#goDown("reboot");
    await this.powerOn();
  }

  /** `systemctl poweroff`; settles when it is off. */
  async powerOff(): Promise<void> {
    await this.#goDown("poweroff");
  }

  /** The mains fail: nothing that runs on it is told. */
  async losePower(): Promise<void> {
    await this.container.kill();
    await this.#untilOff();
  }

  /** Settles when it has booted. */
  async powerOn(): Promise<void> {
    await startHost(this.container, this);
  }

  async #goDown(verb: "reboot" | "poweroff"): Promise<void> {
    // The answer may not come any more: the host's agent ends as well.
    await this.systemctl(verb).catch(() => {});
    await this.#untilOff();
  }

  async #untilOff(): Promise<void> {
    await within(SHUTDOWN_TIMEOUT_MS, `${this.hostname} to be off`, this.container.wait());
  }
}
