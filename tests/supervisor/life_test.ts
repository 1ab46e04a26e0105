/**
 * Every ending in every phase of a container's life: what is asked of the engine and told to systemd, in order, stands
 * for each in `tests/fixtures/lives.txt`, which `WRITE_LIVES=1 deno task test tests/supervisor/life_test.ts` writes
 * anew, to be read before it is committed.
 */
import { deepEqual, equal } from "node:assert/strict";
import { SupervisorBed } from "../support/supervisor_bed.ts";

/** The container's health decides when it is ready; a check has it restarted. */
function config(timeout: string, more = ""): string {
  return `ready: {when: healthy, timeout: ${timeout}}
monitor:
  check_container_present: false
  check_http: [{path: /, frequency: 1, on_failure: restart, restart_interval: 0s}]
${more}`;
}

const WAITING = /STATUS=.*waiting for the engine's health check/i;
/** Another plan. */
const CHANGED = "container_create_args: [--env, A=1]";

interface Phase {
  readonly name: string;
  /** The container that has to prove itself in it. */
  readonly container: string;
  /** Goes there; yields where in the timeline it begins. `timeout`: how long the container has to become ready. */
  readonly enter: (bed: SupervisorBed) => Promise<number>;
}

async function becomeReady(bed: SupervisorBed): Promise<number> {
  return await bed.until(/READY=1/);
}

/** From now on what starts does not become ready by itself. */
async function untilItWaits(bed: SupervisorBed, from: number, container: string): Promise<void> {
  const started = await bed.until(new RegExp(`^start ${container}$`), from);
  await bed.until(WAITING, started);
}

const PHASES: readonly Phase[] = [
  {
    name: "first start",
    container: "1",
    async enter(bed) {
      bed.engine.healthAfterStart = "starting";
      await untilItWaits(bed, 0, "1");
      return 0;
    },
  },
  {
    name: "restart by a check",
    container: "1",
    async enter(bed) {
      const from = await becomeReady(bed);
      bed.engine.healthAfterStart = "starting";
      bed.httpStatus = 500;
      await untilItWaits(bed, from, "1");
      bed.httpStatus = 200;
      return from;
    },
  },
  {
    name: "the engine's return",
    container: "1",
    async enter(bed) {
      const from = await becomeReady(bed);
      bed.engine.cutOff();
      await bed.until(/STATUS=Waiting for the engine:/, from);
      return from;
    },
  },
  {
    name: "reload",
    container: "2",
    async enter(bed) {
      const from = await becomeReady(bed);
      bed.engine.healthAfterStart = "starting";
      bed.configure(`${bed.config}\n${CHANGED}`);
      bed.signal("SIGHUP");
      await untilItWaits(bed, from, "2");
      return from;
    },
  },
  {
    name: "the way back of a reload",
    container: "1",
    async enter(bed) {
      const from = await becomeReady(bed);
      bed.engine.healthAfterStart = "starting";
      bed.configure(config("50ms", CHANGED));
      bed.signal("SIGHUP");
      await untilItWaits(bed, from, "1");
      return from;
    },
  },
];

interface Ending {
  readonly name: string;
  /** Brings it about. */
  readonly act: (bed: SupervisorBed, container: string) => Promise<void> | void;
  readonly timeout?: string;
  /** By phase: `serves 1`, that container serves; `exit 3`, the program ends, with this code. */
  readonly leadsTo: readonly [start: string, restart: string, regain: string, reload: string, back: string];
}

/** So that the engine is back at once. */
function comeBack(bed: SupervisorBed): void {
  bed.engine.comeBack();
}

