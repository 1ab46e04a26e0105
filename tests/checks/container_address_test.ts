import { deepEqual, equal, rejects } from "node:assert/strict";
import type { ContainerEngine } from "../../src/engine/engine.ts";
import { ContainerAddress } from "../../src/checks/container_address.ts";

const signal = new AbortController().signal;

function engineThat(inspect: (signal: AbortSignal) => Promise<unknown>) {
  let asked = 0;
  const engine = {
    inspectContainer: (_: string, signal: AbortSignal) => {
      asked++;
      return inspect(signal);
    },
  } as unknown as ContainerEngine;
  return { address: new ContainerAddress(engine, "id", "net"), asked: () => asked };
}

function at(IPAddress: string) {
  return { NetworkSettings: { Networks: { net: { IPAddress } } } };
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
