/** What a person gets to hear, by the rules: written down as `seconds: state what`. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Quiet } from "../../src/alerts/quiet.ts";
import { nothingKnown, type QuietRules } from "../../src/alerts/quiet_state.ts";
import { SERVICE_PROBLEM as SERVICE } from "../../src/logging/log_record.ts";

type Beginning = Parameters<Quiet["begin"]>[1];
const START_MS = Date.parse("2026-11-26T03:00:00Z");
const HTTP = "check check_http http /";
const FAILS: Beginning = { what: 'Check "http /" fails: status 500', lines: [] };
const PASSES = 'Check "http /" passes again';
const ENDED: Beginning = { what: "The container has ended by itself: exit code 1", lines: ["boom"] };

/** A service whose clock the test moves; what is told is heard at once. */
class Person {
  readonly heard: string[] = [];
  readonly state = nothingKnown();
  #quiet: Quiet;
  #nowMs = START_MS;

  constructor(readonly rules: Partial<QuietRules> = {}) {
    this.#quiet = this.#open();
  }

  #open(): Quiet {
    // As it is read from the file by the next process.
    Object.assign(this.state, JSON.parse(JSON.stringify(this.state)));
    return new Quiet(this.state, { afterMs: 0, reminderMs: undefined, ...this.rules });
  }

  /** Goes on to this second; all that falls due before is told in time. */
  at(second: number): this {
    const untilMs = START_MS + second * 1000;
    for (;;) {
      const nextMs = this.#quiet.nextMs(this.#nowMs);
      if (nextMs === undefined || nextMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      const before = JSON.stringify(this.state);
      this.#hear(this.#quiet.take(this.#nowMs));
      if (JSON.stringify(this.state) === before) throw new Error(`Nothing comes of it at ${this.#second()}`);
    }
    this.#nowMs = untilMs;
    return this;
  }

  fails(second: number, what = FAILS, id = HTTP): this {
    this.at(second).#quiet.begin(id, what, this.#nowMs);
    return this.at(second);
  }

  passes(second: number, what = PASSES, id = HTTP): this {
    this.at(second).#quiet.end(id, what, this.#nowMs);
    return this.at(second);
  }

  /** The run ends with an error, and a new process starts. */
  ends(second: number, what = ENDED): this {
    this.fails(second, what, SERVICE).#hear(this.#quiet.take(this.#nowMs, "end"));
    this.#quiet = this.#open();
    return this;
  }

  ready(second: number): this {
    return this.passes(second, "The service is ready", SERVICE);
  }

  news(second: number, what: string, id: string): this {
    this.at(second).#quiet.tellNews({ kind: "update", what, isBad: false }, id, this.#nowMs);
    return this;
  }

  restarts(second: number): this {
    this.at(second).#quiet.forgetUntold();
    this.#quiet = this.#open();
    return this;
  }

  #second(): number {
    return (this.#nowMs - START_MS) / 1000;
  }

  #hear(told: ReturnType<Quiet["take"]>): void {
    if (told === undefined) return;
    const { items, untold } = told;
    const missed = untold === 0 ? "" : ` [${untold} untold]`;
    this.heard.push(
      `${this.#second()}:${missed} ${items.map(({ state, what }) => `${state} ${what}`).join(" | ")}`,
    );
  }
}

Deno.test("a problem is told once, after ten seconds, and its end at once", () => {
  const person = new Person().fails(5).fails(20).fails(4000).passes(5000).at(100_000);
  deepEqual(person.heard, [`15: begun ${FAILS.what}`, `5000: over ${PASSES}, after 83 min`]);
  deepEqual(person.state.problems, {}, "nothing is kept");
});

Deno.test("what happens within ten seconds is one message", () => {
  const other = { what: 'Check "tcp 5432" fails: refused', lines: [] };
  const person = new Person().fails(0).fails(3, other, "check check_tcp tcp 5432").fails(9, ENDED, SERVICE)
    .at(60);
  deepEqual(person.heard, [`10: begun ${FAILS.what} | begun ${other.what} | begun ${ENDED.what}`]);
});