const ENDINGS: readonly Ending[] = [
  {
    name: "ready",
    act(bed, container) {
      comeBack(bed);
      bed.engine.containers.get(container)!.health = "healthy";
    },
    leadsTo: ["serves 1", "serves 1", "serves 1", "serves 2", "serves 1"],
  },
  {
    name: "ended",
    act(bed, container) {
      bed.engine.exit(container, 3);
      comeBack(bed);
    },
    leadsTo: ["exit 3", "exit 3", "exit 3", "serves 1", "exit 3"],
  },
  {
    name: "not ready",
    timeout: "300ms",
    act: comeBack,
    // What has been ready before the engine went away need not become so again.
    leadsTo: ["exit 70", "exit 70", "serves 1", "serves 1", "exit 70"],
  },
  {
    name: "lost, and lives on",
    async act(bed, container) {
      bed.engine.cutOff();
      await bed.untilTrue(
        () => bed.messages.some((message) => /connection .* is lost/.test(message)),
        "the loss",
      );
      comeBack(bed);
      bed.engine.containers.get(container)!.health = "healthy";
    },
    leadsTo: ["serves 1", "serves 1", "serves 1", "serves 2", "serves 1"],
  },
  {
    name: "lost, and ends with the engine",
    act(bed) {
      bed.engine.cutOff({ containersDie: true });
      comeBack(bed);
    },
    leadsTo: ["exit 69", "exit 69", "exit 69", "serves 1", "exit 69"],
  },
  {
    name: "lost, and gone",
    act(bed, container) {
      bed.engine.cutOff();
      bed.engine.containers.delete(container);
      comeBack(bed);
    },
    leadsTo: ["exit 69", "exit 69", "exit 69", "serves 1", "exit 69"],
  },
  {
    name: "stopped",
    act(bed) {
      bed.signal("SIGTERM");
      comeBack(bed);
    },
    leadsTo: ["exit 0", "exit 0", "exit 0", "exit 0", "exit 0"],
  },
];

/** The service serves by this container, and by no other; then it is stopped, and nothing is left. */
async function proveItServes(bed: SupervisorBed, id: string, from: number): Promise<void> {
  // The old container has to become ready again as well.
  bed.engine.healthAfterStart = "healthy";
  bed.engine.containers.get(id)!.health = "healthy";
  await bed.until(/READY=1/, from);
  await bed.untilTrue(() => bed.engine.containers.size === 1, "one container");
  const { name, state } = bed.engine.containers.get(id)!;
  deepEqual({ name, state }, { name: "web", state: "running" });
  // Of a container that has been regained the log is followed.
  const connections = bed.engine.openConnections.map((connection) => connection.replace(/^logs/, "attach"));
  deepEqual(connections.sort(), [`attach ${id}`, `events ${id}`, `wait ${id}`]);
}

function nothingIsLeft({ engine }: SupervisorBed): void {
  deepEqual([...engine.containers.keys()], []);
  deepEqual(engine.openConnections, []);
}

const FIXTURE = new URL("../fixtures/lives.txt", import.meta.url);

/** What was told up to READY=1, or to the end, without what differs from run to run. */
function normal(story: readonly string[]): string {
  const ready = story.findIndex((entry) => entry.startsWith("READY=1"));
  const told = (ready === -1 ? story : story.slice(0, ready + 1))
    .filter((entry) => !/waiting for the engine:/i.test(entry))
    .map((entry) =>
      "  " + entry.replace(/since \d\d:\d\d/, "since TIME").replace(/\d+ s left/, "N s left")
        .replace("MONOTONIC_USEC=1 ", "")
    );
  return told.filter((entry, index) => entry !== told[index - 1]).join("\n");
}

async function expectedStories(): Promise<ReadonlyMap<string, string>> {
  const text = await Deno.readTextFile(FIXTURE);
  return new Map(
    text.split("\n\n").map((block) => {
      const [title = "", ...lines] = block.trimEnd().split("\n");
      return [title, lines.join("\n")];
    }),
  );
}

Deno.test("every ending in every phase", async (t) => {
  const expected = await expectedStories();
  const stories: string[] = [];
  for (const [column, phase] of PHASES.entries()) {
    for (const { name, act, timeout = "10s", leadsTo } of ENDINGS) {
      const title = `${phase.name}: ${name} → ${leadsTo[column]}`;
      await t.step(title, async () => {
        await using bed = new SupervisorBed({ config: config(timeout) });
        const from = await phase.enter(bed);
        const at = bed.timeline.length;
        await act(bed, phase.container);
        const [kind, number = ""] = leadsTo[column]!.split(" ");
        if (kind === "serves") await proveItServes(bed, number, at);
        if (kind === "exit") {
          equal(await bed.exitCode, Number(number));
          nothingIsLeft(bed);
        }
        const story = normal(bed.storyFrom(from));
        stories.push(`${title}\n${story}`);
        bed.signal("SIGTERM");
        await bed.exitCode;
        nothingIsLeft(bed);
        if (!Deno.env.has("WRITE_LIVES")) equal(story, expected.get(title));
      });
    }
  }
  if (Deno.env.has("WRITE_LIVES")) await Deno.writeTextFile(FIXTURE, stories.join("\n\n") + "\n");
  const titles = stories.map((story) => story.split("\n")[0]);
  if (!Deno.env.has("WRITE_LIVES")) deepEqual(titles, [...expected.keys()]);
});
