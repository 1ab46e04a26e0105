import { deepEqual, equal } from "node:assert/strict";
import { firstChange, firstLack } from "../../src/swarm/changed_outside.ts";
import { spec } from "./played_swarm.ts";

const container = (more: object) => ({ TaskTemplate: { ContainerSpec: { Image: "busybox", ...more } } });

Deno.test("firstChange() names the first place where somebody has changed something", () => {
  equal(firstChange(spec(3), spec(5)), "Mode.Replicated.Replicas is 5, was 3");
  equal(
    firstChange(spec(1), spec(1, { Labels: { a: "b" } })),
    "Labels.a is b, was nothing",
  );
  equal(firstChange(spec(1), spec("global")), 'Mode.Replicated is nothing, was {"Replicas":1}');
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

Deno.test("values that may be secret are not shown", () => {
  const changes = [
    firstChange(spec(1, container({ Env: ["PASSWORD=old"] })), spec(1, container({ Env: ["PASSWORD=new"] }))),
  ];
  deepEqual(changes, ["TaskTemplate.ContainerSpec.Env.0 is another one"]);
});
