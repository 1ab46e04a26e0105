import { equal } from "node:assert/strict";
import { type EndCircumstances, exitStory } from "../../src/engine/exit_meaning.ts";

const ITSELF = "The container has ended by itself: ";
const OUTSIDE = "The container was ended from outside: ";

const CASES: [statusCode: number, known: Partial<EndCircumstances>, story: string][] = [
  [3, {}, `${ITSELF}exit code 3`],
  [0, {}, `${ITSELF}exit code 0`],
  [126, {}, `${ITSELF}its command can not be executed (exit code 126)`],
  [127, {}, `${ITSELF}its command was not found (exit code 127)`],
  [139, {}, `${ITSELF}killed by SIGSEGV (exit code 139)`],
  [137, { oomKilled: true }, `${ITSELF}out of memory (exit code 137)`],
  [
    137,
    {},
    `${ITSELF}killed by SIGKILL, not by way of Docker: by somebody on the host, or by the kernel for want of memory ` +
    "(exit code 137)",
  ],
  [137, { signals: [9] }, `${OUTSIDE}killed by way of Docker, as by docker kill (exit code 137)`],
  [
    137,
    { signals: [9], isRemoved: true },
    `${OUTSIDE}killed and removed by way of Docker, as by docker rm --force (exit code 137)`,
  ],
  [
    137,
    { signals: [1, 15, 9] },
    `${OUTSIDE}killed, since it did not heed SIGTERM: by docker stop, or Docker goes down (exit code 137)`,
  ],
  [143, { signals: [15] }, `${OUTSIDE}ended by SIGTERM, which was sent through Docker (exit code 143)`],
  [0, { signals: [15] }, `${OUTSIDE}after SIGTERM, which was sent through Docker (exit code 0)`],
  // A signal that has logs reopened is no reason to end.
  [1, { signals: [1] }, `${ITSELF}exit code 1`],
];

for (const [statusCode, known, story] of CASES) {
  Deno.test(`an end in words: ${story}`, () => {
    equal(exitStory(statusCode, { oomKilled: false, signals: [], isRemoved: false, ...known }), story);
  });
}
