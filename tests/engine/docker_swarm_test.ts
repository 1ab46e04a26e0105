/** What a real swarm does is tested in tests/integration; here are the requests, and answers not given on demand. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { DockerEngine } from "../../src/engine/docker_engine.ts";
import { unixTransport } from "../../src/engine/http/unix_transport.ts";
import type { SwarmEngine } from "../../src/engine/swarm_engine.ts";
import type { Service, ServiceSpec } from "../../src/engine/swarm_types.ts";
import { EngineError } from "../../src/errors.ts";
import { type Answer, EngineServer } from "../support/engine_server.ts";
import { queryOf, withSwarm } from "./with_swarm.ts";

const signal = new AbortController().signal;

const SPEC: ServiceSpec = {
  Name: "web",
  Labels: { "service_runner.config": "/etc/service_runner/web.yaml" },
  // Beyond what a number of JavaScript holds exactly.
  TaskTemplate: { ContainerSpec: { Image: "nginx", StopGracePeriod: 9007199254740993n } },
  Mode: { Replicated: { Replicas: 2 } },
  UpdateConfig: { Parallelism: 1 },
  RollbackConfig: { Parallelism: 1 },
};
const SERVICE: Service = {
  ID: "s1",
  Version: { Index: 7 },
  CreatedAt: "2026-11-22T15:34:18.123456789Z",
  Spec: { ...SPEC, TaskTemplate: { ContainerSpec: { Image: "nginx" } } },
};

function refusing(status: number, message: string): Answer {
  return () => Response.json({ message }, { status });
}

Deno.test("the verbs for a swarm are asked at the version that was agreed on", async () => {
  const answer: Answer = ({ url }) =>
    url.endsWith("/_ping")
      ? new Response("OK", { headers: { "Api-Version": "1.44" } })
      : Response.json([{ ID: "n1" }]);
  await using server = await EngineServer.start(answer);
  using transport = unixTransport(server.socketPath);
  const engine = new DockerEngine(server.socketPath, transport.send);
  const swarm = await engine.swarm();
  await engine.negotiate(signal);
  deepEqual((await swarm.listNodes(signal)).map(({ ID }) => ID), ["n1"]);
  equal(server.requests.at(-1)?.path, "/v1.44/nodes");
});

Deno.test("swarmInfo() yields what the engine says of its swarm", async () => {
  const Swarm = { NodeID: "n1", LocalNodeState: "active", ControlAvailable: true, Error: "" };
  await withSwarm(() => Response.json({ ID: "engine", Swarm }), async (swarm, { requests }) => {
    deepEqual(await swarm.swarmInfo(signal), Swarm);
    equal(requests[0]?.path, "/v1.41/info");
  });
});

Deno.test("createService() sends the spec with exact numbers, and the credentials where there are some", async () => {
  const sent: (string | null)[] = [];
  const answer: Answer = ({ headers }) => {
    sent.push(headers.get("X-Registry-Auth"));
    return Response.json({ ID: "s1", Warnings: sent.length === 1 ? null : ["no digest"] }, { status: 201 });
  };
  await withSwarm(answer, async (swarm, { requests }) => {
    deepEqual(await swarm.createService({ spec: SPEC, registryAuth: undefined }, signal), {
      id: "s1",
      warnings: [],
    });
    const { warnings } = await swarm.createService({ spec: SPEC, registryAuth: "c2VjcmV0" }, signal);
    deepEqual(warnings, ["no digest"]);
    deepEqual(sent, [null, "c2VjcmV0"]);
    equal(`${requests[0]?.method} ${requests[0]?.path}`, "POST /v1.41/services/create");
    ok(requests[0]?.body.includes('"StopGracePeriod":9007199254740993'), requests[0]?.body);
    deepEqual(JSON.parse(requests[0]?.body ?? "").Mode, { Replicated: { Replicas: 2 } });
  });
});

Deno.test("updateService() names the version, and leaves stored credentials alone where there are no others", async () => {
  const sent: (string | null)[] = [];
  const answer: Answer = ({ headers }) => {
    sent.push(headers.get("X-Registry-Auth"));
    return Response.json({ Warnings: null });
  };
  await withSwarm(answer, async (swarm, { requests }) => {
    const request = { spec: SPEC, version: 7, registryAuth: undefined };
    deepEqual(await swarm.updateService("s1", request, signal), { warnings: [] });
    await swarm.updateService("s1", { ...request, registryAuth: "c2VjcmV0" }, signal);
    deepEqual(sent, [null, "c2VjcmV0"]);
    equal(requests[0]?.path, "/v1.41/services/s1/update?version=7");
    ok(requests[0]?.body.includes('"StopGracePeriod":9007199254740993'), requests[0]?.body);
  });
});

Deno.test("rollBackService() asks for the spec before, of the version that it was given", async () => {
  await withSwarm(() => Response.json({ Warnings: [] }), async (swarm, { requests }) => {
    await swarm.rollBackService(SERVICE, signal);
    equal(requests[0]?.path, "/v1.41/services/s1/update?version=7&rollback=previous");
    deepEqual(JSON.parse(requests[0]?.body ?? ""), SERVICE.Spec);
  });
});

Deno.test("inspectService() takes the exact name or id, not one whose id begins with the name", async () => {
  await withSwarm(() => Response.json(SERVICE), async (swarm, { requests }) => {
    equal((await swarm.inspectService("web", signal))?.ID, "s1");
    equal((await swarm.inspectService("s1", signal))?.ID, "s1");
    equal(await swarm.inspectService("s", signal), undefined);
    equal(requests[0]?.path, "/v1.41/services/web");
  });
  await withSwarm(refusing(404, "service web not found"), async (swarm) => {
    equal(await swarm.inspectService("web", signal), undefined);
  });
  await withSwarm(refusing(400, "service w is ambiguous (2 matches found)"), async (swarm) => {
    equal(await swarm.inspectService("w", signal), undefined);
  });
});

Deno.test("an error keeps the engine's own words, its status, and says what was asked for", async (t) => {
  const noLeader = "rpc error: code = Unknown desc = The swarm does not have a leader.";
  const request = { spec: SPEC, version: 7, registryAuth: undefined };
  const table: [string, number, string, (swarm: SwarmEngine) => Promise<unknown>][] = [
    ['create the service "web"', 409, "name conflicts", (swarm) => swarm.createService(request, signal)],
    ['create the service "web"', 503, "not a manager", (swarm) => swarm.createService(request, signal)],
    [
      'update the service "web"',
      500,
      "out of sequence",
      (swarm) => swarm.updateService("s1", request, signal),
    ],
    ['roll back the service "web"', 400, "no previous", (swarm) => swarm.rollBackService(SERVICE, signal)],
    [
      'inspect the service "web"',
      400,
      "client version 1.41 is too old",
      (swarm) => swarm.inspectService("web", signal),
    ],
    ['inspect the service "web"', 500, noLeader, (swarm) => swarm.inspectService("web", signal)],
    ["remove the service", 503, "not a manager", (swarm) => swarm.removeService("s1", signal)],
    ["list the tasks of the service", 404, "no s1", (swarm) => swarm.listTasks({ service: "s1" }, signal)],
    ["list the nodes of the swarm", 503, "not a manager", (swarm) => swarm.listNodes(signal)],
    [
      "follow the log of the task",
      404,
      "no t1",
      (swarm) => swarm.followTaskLog("t1", undefined, signal),
    ],
  ];
  for (const [operation, status, reason, call] of table) {
    await t.step(`${operation}: ${status}`, () =>
      withSwarm(refusing(status, reason), async (swarm) => {
        await rejects(call(swarm), (error) => {
          ok(error instanceof EngineError);
          deepEqual([error.operation, error.httpStatus, error.reason], [operation, status, reason]);
          return true;
        });
      }));
  }
});

Deno.test("removeService() is done where the service is gone", async () => {
  await withSwarm(refusing(404, "service s1 not found"), async (swarm, { requests }) => {
    await swarm.removeService("s1", signal);
    equal(`${requests[0]?.method} ${requests[0]?.path}`, "DELETE /v1.41/services/s1");
  });
});

Deno.test("listTasks() asks for what is wanted only", async () => {
  await withSwarm(() => Response.json([{ ID: "t1" }]), async (swarm, { requests }) => {
    deepEqual((await swarm.listTasks({}, signal)).map(({ ID }) => ID), ["t1"]);
    await swarm.listTasks({ service: "s1" }, signal);
    await swarm.listTasks({ label: "a=b", desiredState: ["running", "remove"] }, signal);
    deepEqual(requests.map(({ path }) => JSON.parse(queryOf(path).filters ?? "")), [
      {},
      { service: ["s1"] },
      { label: ["a=b"], "desired-state": ["running", "remove"] },
    ]);
  });
});

Deno.test("inspectDistribution() yields the digest and the platforms, which may have parts missing", async () => {
  const Platforms = [{ architecture: "arm64", os: "linux", variant: "v8" }, { os: "linux" }];
  const answers = [{ Descriptor: { digest: "sha256:1" }, Platforms }, {
    Descriptor: { digest: "sha256:2" },
    Platforms: null,
  }];
  await withSwarm(() => Response.json(answers.shift()), async (swarm, { requests }) => {
    const ask = () =>
      swarm.inspectDistribution("registry.example/team/web:1", { registryAuth: undefined, signal });
    deepEqual(await ask(), {
      digest: "sha256:1",
      platforms: [{ architecture: "arm64", os: "linux" }, { architecture: "", os: "linux" }],
    });
    deepEqual(await ask(), { digest: "sha256:2", platforms: [] });
    equal(requests[0]?.path, "/v1.41/distribution/registry.example/team/web%3A1/json");
  });
});