Deno.test("what is over before it is told is told as over, at once", () => {
  deepEqual(new Person().fails(0).passes(3).at(9999).heard, [`3: over Over after 3 s: ${FAILS.what}`]);
});

Deno.test("a check that flaps 200 times in ten minutes is four messages", () => {
  const person = new Person();
  for (let flap = 0; flap < 200; flap++) person.fails(flap * 3).passes(flap * 3 + 1.5);
  person.at(100_000);
  deepEqual(person.heard, [
    `1.5: over Over after 2 s: ${FAILS.what}`,
    `4.5: over Over after 2 s: ${FAILS.what}`,
    `16: repeated Again and again, 6 times within 16 s: ${FAILS.what}`,
    `1198.5: over Well for 10 min now, after 200 failures: ${PASSES}`,
  ]);
});

Deno.test("a crash loop of forty ends is six messages", () => {
  const person = new Person();
  // As systemd restarts it: ever more slowly, up to a minute.
  let at = 10;
  for (let round = 0; round < 40; round++) {
    const pause = Math.min(60, 3 + 2 * round);
    person.ends(at).ready(at + pause);
    at += pause + 4;
  }
  person.at(at + 3600);
  deepEqual(person.heard, [
    `10: begun ${ENDED.what}`,
    "13: over The service is ready again, after 3 s",
    `17: begun ${ENDED.what}`,
    "22: over The service is ready again, after 5 s",
    `26: repeated The service fails again and again, 3 times within 16 s: ${ENDED.what}`,
    "2325: over Well for 10 min now, after 40 failures: the service is ready",
  ]);
});

Deno.test("a service that never becomes ready is told once, and once more that it goes on so", () => {
  const person = new Person();
  for (let round = 0; round < 50; round++) person.ends(60 * round);
  person.ready(4000).at(9000);
  deepEqual(person.heard, [
    `0: begun ${ENDED.what}`,
    `120: repeated The service fails again and again, 3 times within 2 min: ${ENDED.what}`,
    "4600: over Well for 10 min now, after 50 failures: the service is ready",
  ]);
});

Deno.test("thirty services that fail together: each is a process of its own, and tells it once", () => {
  const people = Array.from({ length: 30 }, () => new Person().fails(0).passes(90).at(7200));
  equal(people.flatMap(({ heard }) => heard).length, 60, "thirty failures, thirty ends");
});

Deno.test("thirty checks of one service that fail together are one message, and so is their end", () => {
  const person = new Person();
  const ids = Array.from({ length: 30 }, (_, index) => `check check_http ${index}`);
  for (const id of ids) person.fails(1, FAILS, id);
  person.at(100);
  equal(person.heard.length, 1);
  equal(person.heard[0]?.split("|").length, 30);
});

Deno.test("at most twenty an hour, then one that counts the rest", () => {
  const person = new Person();
  for (let check = 0; check < 30; check++) {
    const id = `check check_http ${check}`;
    person.fails(check * 60, { what: `${check} fails`, lines: [] }, id).passes(
      check * 60 + 20,
      `${check} passes`,
      id,
    );
  }
  person.fails(2000, { what: "the last one fails", lines: [] }, "last").at(20_000);
  equal(person.heard.length, 21);
  equal(person.heard[19], "560: over 9 passes, after 20 s");
  ok(
    person.heard[20]?.startsWith(
      "3610: [41 untold] begun the last one fails | over Over after 20 s: 10 fails |",
    ),
    person.heard[20],
  );
});

Deno.test("after: what is over earlier is told to nobody, what lasts is told then", () => {
  const person = new Person({ afterMs: 300_000 });
  person.fails(0).passes(200).fails(300).passes(500).fails(600).passes(700).at(5000);
  deepEqual(person.heard, []);
  person.fails(6000).passes(7000).at(9000);
  deepEqual(person.heard, [`6300: begun ${FAILS.what}`, `7000: over ${PASSES}, after 17 min`]);
});

Deno.test("after: short ends of the service are told to nobody, a crash loop is", () => {
  const person = new Person({ afterMs: 300_000 });
  person.ends(0).ready(20).at(1000).ends(2000).ready(2010).ends(2100).ready(2110).ends(2200).ready(2210).at(
    9000,
  );
  deepEqual(person.heard, [
    `2200: repeated The service fails again and again, 3 times within 3 min: ${ENDED.what}`,
    "2810: over Well for 10 min now, after 3 failures: the service is ready",
  ]);
});

