/** What is remembered of a container's events when it ends. */
import { equal } from "node:assert/strict";
import type { ContainerEngine, ContainerEvent } from "../../src/engine/engine.ts";
import { NEVER, pause, within } from "../../src/host/pause.ts";
import { EventWatch } from "../../src/engine/event_watch.ts";

/** A watch that hears what the test lets it hear, by a clock that the test sets. */
async function watchedContainer() {
  const events = new TransformStream<ContainerEvent, ContainerEvent>();
  const writer = events.writable.getWriter();
  const engine = { followEvents: () => Promise.resolve(events.readable) } as unknown as ContainerEngine;
  const clock = performance.now;
  let laterMs = 0;
  performance.now = () => clock.call(performance) + laterMs;
  return {
    watch: await EventWatch.begin("1", engine, new AbortController()),
    /** Returns when the watch has it: a turn of the event loop later. */
    async hear(event: ContainerEvent) {
      await writer.write(event);
      await pause(0, NEVER);
    },
    pass: (ms: number) => laterMs += ms,
    async [Symbol.asyncDispose]() {
      performance.now = clock;
      await writer.close();
    },
  };
}

const seen = (event: Promise<string>) => within(0, event);

Deno.test("a signal counts for the end that follows it, not for one that comes days later", async () => {
  await using container = await watchedContainer();
  const { watch } = container;
  equal(await seen(watch.signalled), undefined);
  await container.hear({ action: "kill", signal: 15 });
  container.pass(60_000);
  equal(await seen(watch.signalled), "signalled");
  container.pass(86_400_000);
  equal(await seen(watch.signalled), undefined, "forgotten");
  equal(await seen(watch.outOfMemory), undefined);
  const waiting = watch.signalled;
  await container.hear({ action: "kill", signal: 15 });
  equal(await seen(waiting), "signalled", "whoever waits hears of the next one");
});

Deno.test("a container is paused from the event on, and what was looked at meanwhile was looked at in a pause", async () => {
  await using container = await watchedContainer();
  const { watch } = container;
  const beforeMs = performance.now();
  equal(watch.wasPausedSince(beforeMs), false);
  await container.hear({ action: "pause", signal: NaN });
  equal(watch.isPaused, true);
  container.pass(1000);
  await container.hear({ action: "unpause", signal: NaN });
  equal(watch.isPaused, false);
  equal(watch.wasPausedSince(beforeMs), true);
  container.pass(1000);
  equal(watch.wasPausedSince(performance.now()), false);
});
