/** A Swarm service on a real swarm of three managers: what happens to them, and who supervises it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { SwarmCluster } from "../support/swarm_cluster.ts";
import { SwarmService } from "../support/swarm_service.ts";

const IDLE = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

Deno.test("a Swarm service on a swarm of three managers", async (t) => {
  await using cluster = await SwarmCluster.start({ managers: 3 });
  const [first, second, third] = cluster.nodes as [
    typeof cluster.manager,
    typeof cluster.manager,
    typeof cluster.manager,
  ];
  // Supervised from one that is not the leader.
  await using service = await SwarmService.create({ on: second, script: IDLE, swarm: { replicas: 3 } });
  const process = service.run();
  await service.ready();
  const before = (await service.tasks(third)).map(({ ID }) => ID).sort();

  await t.step("another manager's unit is refused, and says where the service is supervised", async () => {
    await using other = await SwarmService.create({
      on: third,
      script: IDLE,
      name: service.name,
      swarm: { replicas: 3 },
    });
    const { code, records } = await other.run().exit();
    equal(code, 70);
    match(
      records.at(-1)?.message ?? "",
      new RegExp(`${service.name} is supervised on manager-2; stop it there$`),
    );
    ok(await service.inspect());
  });

  await t.step(
    "the leader is killed: its task moves, and nobody is taken for running who is not known to",
    async () => {
      await first.kill();
      await service.status(/^\d of 3 tasks confirmed since \d\d:\d\d; .*manager-1 is unknown/);
      await service.status(/^Running since \d\d:\d\d, 3 of 3 tasks on 2 nodes/);
      await first.start();
      await cluster.until(first, "ready", second);
    },
  );

  await t.step("the quorum is lost, and regained: STATUS says so, the tasks run on", async () => {
    const running = (await service.tasks(second)).map(({ ID }) => ID).sort();
    first.freeze();
    third.freeze();
    await service.status(
      /^The swarm (has no leader|does not answer) since \d\d:\d\d; then 3 of 3 tasks ran$/,
    );
    first.thaw();
    third.thaw();
    // The swarm itself takes a minute and more to trust its nodes again.
    await service.status(/^Running since \d\d:\d\d, 3 of 3 tasks/, 240_000);
    equal((await service.tasks(second)).length, running.length);
  });

  await t.step("the engine of the manager that supervises is restarted", async () => {
    await second.stop();
    await service.status(/^The (engine|swarm) does not answer since \d\d:\d\d; then 3 of 3 tasks ran$/);
    await second.start();
    await service.status(/^Running since \d\d:\d\d, 3 of 3 tasks/, 240_000);
  });

  await t.step(
    "it is no manager any more: 70, the service goes on, and is taken over from another one",
    async () => {
      await cluster.demote(second, first);
      const { code, records } = await process.exit();
      equal(code, 70);
      match(
        records.at(-1)?.message ?? "",
        /this engine is a worker of its swarm.*the service stays in the swarm$/,
      );
      await second.kill();
      await cluster.until(second, "down", first);
      await using other = await SwarmService.create({
        on: first,
        script: IDLE,
        name: service.name,
        swarm: { replicas: 3 },
      });
      const taking = other.run();
      await other.ready();
      ok(
        taking.records.some(({ message }) =>
          /^The node manager-2, on which .* was supervised, is down, or no manager any more: it is taken over$/
            .test(message)
        ),
      );
      taking.signal("SIGTERM");
      equal((await taking.exit()).code, 0);
      equal(await service.inspect(first), undefined);
    },
  );
  deepEqual(before.length, 3);
});
