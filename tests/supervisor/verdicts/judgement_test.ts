import { deepEqual, equal } from "node:assert/strict";
import { type CheckOptions, DEFAULT_OPTIONS } from "../../../src/config/check_options.ts";
import { Judgement } from "../../../src/supervisor/verdicts/judgement.ts";

/** `+` is a pass, `-` a failure; yields the state after each: `P`assing, `F`ailing, `u`ndecided. */
function states(results: string, options: Partial<CheckOptions>): string {
  const judgement = new Judgement({ ...DEFAULT_OPTIONS, ...options });
  return [...results].map((result, second) => {
    judgement.accept(result === "+", second * 1000);
    return { "not run": "?", undecided: "u", passing: "P", failing: "F" }[judgement.state];
  }).join("");
}

Deno.test("failure_threshold: so many failures in a row make a failing check", () => {
  const results = "+--+---+";
  equal(states(results, {}), "PFFPFFFP");
  equal(states(results, { failureThreshold: 2 }), "PPFPPFFP");
  equal(states(results, { failureThreshold: 3 }), "PPPPPPFP");
  equal(states("--", { failureThreshold: 2 }), "uF");
});

Deno.test("success_threshold: so many passes in a row end it, and none is needed before the first failure", () => {
  equal(states("+-++-+++", { successThreshold: 3 }), "PFFFFFFP");
  equal(states("+-+-", { successThreshold: 1 }), "PFPF");
});

Deno.test("failures: 3 of 10 finds the check that fails now and then, and lasts as long as the rule holds", () => {
  const rate = { failureThreshold: undefined, failureRate: { failures: 3, runs: 10 } };
  equal(states("+-++-++++-+++", rate), "PPPPPPPPPFFPP");
  equal(states("-++++++++++-++++++++++-", rate), "uPPPPPPPPPPPPPPPPPPPPPP");
  // Without the rule the same results never fail three times in a row.
  equal(states("+-++-++++-+++", { failureThreshold: 3 }), "PPPPPPPPPPPPP");
});

Deno.test("the rate counts beside the consecutive rule", () => {
  const both = { failureThreshold: 2, failureRate: { failures: 3, runs: 5 } };
  equal(states("+--++", both), "PPFPP");
  equal(states("-+-+-++", both), "uPPPFPP");
});

Deno.test("Judgement says since when a check fails and on what ground", () => {
  const judgement = new Judgement({ ...DEFAULT_OPTIONS, failureThreshold: 3 });
  [true, false, false, false].forEach((passed, second) => judgement.accept(passed, second * 1000));
  deepEqual([judgement.failingSinceMs, judgement.ground], [1000, "3 times in a row"]);
  const rated = new Judgement({
    ...DEFAULT_OPTIONS,
    failureThreshold: undefined,
    failureRate: { failures: 2, runs: 4 },
  });
  [false, true, false].forEach((passed) => rated.accept(passed, 0));
  equal(rated.ground, "2 of the last 4 times");
});