Deno.test("after: an end for good is told at once, and what was told before not again", () => {
  const quiet = new Quiet(nothingKnown(), { afterMs: 300_000, reminderMs: undefined });
  quiet.begin("told", FAILS, 0);
  quiet.take(300_000);
  quiet.begin(SERVICE, ENDED, 400_000);
  equal(quiet.take(400_000, "end"), undefined);
  deepEqual(quiet.take(400_000, "final")?.items.map(({ problem, state }) => `${problem} ${state}`), [
    "service begun",
  ]);
});

Deno.test("reminder: what lasts is told again, what is over is not", () => {
  const person = new Person({ reminderMs: 3_600_000 }).fails(0).at(7300).passes(7400).at(99_000);
  deepEqual(person.heard, [
    `10: begun ${FAILS.what}`,
    `3610: lasting Still, for 60 min: ${FAILS.what}`,
    `7210: lasting Still, for 2 h 0 min: ${FAILS.what}`,
    `7400: over ${PASSES}, after 2 h 3 min`,
  ]);
});

Deno.test("a stop or restart that was asked for: what is not told by then is told only if it comes again", () => {
  deepEqual(new Person().fails(0).restarts(5).passes(20).at(999).heard, []);
  const person = new Person().fails(0).restarts(60).fails(100).passes(200).at(9999);
  deepEqual(
    person.heard,
    [`10: begun ${FAILS.what}`, `200: over ${PASSES}, after 3 min`],
    "told once, over two processes",
  );
});

Deno.test("what comes and goes while alerts sleep is forgotten", () => {
  // Nothing is taken meanwhile: the process waits for the end of the silence.
  const quiet = new Quiet(nothingKnown(), { afterMs: 0, reminderMs: undefined });
  quiet.begin("a", FAILS, 0);
  quiet.end("a", PASSES, 5_000);
  quiet.begin("b", FAILS, 6_000);
  quiet.forgetEnded();
  deepEqual(quiet.take(7_200_000)?.items.map(({ problem, state }) => `${problem} ${state}`), ["b begun"]);
});

Deno.test("news are told once for each thing that they are about", () => {
  const person = new Person().news(0, "there is one", "a").news(100, "there is one", "a").news(
    200,
    "another",
    "b",
  );
  deepEqual(person.at(999).heard, ["10: news there is one", "210: news another"]);
});

Deno.test("of the end for good somebody hears however much has been told within the hour", () => {
  const state = nothingKnown();
  state.sentMs.push(...Array(20).fill(START_MS));
  const quiet = new Quiet(state, { afterMs: 0, reminderMs: undefined });
  quiet.begin(SERVICE, ENDED, START_MS + 1000);
  equal(quiet.take(START_MS + 1000, "end"), undefined);
  equal(quiet.take(START_MS + 1000, "final")?.items.length, 1);
});

Deno.test("a clock that is set back holds nothing up", () => {
  const quiet = new Quiet(nothingKnown(), { afterMs: 0, reminderMs: undefined });
  const hourMs = 3_600_000;
  quiet.begin(HTTP, FAILS, START_MS + hourMs);
  equal(quiet.nextMs(START_MS), START_MS + 10_000);
  const told = quiet.take(START_MS + 10_000);
  deepEqual(told?.items.map(({ since }) => since), [new Date(START_MS).toISOString()]);
  quiet.end(HTTP, PASSES, START_MS + 20_000);
  equal(quiet.take(START_MS + 20_000)?.items[0]?.state, "over");
});

Deno.test("what is wrong comes before what is over", () => {
  const quiet = new Quiet(nothingKnown(), { afterMs: 0, reminderMs: undefined });
  quiet.begin("first", FAILS, 0);
  quiet.take(10_000);
  quiet.begin("second", FAILS, 20_000);
  quiet.end("first", PASSES, 30_000);
  deepEqual(quiet.take(30_000)?.items.map(({ problem, state }) => `${problem} ${state}`), [
    "second begun",
    "first over",
  ]);
});
