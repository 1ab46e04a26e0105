/** A Swarm service from start to end, on a swarm in memory: the endings that a real one does not give on demand. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { CONFIG_LABEL, OWNER_LABEL } from "../../src/swarm/service_labels.ts";
import type { FakeSwarm } from "../support/fake_swarm.ts";
import { CONFIG, SwarmBed } from "./swarm_bed.ts";

const READY = /^READY=1/;

/** A service that an earlier run of ours has left, then changed by `change`. */
async function leftBehind(config = CONFIG): Promise<FakeSwarm> {
  await using bed = new SwarmBed({ config, meant: "shutdown" });
  await bed.until(READY);
  bed.signal("SIGTERM");
  equal(await bed.exitCode, 0);
  return bed.swarm;
}

/** For a bed on which that service is there. */
function present(left: Pick<FakeSwarm, "service" | "tasks">) {
  return (swarm: FakeSwarm) => swarm.adopt(left);
}

Deno.test("start to stop: created, ready when all tasks run, removed", async () => {
  await using bed = new SwarmBed();
  await bed.until(READY);
  match(bed.status, /^Running since \d\d:\d\d, 2 of 2 tasks on 2 nodes, no checks$/);
  bed.signal("SIGTERM");
  equal(await bed.exitCode, 0);
  deepEqual(bed.swarm.changes, ["createService", "removeService"]);
  equal(bed.swarm.service, undefined);
});

Deno.test("a service that is there, as the config wants it, is taken up: nothing happens to it", async () => {
  const left = await leftBehind();
  await using bed = new SwarmBed({ prepare: present(left) });
  await bed.until(READY);
  deepEqual(bed.swarm.changes, []);
});

Deno.test("a service that is there and wanted otherwise is updated", async () => {
  const left = await leftBehind();
  await using bed = new SwarmBed({ prepare: present(left), config: `${CONFIG}service_args: [other]\n` });
  await bed.until(READY);
  deepEqual(bed.swarm.changes, ["updateService"]);
  deepEqual(bed.swarm.service?.Spec.TaskTemplate.ContainerSpec.Args, ["other"]);
});

Deno.test("an answer that is lost: what was asked for may have been done, and is not done twice", async (t) => {
  for (
    const fault of [
      { httpStatus: 500, reason: "context deadline exceeded", isDone: true },
      { httpStatus: 500, reason: "context deadline exceeded" },
      { reason: "the connection broke off", isDone: true },
    ]
  ) {
    await t.step(JSON.stringify(fault), async () => {
      await using bed = new SwarmBed({ prepare: (swarm) => swarm.failOnce("createService", fault) });
      await bed.until(READY);
      deepEqual(bed.swarm.changes, fault.isDone ? ["createService"] : ["createService", "createService"]);
    });
    await t.step(`update: ${JSON.stringify(fault)}`, async () => {
      const left = await leftBehind();
      await using bed = new SwarmBed({
        config: `${CONFIG}service_args: [other]\n`,
        prepare: (swarm) => {
          present(left)(swarm);
          swarm.failOnce("updateService", fault);
        },
      });
      await bed.until(READY);
      deepEqual(bed.swarm.changes, fault.isDone ? ["updateService"] : ["updateService", "updateService"]);
    });
  }
});

Deno.test("a service that is not ours, or another node's, ends the start with 70, and stays as it is", async (t) => {
  const left = await leftBehind();
  const rows: Record<string, { readonly change: (swarm: FakeSwarm) => void; readonly told: RegExp }> = {
    "somebody else's": {
      change: ({ service }) => delete service!.Spec.Labels[CONFIG_LABEL],
      told: /that service_runner has not created/,
    },
    "another node's": {
      change: ({ service }) => service!.Spec.Labels[OWNER_LABEL] = "node-b",
      told: /web is supervised on node-b; stop it there/,
    },
  };
  for (const [name, { change, told }] of Object.entries(rows)) {
    await t.step(name, async () => {
      await using bed = new SwarmBed({
        prepare: (swarm) => {
          present(structuredClone({ service: left.service, tasks: left.tasks }))(swarm);
          change(swarm);
        },
      });
      equal(await bed.exitCode, 70);
      match(bed.status, told);
      deepEqual(bed.swarm.changes, []);
    });
  }
});

Deno.test("a service whose owner's node is down is taken over by its labels alone", async () => {
  const left = await leftBehind();
  await using bed = new SwarmBed({
    prepare: (swarm) => {
      present(left)(swarm);
      swarm.service!.Spec.Labels[OWNER_LABEL] = "node-c";
    },
  });
  await bed.until(READY);
  deepEqual(bed.swarm.changes, ["updateService"]);
  equal(bed.swarm.service?.Spec.Labels[OWNER_LABEL], "node-a");
});

