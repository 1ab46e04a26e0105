import { equal, ok } from "node:assert/strict";
import { firstChange, firstLack } from "../../src/swarm/changed_outside.ts";
import { spec } from "./played_swarm.ts";

const container = (more: object) => ({ TaskTemplate: { ContainerSpec: { Image: "busybox", ...more } } });

Deno.test("firstChange() names the first place where somebody has changed something", () => {
  equal(firstChange(spec(3), spec(5)), "Mode.Replicated.Replicas is 5, was 3");
  equal(firstChange(spec(1), spec(1, { Labels: { a: "b" } })), "Labels.a is there, and was not");
  equal(firstChange(spec(1), spec("global")), "Mode.Replicated is not there any more");
});

Deno.test("what the engine leaves out, and a restart by hand, is no change", () => {
  equal(firstChange(spec(1, container({ Env: [], TTY: false })), spec(1, container({}))), undefined);
  const forced = { TaskTemplate: { ...spec(1).TaskTemplate, ForceUpdate: 2 } };
  equal(firstChange(spec(1), spec(1, forced)), undefined);
});

Deno.test("firstLack() takes what the engine adds for no change", () => {
  const now = spec(1, { ...container({ StopGracePeriod: 10e9 }), EndpointSpec: { Mode: "vip" } });
  equal(firstLack(spec(1), now), undefined);
  equal(
    firstLack(spec(1, container({ StopGracePeriod: 5_000_000_000n })), now)?.includes("StopGracePeriod"),
    true,
  );
  equal(firstLack(spec(1, container({ StopGracePeriod: 10_000_000_000n })), now), undefined);
});

Deno.test("of what somebody has added to a list, firstLack() knows, too", () => {
  equal(
    firstLack(spec(1, container({ Env: ["A=1"] })), spec(1, container({ Env: ["A=1", "B=2"] }))),
    "TaskTemplate.ContainerSpec.Env.1 is there, and was not",
  );
});

Deno.test("networks have ids in the place of their names", () => {
  const on = (Target: string) => ({ TaskTemplate: { ...spec(1).TaskTemplate, Networks: [{ Target }] } });
  equal(firstLack(spec(1, on("shop")), spec(1, on("k2n4"))), undefined);
});

Deno.test("texts are not shown: they may be secret", () => {
  const secret = (value: string) => ({
    env: container({ Env: [`PASSWORD=${value}`] }),
    argument: container({ Args: [`--token=${value}`] }),
    driver: {
      TaskTemplate: { ...spec(1).TaskTemplate, LogDriver: { Name: "splunk", Options: { token: value } } },
    },
  });
  const [known, now] = [secret("old"), secret("hidden")];
  for (const key of ["env", "argument", "driver"] as const) {
    const changes = [
      firstChange(spec(1, known[key]), spec(1, now[key])),
      firstChange(spec(1), spec(1, now[key])),
    ];
    for (const change of changes) {
      ok(change !== undefined);
      ok(!change.includes("hidden"), change);
    }
  }
});
