import { deepEqual, equal } from "node:assert/strict";
import { adaptSpecToApiVersion } from "../../../src/plan/swarm/spec_api_version.ts";
import { planned } from "./swarm_fixture.ts";

const FEATURES: readonly (readonly [args: string[], name: string, since: string])[] = [
  [["--health-start-interval=1s"], '"--health-start-interval"', "1.44"],
  [["--security-opt=no-new-privileges"], '"--security-opt" but for labels', "1.44"],
  [["--security-opt=seccomp=unconfined"], '"--security-opt" but for labels', "1.44"],
  [["--security-opt=apparmor=unconfined"], '"--security-opt" but for labels', "1.44"],
  [["--mount=source=a,target=/a,volume-subpath=b"], "volume-subpath", "1.45"],
  [["--oom-score-adj=100"], '"--oom-score-adj"', "1.46"],
  [["--tmpfs=/a:exec"], 'the option "exec" of "--tmpfs"', "1.46"],
  [["--memory=64m", "--memory-swap=64m"], '"--memory-swap"', "1.52"],
  [["--memory-swappiness=0"], '"--memory-swappiness"', "1.52"],
];

function before(version: string): string {
  return `1.${Number(version.slice(2)) - 1}`;
}

Deno.test("adaptSpecToApiVersion() refuses what an older engine would drop without a word", () => {
  for (const [containerCreateArgs, name, since] of FEATURES) {
    const { spec } = planned({ containerCreateArgs });
    deepEqual(adaptSpecToApiVersion(spec, since), { spec, problems: [] });
    deepEqual(adaptSpecToApiVersion(spec, before(since)).problems, [
      `${name} in Swarm requires API version ${since}, but the Docker daemon API version is ${before(since)}`,
    ]);
  }
});

Deno.test("adaptSpecToApiVersion() leaves a spec alone that every engine understands", () => {
  const containerCreateArgs = [
    ...[
      "--cap-add=kill",
      "--sysctl=net.core.somaxconn=9",
      "--ulimit=nofile=9",
      "--pids-limit=9",
      "--memory=64m",
    ],
    ...["--security-opt=label=disable", "--security-opt=no-new-privileges=false", "--health-cmd=true"],
    ...[
      "--tmpfs=/a:size=1m,mode=700",
      "-v",
      "data:/b",
      "--mount=type=bind,source=/c,target=/c,bind-recursive=disabled",
    ],
  ];
  const { spec } = planned({ containerCreateArgs, swarm: { maxPerNode: 1 } });
  deepEqual(adaptSpecToApiVersion(spec, "1.41"), { spec, problems: [] });
});

Deno.test("adaptSpecToApiVersion() tells all that an engine can not do", () => {
  const { spec } = planned({
    containerCreateArgs: ["--oom-score-adj=1", "--security-opt=no-new-privileges"],
  });
  equal(adaptSpecToApiVersion(spec, "1.41").problems.length, 2);
});