Deno.test("an engine that is no manager ends the start with 70 and advice; one that comes up is waited for", async (t) => {
  await t.step("no swarm", async () => {
    await using bed = new SwarmBed({ prepare: (swarm) => swarm.info = { LocalNodeState: "inactive" } });
    equal(await bed.exitCode, 70);
    match(bed.status, /docker swarm init/);
  });
  await t.step("a worker", async () => {
    const info = { LocalNodeState: "active", NodeID: "node-a", ControlAvailable: false } as const;
    await using bed = new SwarmBed({ prepare: (swarm) => swarm.info = info });
    equal(await bed.exitCode, 70);
    match(bed.status, /docker node promote node-a/);
  });
  await t.step("locked, and unlocked", async () => {
    let info: FakeSwarm["info"] | undefined;
    await using bed = new SwarmBed({
      prepare: (swarm) => {
        ({ info } = swarm);
        swarm.info = { LocalNodeState: "locked" };
      },
    });
    await bed.until(/STATUS=Waiting for the swarm: the swarm is locked/);
    bed.swarm.info = info!;
    await bed.until(READY);
  });
});

Deno.test("a start that is not ready in time removes what it has created, and leaves what was there", async (t) => {
  const config = `${CONFIG}ready: {timeout: 50ms}\n`;
  await t.step("created", async () => {
    const newTask = () => ({ state: "pending" as const, error: "no suitable node (scheduling constraints)" });
    await using bed = new SwarmBed({ config, prepare: (swarm) => swarm.newTask = newTask });
    equal(await bed.exitCode, 70);
    match(bed.status, /not ready within 0.05 s: 0 of 2 tasks run; web.1 on node-a: no suitable node/);
    deepEqual(bed.swarm.changes, ["createService", "removeService"]);
  });
  await t.step("updated: it is taken back", async () => {
    const left = await leftBehind(config);
    await using bed = new SwarmBed({
      config: `${config}service_args: [other]\n`,
      prepare: (swarm) => {
        present(left)(swarm);
        swarm.newTask = () => ({ state: "pending" });
      },
    });
    equal(await bed.exitCode, 70);
    deepEqual(bed.swarm.changes, ["updateService", "rollBackService"]);
    equal(bed.swarm.service?.Spec.TaskTemplate.ContainerSpec.Args, undefined);
  });
});

Deno.test("a reload: nothing to change, an update, one that is taken back", async () => {
  await using bed = new SwarmBed();
  let at = await bed.until(READY);
  bed.signal("SIGHUP");
  at = await bed.until(READY, at);
  deepEqual(bed.swarm.changes, ["createService"]);
  bed.configure(`${CONFIG}service_args: [other]\n`);
  bed.signal("SIGHUP");
  at = await bed.until(READY, at);
  deepEqual(bed.swarm.changes, ["createService", "updateService"]);
  bed.configure(`${CONFIG}service_args: [bad]\n`);
  bed.swarm.newTask = ({ Slot }) => Slot === 2 ? { state: "failed", exitCode: 3 } : { state: "running" };
  bed.signal("SIGHUP");
  await bed.until(READY, at);
  match(bed.status, /reload refused: rolled back: web.2 failed: exit code 3 on node-b$/);
  deepEqual(bed.swarm.service?.Spec.TaskTemplate.ContainerSpec.Args, ["other"]);
});

Deno.test("tasks that are missing are told at once, and as a problem after a while", async () => {
  await using bed = new SwarmBed({ config: CONFIG.replace("{", "{on_minimum: fail, ") });
  await bed.until(READY);
  bed.swarm.move(2, "failed", { exitCode: 1 });
  await bed.until(/STATUS=1 of 2 tasks run since \d\d:\d\d; web.2 failed: exit code 1 on node-b$/);
  equal(await bed.exitCode, 75);
  ok(bed.messages.some((text) => /^error Only 1 of 2 tasks run since .*, at least 2 have to/.test(text)));
  deepEqual(bed.swarm.changes, ["createService"]);
});

Deno.test("what ends the supervision leaves the service; removed by somebody, it is missed", async (t) => {
  await t.step("another node has it", async () => {
    await using bed = new SwarmBed();
    await bed.until(READY);
    bed.swarm.service!.Spec.Labels[OWNER_LABEL] = "node-b";
    bed.swarm.tell();
    equal(await bed.exitCode, 70);
    match(bed.status, /it is supervised on node-b now/);
    deepEqual(bed.swarm.changes, ["createService"]);
  });
  await t.step("removed", async () => {
    await using bed = new SwarmBed();
    await bed.until(READY);
    bed.swarm.service = undefined;
    bed.swarm.tell();
    equal(await bed.exitCode, 70);
    match(bed.status, /somebody has removed it/);
  });
});

