import { deepEqual, equal, rejects } from "node:assert/strict";
import type { ContainerEngine } from "../../src/engine/engine.ts";
import { ContainerAddress } from "../../src/checks/container_address.ts";

const signal = new AbortController().signal;

function engineThat(inspect: (signal: AbortSignal) => Promise<unknown>, network: string | undefined = "net") {
  let asked = 0;
  const engine = {
    inspectContainer: (_: string, signal: AbortSignal) => {
      asked++;
      return inspect(signal);
    },
  } as unknown as ContainerEngine;
  return { address: new ContainerAddress(engine, "id", network), asked: () => asked };
}

function at(IPAddress: string) {
  return { HostConfig: { NetworkMode: "net" }, NetworkSettings: { Networks: { net: { IPAddress } } } };
}

Deno.test("ContainerAddress asks the engine once for all that want to know, and again when told to", async () => {
  const { address, asked } = engineThat(() => Promise.resolve(at("10.0.0.1")));
  deepEqual(await Promise.all([address.get(signal), address.get(signal)]), ["10.0.0.1", "10.0.0.1"]);
  await address.get(signal);
  equal(asked(), 1);
  address.forget();
  await address.get(signal);
  equal(asked(), 2);
});

Deno.test("without public_network_name it is the address on `public`, else on the network of the container's own", async () => {
  const found = async (network: string | undefined, mode: string, ...networks: string[]) => {
    const Networks = Object.fromEntries(networks.map((name) => [name, { IPAddress: `address on ${name}` }]));
    const container = { NetworkSettings: { Networks }, HostConfig: { NetworkMode: mode } };
    return await new ContainerAddress(
      { inspectContainer: () => Promise.resolve(container) } as unknown as ContainerEngine,
      "id",
      network,
    ).get(signal);
  };
  equal(await found(undefined, "shop", "back", "public", "shop"), "address on public");
  equal(await found(undefined, "shop", "back", "shop"), "address on shop");
  equal(await found(undefined, "default", "bridge"), "address on bridge");
  equal(await found("back", "shop", "back", "shop"), "address on back");
  equal(await found("public", "shop", "back", "shop"), "localhost", "the one that is named, or none");
  equal(await found(undefined, "container:db"), "localhost");
});

Deno.test("a check that gives up waiting for the address does not take another one with it", async () => {
  const impatient = new AbortController();
  const { address, asked } = engineThat((signal) =>
    signal === impatient.signal
      ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
      : Promise.resolve(at("10.0.0.2"))
  );
  const first = address.get(impatient.signal);
  const second = address.get(signal);
  impatient.abort(new Error("too late"));
  await rejects(first, { message: "too late" });
  equal(await second, "10.0.0.2");
  equal(asked(), 2);
});
