/** A network for machines of namespaces: each has a cable to one switch, which can be pulled out. */
import { Namespaces } from "./namespaces.ts";

export class PrivateNetwork implements AsyncDisposable {
  private constructor(readonly hub: Namespaces) {}

  static async create(): Promise<PrivateNetwork> {
    const setup = ["ip link add switch type bridge", "ip link set switch up"];
    return new PrivateNetwork(await Namespaces.create("hub", setup));
  }

  /** `address`: of the machine's end, e.g. `192.168.77.1/24`. */
  async connect(machine: Namespaces, address: string): Promise<void> {
    const { hostname, holder: { pid } } = machine;
    await this.hub.ip("link", "add", hostname, "type", "veth", "peer", "name", "eth0", "netns", pid);
    await this.hub.ip("link", "set", hostname, "master", "switch", "up");
    await machine.ip("addr", "add", address, "dev", "eth0");
    await machine.ip("link", "set", "eth0", "up");
  }

  /** From now on nothing passes, and the machine is not told: as with a switch that has failed further on. */
  async cut({ hostname }: Namespaces): Promise<void> {
    await this.hub.ip("link", "set", hostname, "nomaster");
  }

  async mend({ hostname }: Namespaces): Promise<void> {
    await this.hub.ip("link", "set", hostname, "master", "switch");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.hub[Symbol.asyncDispose]();
  }
}
