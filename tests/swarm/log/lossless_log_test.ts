/** Whatever happens, in whatever order, to nodes, connections and processes: each line comes once, in its stream's order. */
import { deepEqual } from "node:assert/strict";
import fc from "fast-check";
import type { OutputStream } from "../../../src/host/host.ts";
import type { FakeTask } from "./fake_swarm.ts";
import { instantOf, ServiceLogBed } from "./service_log_bed.ts";

const NODES = ["n1", "n2", "n3"];

type Step =
  /** Part of a line, or its end, of one of the tasks. */
  | {
    readonly kind: "write";
    readonly task: number;
    readonly stream: OutputStream;
    readonly ends: boolean;
    readonly seconds: number;
    /** Whether it comes behind lines of the other stream with later stamps. */
    readonly isLate: boolean;
  }
  | { readonly kind: "settle" | "open" | "cut" | "fail" | "refuse" | "look" | "add" | "kill" }
  | { readonly kind: "leave" | "back" | "restart"; readonly node: number; readonly isSeen: boolean };

const write: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("write" as const),
  task: fc.nat(5),
  stream: fc.constantFrom("stdout" as const, "stderr" as const),
  ends: fc.constantFrom(true, true, true, false),
  // Many lines of one stamp, and now and then a long silence.
  seconds: fc.constantFrom(0, 0, 0.000001, 0.5, 1, 90),
  isLate: fc.boolean(),
});
const node: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("leave" as const, "back" as const, "restart" as const),
  node: fc.nat(2),
  isSeen: fc.boolean(),
});
const other: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("settle", "open", "cut", "fail", "refuse", "look", "add", "kill"),
});
const steps = fc.array(fc.oneof({ arbitrary: write, weight: 6 }, { arbitrary: other, weight: 2 }, node), {
  maxLength: 60,
});

/** What has been written, and what has to come of it. */
class Story {
  #nowMicros = (Date.now() - 3_500_000) * 1000;
  readonly expected = new Map<string, string[]>();
  /** The beginnings of lines, and their stamp. */
  readonly #open = new Map<string, { text: string; readonly micros: number }>();
  /** Of each stream's last line, in microseconds. */
  readonly #last = new Map<string, number>();
  readonly #away = new Set<string>();
  #count = 0;

  constructor(readonly bed: ServiceLogBed) {
    for (const id of NODES) bed.swarm.addNode(id);
    this.#addTask("n1");
    this.#addTask("n2");
  }

  async take(step: Step): Promise<void> {
    const { bed, bed: { swarm } } = this;
    if (step.kind === "write") {
      this.write(swarm.tasks[step.task % swarm.tasks.length]!, step);
    } else if (step.kind === "leave" || step.kind === "back" || step.kind === "restart") {
      this.#moveNode(NODES[step.node]!, step);
    } else if (step.kind === "settle") await bed.settled();
    else if (step.kind === "open") bed.log.noteNodeEvent(undefined);
    else if (step.kind === "cut") swarm.cutFollows();
    else if (step.kind === "fail") swarm.cutFollows("Error grabbing logs: EOF\n");
    else if (step.kind === "refuse") swarm.refusals = 3;
    else if (step.kind === "look") bed.look();
    else if (step.kind === "add" && swarm.tasks.length < 6) this.#addTask(NODES[swarm.tasks.length % 3]!);
    else if (step.kind === "kill") await this.#replaceProcess();
  }

  write(task: FakeTask, step: Omit<Extract<Step, { kind: "write" }>, "kind" | "task">): void {
    const { terminal } = this.bed.swarm;
    // There are no pieces but of 16 KiB, and one stream only.
    const { stream, ends, ...when } = terminal ? { ...step, stream: "stdout" as const, ends: true } : step;
    if (task.state !== "running") return;
    const key = `${task.slot} ${stream}`;
    const open = this.#open.get(key);
    const micros = open?.micros ?? this.#microsOf(key, { ends, ...when });
    const piece = open === undefined ? `${key} ${this.#count++}` : `|${this.#count++}`;
    const text = (open?.text ?? "") + piece;
    this.bed.swarm.write(task, stream, instantOf(micros), ends ? `${piece}${terminal ? "\r" : ""}\n` : piece);
    if (!ends) return void this.#open.set(key, { text, micros });
    this.#open.delete(key);
    this.#expect(key, text);
  }

  #microsOf(
    key: string,
    { ends, seconds, isLate }: { ends: boolean; seconds: number; isLate: boolean },
  ): number {
    // By their stamp the pieces of a line are known, so no other line has it.
    this.#nowMicros += Math.max(seconds * 1e6, ends ? 0 : 1);
    const micros = Math.max(this.#last.get(key) ?? 0, this.#nowMicros - (isLate && ends ? 900_000 : 0));
    this.#last.set(key, micros);
    return micros;
  }

  #expect(key: string, text: string): void {
    this.expected.set(key, [...this.expected.get(key) ?? [], text]);
  }

  /** All nodes are back, all lines have their ends, and all of it has come. */
  async finish(): Promise<void> {
    const { bed, bed: { swarm } } = this;
    for (const id of this.#away) swarm.comeBack(id);
    for (const key of [...this.#open.keys()]) {
      const [slot, stream] = key.split(" ") as [string, OutputStream];
      const task = swarm.tasks[Number(slot) - 1]!;
      // What has ended with its engine leaves a line without its end.
      if (task.state !== "running") this.#expect(key, this.#open.get(key)!.text);
      this.write(task, { stream, ends: true, seconds: 0, isLate: false });
    }
    swarm.refusals = 0;
    bed.look();
    await bed.openAgain();
    await bed.openAgain();
    await bed.end();
  }

  /** A task that has written nothing would have the log read from its beginning each time. */
  #addTask(nodeId: string): void {
    this.write(this.bed.swarm.addTask(nodeId), { stream: "stdout", ends: true, seconds: 0, isLate: false });
  }

  #moveNode(id: string, { kind, isSeen }: { kind: "leave" | "back" | "restart"; isSeen: boolean }): void {
    const { log, swarm } = this.bed;
    if (kind === "leave" && !this.#away.has(id)) {
      this.#away.add(id);
      swarm.leave(id, { isSeen });
    } else if (kind === "back" && this.#away.delete(id)) {
      swarm.comeBack(id);
      log.noteNodeEvent(id);
    } else if (kind === "restart" && !this.#away.has(id)) {
      swarm.restart(id);
      log.noteNodeEvent(id);
    }
  }

  /** What it has written is out, and so are the positions: what is killed in between is another test. */
  async #replaceProcess(): Promise<void> {
    await this.bed.kill();
    await this.bed.start();
  }
}

Deno.test("each line comes once, in order, whatever happens", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 200 }),
      fc.boolean(),
      fc.boolean(),
      async (steps, cuts, filtersEach, terminal) => {
        await using bed = new ServiceLogBed({ terminal });
        bed.swarm.cuts = [...cuts];
        bed.swarm.filtersEach = filtersEach;
        const story = new Story(bed);
        await bed.start({ isNew: true });
        for (const step of steps) await story.take(step);
        await story.finish();
        for (const [key, lines] of story.expected) {
          const [slot, stream] = key.split(" ") as [string, OutputStream];
          deepEqual(bed.lines(`web.${slot}`, stream), lines, `the lines of ${key}`);
        }
      },
    ),
    { numRuns: 400, endOnFailure: false },
  );
});
