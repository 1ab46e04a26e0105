/** Tests that run on every host, each of which is booted once for all of them. */
import { testEngine } from "../../support/test_engine.ts";
import type { Debian } from "./debian_root.ts";
import type { Host } from "./host.ts";
import { freshHost, runningHost } from "./running_host.ts";

const ALL: readonly Debian[] = ["12", "13"];

/** Sanitizers watch over one thing at a time; the hosts are tested side by side. */
const SIDE_BY_SIDE = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

export interface HostTestOptions {
  /** Where it can run; by default everywhere. */
  readonly on?: readonly Debian[];
  /** On hosts of its own, without the program. */
  readonly fresh?: boolean;
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
  { on = ALL, fresh = false }: HostTestOptions = {},
): void {
  const only = Deno.env.get("SERVICE_RUNNER_TEST_DEBIAN");
  Deno.test(name, async (t) => {
    const steps = on.flatMap((debian) =>
      Object.entries(cases).map(([title, run]) =>
        t.step({
          name: `Debian ${debian}${title === "" ? "" : `: ${title}`}`,
          ...SIDE_BY_SIDE,
          // For whoever works on one of them. `deno task test` counts what is ignored as failed.
          ignore: only !== undefined && only !== debian,
          fn: async () => await run(await (fresh ? freshHost : runningHost)(debian, testEngine())),
        })
      )
    );
    await Promise.all(steps);
  });
}
