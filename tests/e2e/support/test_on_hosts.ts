/** Tests that run on every host, each of which is booted once for all of them. */
import { ok } from "node:assert/strict";
import { testEngine } from "../../support/test_engine.ts";
import { type Debian, DEBIANS } from "./debian_root.ts";
import type { Host } from "./host.ts";
import { freshHost, runningHost } from "./running_host.ts";

/** Sanitizers watch over one thing at a time; the hosts are tested side by side. */
const SIDE_BY_SIDE = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

/** What not every machine gives each of its hosts, and how to ask a host. */
const NEEDS = {
  "a memory controller": async (host: Host) =>
    await host.docker("info", "--format", "{{.MemoryLimit}}") === "true",
};

export interface HostTestOptions {
  /** Where it can run; by default everywhere. */
  readonly on?: readonly Debian[];
  /** On hosts of its own, without the program. */
  readonly fresh?: boolean;
  /** One host after the other: for what takes the whole machine, where it must not take too long. */
  readonly inTurn?: boolean;
  /** A host without it is left out, and the step says so; where all of them are, the test fails. */
  readonly needs?: keyof typeof NEEDS;
}

type HostTest = (host: Host) => Promise<void>;

/** Registers a test that runs on all hosts at the same time, a step for each. */
export function testOnHosts(name: string, run: HostTest, options: HostTestOptions = {}): void {
  testSideBySide(name, { "": run }, options);
}

/** As `testOnHosts`, for several cases at the same time: such as spend theirs waiting. */
export function testSideBySide(
  name: string,
  cases: Readonly<Record<string, HostTest>>,
  { on = DEBIANS, fresh = false, inTurn = false, needs }: HostTestOptions = {},
): void {
  Deno.test(name, async (t) => {
    const runOn = async (debian: Debian) => {
      const step = (title: string, fn: () => Promise<void>) =>
        t.step({ name: `Debian ${debian}${title}`, fn, ignore: isLeftOut(debian), ...SIDE_BY_SIDE });
      if (needs !== undefined && !isLeftOut(debian) && !await has(needs, debian)) {
        await step(`: not here, it lacks ${needs}`, () => Promise.resolve());
        return false;
      }
      const host = () => (fresh ? freshHost : runningHost)(debian, testEngine());
      await Promise.all(
        Object.entries(cases).map(([title, run]) =>
          step(title === "" ? "" : `: ${title}`, async () => await run(await host()))
        ),
      );
      return !isLeftOut(debian);
    };
    const ran = await (inTurn ? Array.fromAsync(on, runOn) : Promise.all(on.map(runOn)));
    if (needs !== undefined) ok(ran.includes(true), `Cannot test: no host has ${needs}`);
  });
}

/** For whoever works on one of them. `deno task test` counts what is ignored as failed. */
export function isLeftOut(debian: Debian): boolean {
  const only = Deno.env.get("SERVICE_RUNNER_TEST_DEBIAN");
  return only !== undefined && only !== debian;
}

async function has(need: keyof typeof NEEDS, debian: Debian): Promise<boolean> {
  return await NEEDS[need](await runningHost(debian, testEngine()));
}