Deno.test("a swarm without a leader is told in STATUS, with how many tasks ran; then it is well again", async () => {
  await using bed = new SwarmBed();
  const at = await bed.until(READY);
  const { info } = bed.swarm;
  bed.swarm.info = { ...info, Error: "rpc error: code = Unknown desc = The swarm does not have a leader" };
  bed.swarm.failOnce("inspectService", { httpStatus: 500, reason: "The swarm does not have a leader" });
  bed.swarm.tell();
  await bed.until(/STATUS=The swarm has no leader since \d\d:\d\d; then 2 of 2 tasks ran$/, at);
  bed.swarm.info = info;
  await bed.until(/STATUS=Running since/, at);
});

Deno.test("what somebody else has changed is told, and stays until a reload", async () => {
  await using bed = new SwarmBed();
  let at = await bed.until(READY);
  const { service } = bed.swarm;
  service!.Spec = {
    ...service!.Spec,
    TaskTemplate: { ...service!.Spec.TaskTemplate, Placement: { MaxReplicas: 1 } },
  };
  bed.swarm.tell();
  at = await bed.until(
    /Changed from outside: TaskTemplate.Placement is there, and was not/,
    at,
  );
  deepEqual(bed.swarm.changes, ["createService"]);
  bed.signal("SIGHUP");
  await bed.until(READY, at);
  equal(bed.swarm.service?.Spec.TaskTemplate.Placement, undefined);
  ok(!/Changed/.test(bed.status), bed.status);
});

Deno.test("an end that leaves the service: kept, the machine goes down, a restart of the unit, systemd does not tell", async (t) => {
  await t.step("on_stop: keep, be it since a reload, clears the owner", async () => {
    await using bed = new SwarmBed();
    const at = await bed.until(READY);
    bed.configure(CONFIG.replace("{", "{on_stop: keep, "));
    bed.signal("SIGHUP");
    await bed.until(READY, at);
    bed.signal("SIGTERM");
    equal(await bed.exitCode, 0);
    equal(bed.swarm.service?.Spec.Labels[OWNER_LABEL], "");
    equal(bed.swarm.tasks.length, 2);
  });
  for (const meant of ["shutdown", "restart"] as const) {
    await t.step(meant, async () => {
      await using bed = new SwarmBed({ meant });
      await bed.until(READY);
      bed.signal("SIGTERM");
      equal(await bed.exitCode, 0);
      deepEqual(bed.swarm.changes, ["createService"]);
      equal(bed.swarm.service?.Spec.Labels[OWNER_LABEL], "node-a");
    });
  }
  await t.step("silent", async () => {
    await using bed = new SwarmBed({ meant: "silent" });
    await bed.until(READY);
    bed.signal("SIGTERM");
    equal(await bed.exitCode, 70);
    match(bed.status, /find out whether the machine goes down: .*docker service rm web/);
    deepEqual(bed.swarm.changes, ["createService"]);
  });
  await t.step("a fault of the program's own", async () => {
    await using bed = new SwarmBed();
    await bed.until(READY);
    bed.defect(new Error("of a test"));
    equal(await bed.exitCode, 70);
    deepEqual(bed.swarm.changes, ["createService"]);
  });
});

Deno.test("a stop waits for the containers, also while the swarm does not answer, and does not wait for a node that is down", async (t) => {
  await t.step("they take their time", async () => {
    await using bed = new SwarmBed({ prepare: (swarm) => swarm.looksUntilGone = 3 });
    await bed.until(READY);
    bed.swarm.failAfterRemoval = { httpStatus: 500, reason: "the swarm has no leader" };
    bed.signal("SIGTERM");
    await bed.until(/STATUS=Stopping: 2 containers left/);
    equal(await bed.exitCode, 0);
    deepEqual(bed.swarm.changes, ["createService", "removeService"]);
    equal(bed.swarm.tasks.length, 0);
  });
  await t.step("one is on a node that is down", async () => {
    await using bed = new SwarmBed({ prepare: (swarm) => swarm.looksUntilGone = Infinity });
    await bed.until(READY);
    bed.swarm.tasks = bed.swarm.tasks.slice(1);
    bed.swarm.nodes = bed.swarm.nodes.map((node) =>
      node.ID === "node-b" ? { ...node, Status: { State: "down" } } : node
    );
    bed.signal("SIGTERM");
    equal(await bed.exitCode, 0);
    ok(
      bed.messages.some((text) =>
        /^warn Left behind until their nodes end them: .* on node-b \(down\)$/.test(text)
      ),
    );
  });
});

