import { deepEqual, equal } from "node:assert/strict";
import { BuildProgress } from "../../../src/image/build/build_progress.ts";
import type { NotifyState } from "../../../src/systemd/notify.ts";

/** A build, with what it has sent as a status since it was asked last. */
function begin() {
  const sent: NotifyState[] = [];
  const clock = { nowMs: 1000 };
  const progress = new BuildProgress("web", { send: (state) => sent.push(state) }, () => clock.nowMs);
  return { progress, clock, statuses: () => sent.splice(0).map(({ status }) => status) };
}

const COMMAND = "RUN printf '10%%\\r100%%\\n'; cat poem >&2; exit 3";

/** As the older builder writes it. */
const OLDER = {
  stdout: [
    "Sending build context to Docker daemon  2.048kB\r\r",
    "Step 1/4 : FROM base AS one",
    " ---> 64f27cd9680c",
    `Step 2/4 : ${COMMAND}`,
    " ---> [Warning] IPv4 forwarding is disabled. Networking will not work.",
    " ---> Running in 52917991058f",
    "10%\r100%",
    "\x1b[91m\x1b[91mred\x1b[0m",
    "grüße",
    "\x1b[0mRemoving intermediate container 52917991058f",
  ],
  stderr: [
    "DEPRECATED: The legacy builder is deprecated and will be removed in a future release.",
    "            Install the buildx component to build images with BuildKit:",
    "",
    "The command '/bin/sh -c …' returned a non-zero code: 3",
  ],
};

/** As buildx writes it. */
const BUILDKIT = [
  '#0 building with "default" instance using docker driver',
  "",
  "#1 [internal] load build definition from Dockerfile",
  "#1 transferring dockerfile: 210B done",
  "#4 [one 1/3] FROM docker.io/library/base",
  "#4 sha256:a420a74c5b684132366834352e8634308c4fa10422b3b4c23b81953dc0205e49 1.05MB / 3.40MB 0.2s",
  "#4 DONE 0.0s",
  `#7 [linux/amd64 one 2/3] ${COMMAND}`,
  "#7 0.300 10%\r100%",
  "#7 0.301 \x1b[91mred\x1b[0m",
  "#7 ...",
  "#7 0.302 grüße",
  '#7 ERROR: process "/bin/sh -c …" did not complete successfully: exit code: 3',
  "------",
  ` > [2/3] ${COMMAND}:`,
  "0.302 grüße",
  "------",
  'ERROR: failed to build: failed to solve: process "/bin/sh -c …" did not complete successfully: exit code: 3',
];

Deno.test({ name: "BuildProgress reads what the older builder writes", permissions: "none" }, () => {
  const { progress, statuses } = begin();
  using _ = progress;
  progress.written(OLDER.stdout, "stdout");
  equal(progress.lastError, undefined);
  progress.written(OLDER.stderr, "stderr");
  deepEqual(statuses(), ["Building web", "Building web: step 2/4, RUN"]);
  deepEqual(progress.lastLines, [
    "Step 1/4 : FROM base AS one",
    `Step 2/4 : ${COMMAND}`,
    "100%",
    "red",
    "grüße",
  ]);
  equal(progress.lastError, "The command '/bin/sh -c …' returned a non-zero code: 3");
});

Deno.test({ name: "BuildProgress reads what BuildKit writes", permissions: "none" }, () => {
  const { progress, statuses } = begin();
  using _ = progress;
  for (const line of BUILDKIT) progress.written([line], "stderr");
  deepEqual(statuses(), ["Building web", "Building web: step 1/3, FROM", "Building web: step 2/3, RUN"]);
  deepEqual(progress.lastLines, [
    "[one 1/3] FROM docker.io/library/base",
    `[linux/amd64 one 2/3] ${COMMAND}`,
    "100%",
    "red",
    "grüße",
  ]);
  equal(
    progress.lastError,
    'failed to solve: process "/bin/sh -c …" did not complete successfully: exit code: 3',
  );
});

Deno.test({ name: "BuildProgress finds the reason before the advice", permissions: "none" }, () => {
  using progress = begin().progress;
  const usage = ["", "Usage:  docker build [OPTIONS] PATH | URL | -", ""];
  for (
    const advice of [["See 'docker build --help'."], [
      ...usage,
      "Run 'docker build --help' for more information",
    ]]
  ) {
    progress.written(["unknown flag: --secret", ...advice], "stderr");
    equal(progress.lastError, "unknown flag: --secret");
  }
});

Deno.test({ name: "BuildProgress has no reason of a build that was cut off", permissions: "none" }, () => {
  using progress = begin().progress;
  progress.written(BUILDKIT.slice(0, 10), "stderr");
  equal(progress.lastError, undefined);
});

Deno.test({ name: "BuildProgress keeps twenty lines, and tells not too much", permissions: "none" }, () => {
  const { progress, clock, statuses } = begin();
  using _ = progress;
  statuses();
  for (const [atMs, size] of [[1400, "1MB"], [1500, "2MB"], [1900, "3MB"], [2000, "4MB"]] as const) {
    clock.nowMs = atMs;
    progress.written([`#5 transferring context: ${size} 0.1s`], "stderr");
  }
  deepEqual(statuses(), [
    "Building web: sending the context, 2MB",
    "Building web: sending the context, 4MB",
  ]);
  progress.written(["Step 1/3 : FROM base", "Step 2/3 : ENV TOKEN=secret"], "stdout");
  progress.written([], "stdout");
  deepEqual(statuses(), ["Building web: step 2/3, ENV"]);
  progress.written(Array.from({ length: 30 }, (_, index) => `line ${index}`), "stdout");
  progress.written(["Step 1 of 3", "the end"], "stdout");
  deepEqual(statuses(), []);
  deepEqual([progress.lastLines.length, progress.lastLines[0], progress.lastLines.at(-1)], [
    20,
    "line 12",
    "the end",
  ]);
  clock.nowMs = 3250;
  equal(progress.seconds, 2.3);
  equal(progress.stalled.aborted, false);
});
