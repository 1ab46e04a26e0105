import { deepEqual, equal, match } from "node:assert/strict";
import { adaptToApiVersion } from "../../src/plan/api_version.ts";
import { accepted } from "./plan_fixture.ts";

function adapt(flags: string, apiVersion: string) {
  return adaptToApiVersion(accepted([...flags.split(" "), "alpine"]).body, apiVersion);
}

Deno.test("adaptToApiVersion() leaves a body alone that every engine understands", () => {
  const { body } = accepted(["-p", "80:80", "--network", "a", "--ip", "10.0.0.1", "alpine"]);
  for (const version of ["1.41", "1.44", "1.52"]) {
    deepEqual(adaptToApiVersion(body, version), { body, connect: [], problems: [] });
  }
});

Deno.test("adaptToApiVersion() sends kernel memory only below 1.42", () => {
  equal(adapt("--kernel-memory 64m --memory 1g", "1.41").body.HostConfig?.KernelMemory, 64 * 1024 ** 2);
  deepEqual(adapt("--kernel-memory 64m --memory 1g", "1.42").body.HostConfig, { Memory: 1024 ** 3 });
});

Deno.test("adaptToApiVersion() connects further networks after create below 1.44", () => {
  const flags = "--network a --network name=b,alias=x,ip=10.0.0.2 --network c --ip 10.0.0.1";
  const old = adapt(flags, "1.43");
  deepEqual(old.body.NetworkingConfig, {
    EndpointsConfig: { a: { IPAMConfig: { IPv4Address: "10.0.0.1" } } },
  });
  deepEqual(old.connect, [
    { network: "b", endpoint: { Aliases: ["x"], IPAMConfig: { IPv4Address: "10.0.0.2" } } },
    { network: "c", endpoint: {} },
  ]);
  const current = adapt(flags, "1.44");
  deepEqual(Object.keys(current.body.NetworkingConfig!.EndpointsConfig!), ["a", "b", "c"]);
  deepEqual(current.connect, []);
});

Deno.test("adaptToApiVersion() makes the main network's MAC address the container's below 1.44", () => {
  const mac = "02:42:ac:11:00:02";
  for (
    const [flags, network] of [[`--mac-address ${mac}`, "default"], [
      `--network n --mac-address ${mac}`,
      "n",
    ]] as const
  ) {
    const old = adapt(flags, "1.43").body;
    deepEqual([old.MacAddress, old.NetworkingConfig], [mac, undefined]);
    const current = adapt(flags, "1.44").body;
    deepEqual([current.MacAddress, current.NetworkingConfig?.EndpointsConfig], [undefined, {
      [network]: { MacAddress: mac },
    }]);
  }
});

const GATES: readonly (readonly [flags: string, below: string, from: string])[] = [
  ["--annotation a=b", "1.42", "1.43"],
  ["--health-start-interval 1s", "1.43", "1.44"],
  ["--mount type=bind,src=/a,dst=/b,ro,bind-propagation=rprivate,bind-recursive=readonly", "1.43", "1.44"],
  ["--network a --network name=b,mac-address=02:42:ac:11:00:02", "1.43", "1.44"],
  ["--mount src=v,dst=/b,volume-subpath=x", "1.44", "1.45"],
  ["--mount type=image,src=alpine,dst=/b", "1.47", "1.48"],
  ["--network name=n,gw-priority=1", "1.47", "1.48"],
];

for (const [flags, below, from] of GATES) {
  Deno.test(`adaptToApiVersion() refuses ${flags} below ${from}`, () => {
    const [problem, ...others] = adapt(flags, below).problems;
    deepEqual(others, []);
    match(
      problem!,
      new RegExp(`requires API version ${from}, but the Docker daemon API version is ${below}`),
    );
    deepEqual(adapt(flags, from).problems, []);
  });
}

Deno.test("adaptToApiVersion() compares versions as numbers", () => {
  deepEqual(adapt("--annotation a=b", "1.100").problems, []);
  deepEqual(adapt("--annotation a=b", "2.0").problems, []);
  equal(adapt("--annotation a=b", "1.9").problems.length, 1);
});
