import { deepEqual, match } from "node:assert/strict";
import { claim } from "../../src/swarm/ownership.ts";
import { CONFIG_LABEL, OWNER_LABEL } from "../../src/swarm/service_labels.ts";
import { node, service, spec } from "./played_swarm.ts";

const US = { config: "/srv/config/web.yaml", nodeId: "node-a" };

function claimOf(labels: Record<string, string>, state?: "ready" | "down" | "unknown" | "disconnected") {
  const nodes = [node("node-a"), ...state === undefined ? [] : [node("node-b", state)]];
  return claim(service(spec(1, { Labels: labels })), nodes, US);
}

Deno.test("a service that is ours, or nobody's, is granted", () => {
  const ours = { [CONFIG_LABEL]: US.config };
  deepEqual(claimOf({ ...ours, [OWNER_LABEL]: "node-a" }), { kind: "granted" });
  deepEqual(claimOf({ ...ours, [OWNER_LABEL]: "" }), { kind: "granted" });
  deepEqual(claimOf(ours), { kind: "granted" });
});

Deno.test("one that somebody else has made is refused, with what to do", () => {
  const refused = claimOf({});
  match(JSON.stringify(refused), /"refused".*service_runner has not created.*docker service rm web/);
});

Deno.test("one that another node supervises is refused while that is up, and taken over when it is gone", () => {
  const theirs = { [CONFIG_LABEL]: US.config, [OWNER_LABEL]: "node-b" };
  deepEqual(claimOf(theirs, "ready"), {
    kind: "refused",
    reason: "web is supervised on node-b; stop it there",
  });
  deepEqual(claimOf(theirs, "down"), { kind: "granted", from: "node-b" });
  deepEqual(claimOf(theirs), { kind: "granted", from: "node-b" });
  for (const state of ["unknown", "disconnected"] as const) {
    deepEqual(claimOf(theirs, state), {
      kind: "unclear",
      reason: `web is supervised on node-b, which is ${state}`,
    });
  }
});

Deno.test("one whose owner's node is a worker by now is taken over: a worker supervises nothing", () => {
  const { ManagerStatus: _, ...worker } = node("node-b");
  const theirs = service(spec(1, { Labels: { [CONFIG_LABEL]: US.config, [OWNER_LABEL]: "node-b" } }));
  deepEqual(claim(theirs, [node("node-a"), worker], US), { kind: "granted", from: "node-b" });
});

Deno.test("two configs of one machine do not fight over a service", () => {
  const other = claimOf({ [CONFIG_LABEL]: "/srv/config/shop.yaml", [OWNER_LABEL]: "node-a" });
  match(JSON.stringify(other), /"refused".*shop.yaml/);
});
