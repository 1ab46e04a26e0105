/** What becomes of a service when any call to the engine fails, whichever it is. */
import { deepEqual, ok } from "node:assert/strict";
import type { Fault } from "../support/fake_engine.ts";
import { SupervisorBed } from "../support/supervisor_bed.ts";

const REFUSAL: Fault = { kind: "refuse", httpStatus: 500, reason: "no space left on device" };
const FAULTS: readonly Fault[] = [REFUSAL, { kind: "cut" }, { kind: "cut_answer" }];

/** A piece of a service's life, from a point at which it serves, or from its beginning. */
interface Piece {
  readonly name: string;
  readonly config?: string;
  /** Goes to where it begins; undefined for the beginning of all. */
  readonly before?: (bed: SupervisorBed) => Promise<unknown>;
  readonly begin: (bed: SupervisorBed) => void;
  /** How it may end, by whether the engine refuses a call, or goes away and comes back. */
  readonly mayEnd: { readonly refused: readonly string[]; readonly away: readonly string[] };
}

const ready = (bed: SupervisorBed) => bed.until(/READY=1/);

const PIECES: readonly Piece[] = [
  {
    name: "the first start",
    begin: () => {},
    mayEnd: { refused: ["serves", "exit 70"], away: ["serves", "exit 69"] },
  },
  {
    name: "a reload with another plan",
    before: ready,
    begin(bed) {
      bed.configure("container_create_args: [--env, A=1]");
      bed.signal("SIGHUP");
    },
    mayEnd: { refused: ["serves"], away: ["serves"] },
  },
  {
    name: "a reload that waits for the container's health",
    config: "ready: {when: healthy}",
    before: ready,
    begin(bed) {
      bed.configure("ready: {when: healthy}\ncontainer_create_args: [--env, A=1]");
      bed.signal("SIGHUP");
    },
    mayEnd: { refused: ["serves"], away: ["serves"] },
  },
  {
    name: "the way back of a reload",
    before: ready,
    begin(bed) {
      bed.engine.onStart = ({ id }) => {
        if (id === "2") bed.engine.exit("2", 3);
      };
      bed.configure("container_create_args: [--env, A=1]");
      bed.signal("SIGHUP");
    },
    mayEnd: { refused: ["serves", "exit 70"], away: ["serves"] },
  },
  {
    name: "a restart by a check",
    config: "monitor: {check_http: [{path: /, frequency: 1, on_failure: restart, restart_interval: 0s}]}",
    before: ready,
    begin(bed) {
      bed.httpStatus = 500;
      bed.engine.onStart = () => bed.httpStatus = 200;
    },
    mayEnd: { refused: ["serves", "exit 70"], away: ["serves"] },
  },
  {
    name: "the engine's return",
    before: ready,
    begin: (bed) => bed.engine.cutOff(),
    mayEnd: { refused: ["serves", "exit 70"], away: ["serves"] },
  },
];

function newBed({ config = "" }: Piece): SupervisorBed {
  const bed = new SupervisorBed({ config });
  bed.engine.backAtPing = 1;
  return bed;
}

/** `serves`, with a container of its own and the connections to it, or `exit N`. */
async function outcome(bed: SupervisorBed, from: number): Promise<string> {
  const exited = bed.exitCode.then((code) => `exit ${code}`);
  const serves = bed.until(/READY=1/, from).then(() => "serves");
  // The bed's patience ends with an error of its own, or because the program has ended.
  return await Promise.race([exited, serves]).catch((error) => Promise.race([exited, Promise.reject(error)]));
}

/** How many calls there are from its beginning to its end when nothing fails. */
async function countCalls(piece: Piece): Promise<number> {
  await using bed = newBed(piece);
  await piece.before?.(bed);
  const [from, before] = [bed.timeline.length, bed.engine.calls];
  piece.begin(bed);
  await bed.until(/READY=1/, from);
  return bed.engine.calls - before;
}

/** The n-th call of the piece fails. */
async function fail(piece: Piece, nth: number, fault: Fault): Promise<void> {
  await using bed = newBed(piece);
  await piece.before?.(bed);
  const from = bed.timeline.length;
  bed.engine.failOnce(bed.engine.calls + nth, fault);
  piece.begin(bed);
  const end = await outcome(bed, from);
  const what = `call ${nth}, ${fault.kind}:\n${bed.timeline.slice(from).join("\n")}\n${
    bed.messages.join("\n")
  }`;
  const allowed = fault.kind === "refuse" ? piece.mayEnd.refused : piece.mayEnd.away;
  ok(allowed.includes(end), `${end} after ${what}`);
  if (end === "serves") {
    // What has been lost just now is regained first.
    await bed.untilTrue(() => bed.engine.openConnections.length === 3, `three connections after ${what}`);
    const container = bed.engine.byName("web");
    deepEqual(container?.state, "running", what);
    const owners = new Set(bed.engine.openConnections.map((connection) => connection.split(" ")[1]));
    deepEqual([...owners], [container?.id], what);
  }
  bed.signal("SIGTERM");
  await bed.exitCode;
  deepEqual(bed.engine.openConnections, [], what);
  // An engine that is away at the very end keeps the container until the next start.
  if (end !== "exit 69") deepEqual([...bed.engine.containers.keys()], [], what);
}

for (const piece of PIECES) {
  Deno.test(`${piece.name}: whichever call to the engine fails`, async () => {
    const calls = await countCalls(piece);
    ok(calls > 3, `only ${calls} calls`);
    const attempts = FAULTS.flatMap((fault) =>
      Array.from({ length: calls }, (_, index) => fail(piece, index + 1, fault))
    );
    const failed = (await Promise.allSettled(attempts)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  });
}
