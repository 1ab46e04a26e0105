import { deepEqual, equal, match } from "node:assert/strict";
import { planned, problems, specOf } from "./swarm_fixture.ts";

const HOST = { publish: "host" } as const;

Deno.test("--publish publishes on all nodes, or on those that a task runs on", () => {
  deepEqual(specOf(["-p", "8080:80", "-p=53:53/udp", "-p", "9"]).EndpointSpec?.Ports, [
    { Protocol: "tcp", TargetPort: 80, PublishedPort: 8080, PublishMode: "ingress" },
    { Protocol: "udp", TargetPort: 53, PublishedPort: 53, PublishMode: "ingress" },
    { Protocol: "tcp", TargetPort: 9, PublishMode: "ingress" },
  ]);
  deepEqual(specOf(["-p", "published=8080,target=80,protocol=sctp"], HOST).EndpointSpec?.Ports, [
    { Protocol: "sctp", TargetPort: 80, PublishedPort: 8080, PublishMode: "host" },
  ]);
});

Deno.test("--publish of a range is one port after the other", () => {
  const ports = specOf(["-p", "8000-8002:80-82"]).EndpointSpec?.Ports ?? [];
  deepEqual(ports.map(({ PublishedPort, TargetPort }) => [PublishedPort, TargetPort]), [
    [8000, 80],
    [8001, 81],
    [8002, 82],
  ]);
});

Deno.test("--publish: the same port for two protocols, or one port of the container twice, is no mistake", () => {
  equal(specOf(["-p", "53:53", "-p", "53:53/udp", "-p", "54:53"]).EndpointSpec?.Ports?.length, 3);
});

Deno.test("--publish: what Swarm can not publish is refused at its flag", async (t) => {
  const cases: [args: string[], index: number, message: RegExp, swarm?: typeof HOST][] = [
    [
      ["-p", "127.0.0.1:80:80"],
      1,
      /Swarm publishes a port on all addresses of a node: leave the address out/,
    ],
    [["-p", "0.0.0.0:80:80"], 1, /leave the address out/],
    [["-p", "[::1]::80"], 1, /leave the address out/],
    [["-p", "8000-8010:80"], 1, /Swarm does not choose a port from a range/],
    [["-p", "0"], 1, /must not be 0/],
    [["-p", "80:80", "-p", "80:8080"], 3, /the port 80\/tcp of the nodes is published twice/],
    [
      ["-p", "80:80", "-p", "81:80"],
      3,
      /with "publish: host", 80\/tcp of the container can have one port only/,
      HOST,
    ],
  ];
  for (const [args, index, expected, swarm = {}] of cases) {
    await t.step(args.join(" "), () => {
      const [[place, message] = [], ...others] = problems({ containerCreateArgs: args, swarm });
      deepEqual(others, []);
      equal(place, `container_create_args.${index}`);
      match(message!, expected);
    });
  }
});

Deno.test("no port is published on all nodes from the network of one of them", () => {
  const args = ["--network=host", "-p", "80:80", "--init"];
  const [[place, message] = [], ...others] = problems({ containerCreateArgs: args });
  equal(place, "container_create_args.1");
  match(message!, /"--publish" is not available in Swarm with "--network host"/);
  deepEqual(others, []);
  planned({ containerCreateArgs: args, swarm: HOST });
});

Deno.test("a port of a node can not be waited for by the task that is to replace the one that has it", () => {
  const swarm = {
    ...HOST,
    update: { atOnce: 1, order: "start-first", delayMs: 0, monitorMs: 5000 },
  } as const;
  const [[place, message] = [], ...others] = problems({ containerCreateArgs: ["-p", "80:80"], swarm });
  equal(place, "swarm.update.order");
  match(message!, /must be stop-first with "publish: host"/);
  deepEqual(others, []);
  // The node chooses one that is free, and in ingress mode no task has it.
  planned({ containerCreateArgs: ["-p", "80"], swarm });
  planned({ containerCreateArgs: ["-p", "80:80"], swarm: { ...swarm, publish: "ingress" } });
  planned({ swarm });
});