Deno.test("ready.when: checks: an update whose checks fail is taken back", async () => {
  const config = (path: string) =>
    `${CONFIG}ready: {when: checks, timeout: 1s}\nmonitor: {check_http: [{path: ${path}, port: 80, frequency: 1}]}\n`;
  const left = await leftBehind(config("/"));
  await using bed = new SwarmBed({
    prepare: present(left),
    config: `${config("/other")}service_args: [other]\n`,
  });
  bed.httpStatus = 500;
  equal(await bed.exitCode, 70);
  match(bed.status, /waited for checks: http \/other status 500, expected 200; rolled back$/);
  deepEqual(bed.swarm.changes, ["updateService", "rollBackService"]);
});

Deno.test("a run that was killed in the middle of an update: the next one sees it taken back, and says so", async () => {
  const left = await leftBehind();
  await using bed = new SwarmBed({
    prepare: (swarm) => {
      present(left)(swarm);
      swarm.service!.UpdateStatus = { State: "updating" };
    },
  });
  await bed.until(/STATUS=Updating/);
  bed.swarm.service!.UpdateStatus = { State: "rollback_completed", Message: "rolled back" };
  bed.swarm.tell();
  equal(await bed.exitCode, 70);
  match(bed.status, /the service is not updated: rolled back/);
});

Deno.test("credentials go with the service; one that is taken up gets those of now, and no task is replaced", async () => {
  const auth = btoa("somebody:of-a-test");
  const files = new Map([[
    "/auth.json",
    JSON.stringify({ auths: { "https://index.docker.io/v1/": { auth } } }),
  ]]);
  const options = { files, env: { REGISTRY_AUTH_FILE: "/auth.json" } };
  const left = await leftBehind();
  equal(left.registryAuth, undefined);
  await using bed = new SwarmBed({ ...options, prepare: present(left) });
  const before = bed.swarm.tasks.map(({ ID }) => ID);
  await bed.until(READY);
  await bed.untilTrue(() => bed.swarm.registryAuth !== undefined, "the credentials");
  match(atob(bed.swarm.registryAuth ?? ""), /"password":"of-a-test"/);
  deepEqual(bed.swarm.tasks.map(({ ID }) => ID), before);
  deepEqual(bed.swarm.changes, ["updateService"]);
  ok(!JSON.stringify(bed.records).includes("of-a-test"));
});

Deno.test("what goes back to the spec of before, and the owner of before, stays ours", async () => {
  const left = await leftBehind();
  await using bed = new SwarmBed({
    config: `${CONFIG}service_args: [bad]\n`,
    prepare: (swarm) => {
      present(left)(swarm);
      swarm.service!.Spec.Labels[OWNER_LABEL] = "";
      swarm.newTask = () => ({ state: "failed", exitCode: 3 });
    },
  });
  equal(await bed.exitCode, 70);
  match(bed.status, /the service is not updated: rolled back: web.\d failed: exit code 3 on node-\w$/);
  equal(bed.swarm.service?.Spec.Labels[OWNER_LABEL], "node-a");
});

Deno.test("a check that fails has the tasks restarted by the swarm, once", async () => {
  const check = "{path: /, port: 80, frequency: 1, on_failure: restart, restart_interval: 1h}";
  await using bed = new SwarmBed({
    config: `${CONFIG}monitor: {check_http: [${check}]}\n`,
    prepare: (swarm) =>
      swarm.failOnce("updateService", { httpStatus: 500, reason: "deadline exceeded", isDone: true }),
  });
  await bed.until(READY);
  const before = bed.swarm.tasks.map(({ ID }) => ID);
  bed.httpStatus = 500;
  await bed.untilTrue(() => bed.swarm.changes.includes("updateService"), "the restart");
  await bed.until(/STATUS=Running since .*failing/);
  equal(bed.swarm.service?.Spec.TaskTemplate.ForceUpdate, 1);
  ok(bed.swarm.tasks.every(({ ID }) => !before.includes(ID)));
  equal(bed.swarm.tasks.length, 2);
});

Deno.test("SIGTERM at any call of a start: an end with 0, and nothing is left", async (t) => {
  const calls = await callsOfAStart();
  ok(calls > 8, `${calls} calls`);
  for (let at = 1; at <= calls; at++) {
    await t.step(`at call ${at}`, async () => {
      await using bed = new SwarmBed();
      let count = 0;
      bed.swarm.onAnyCall = () => {
        if (++count === at) bed.signal("SIGTERM");
      };
      equal(await bed.exitCode, 0);
      equal(bed.swarm.service, undefined);
    });
  }
});

async function callsOfAStart(): Promise<number> {
  await using bed = new SwarmBed();
  let count = 0;
  bed.swarm.onAnyCall = () => count++;
  await bed.until(READY);
  return count;
}
