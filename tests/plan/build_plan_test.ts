import { deepEqual, equal } from "node:assert/strict";
import type { BuildInput } from "../../src/plan/build_plan.ts";
import { planContainer } from "../../src/plan/container_plan.ts";
import { planFingerprint } from "../../src/plan/fingerprint.ts";
import type { PlanInputs } from "../../src/plan/plan_inputs.ts";
import type { FileRead } from "../../src/host/host.ts";
import { planInputs } from "./plan_fixture.ts";

const FOLDER: FileRead = { kind: "error", reason: "is a folder" };
const FILE: FileRead = { kind: "content", bytes: new Uint8Array() };
const BUILD: BuildInput = { context: ".", dockerfile: "Dockerfile", args: {} };

function plan(build: Partial<BuildInput> | undefined, there: Record<string, FileRead>, image = "web") {
  const inputs: PlanInputs = {
    ...planInputs(),
    cwd: "/srv/config",
    file: (path) => there[path] ?? { kind: "missing" },
  };
  const service = { name: "web", image, containerCreateArgs: [], serviceArgs: [] };
  return planContainer({ ...service, build: build && { ...BUILD, ...build } }, inputs);
}

function paths(build: Partial<BuildInput>, context: string, dockerfile: string) {
  const result = plan(build, { [context]: FOLDER, [dockerfile]: FILE });
  if (result.kind === "refused") throw new Error(JSON.stringify(result.problems));
  deepEqual([result.plan.build?.context, result.plan.build?.dockerfile], [context, dockerfile]);
}

function problems(...args: Parameters<typeof plan>): string[] {
  const result = plan(...args);
  return result.kind === "planned"
    ? []
    : result.problems.map(({ path, message }) => `${path.join(".")} ${message}`);
}

Deno.test({ name: "planContainer() finds context and Dockerfile of a build", permissions: "none" }, () => {
  paths({}, "/srv/config", "/srv/config/Dockerfile");
  paths({ context: "./app/" }, "/srv/config/app", "/srv/config/app/Dockerfile");
  paths({ context: "/opt/app", dockerfile: "docker/web" }, "/opt/app", "/opt/app/docker/web");
  paths({ context: "../app", dockerfile: "../web.docker" }, "/srv/app", "/srv/web.docker");
  paths({ dockerfile: "/opt/web.docker" }, "/srv/config", "/opt/web.docker");
});

Deno.test({ name: "planContainer() says what a build lacks", permissions: "none" }, () => {
  const there = { "/srv/config": FOLDER, "/srv/config/Dockerfile": FILE };
  deepEqual(problems({}, { "/srv/config": FOLDER }), [
    'build.dockerfile must be a Dockerfile, got "/srv/config/Dockerfile": there is no such file',
  ]);
  deepEqual(problems({ context: "app" }, there), [
    'build.context must be a folder, got "/srv/config/app": there is no such folder',
  ]);
  deepEqual(problems({ context: "Dockerfile" }, there), [
    'build.context must be a folder, got "/srv/config/Dockerfile": it is a file',
  ]);
  for (const image of [`web@sha256:${"0".repeat(64)}`, "0".repeat(64)]) {
    deepEqual(problems({}, there, image), [
      `image must be a name without a digest, since it is what the build calls its result, got "${image}"`,
    ]);
  }
  equal(problems({}, there, "Web").length, 1);
});

Deno.test(
  { name: "planFingerprint() is another one for whatever makes another image", permissions: "none" },
  async () => {
    const there = { "/srv/config": FOLDER, "/srv/config/Dockerfile": FILE, "/srv/config/two": FILE };
    const mark = async (build: Partial<BuildInput> | undefined) => {
      const result = plan(build, there);
      if (result.kind === "refused") throw new Error(JSON.stringify(result.problems));
      return await planFingerprint(result.plan);
    };
    const marks = await Promise.all(
      [
        undefined,
        {},
        { target: "one" },
        { args: { A: "1" } },
        { dockerfile: "two" },
        { secrets: { a: "two" } },
        { cacheFrom: ["a"] },
      ].map(mark),
    );
    equal(new Set(marks).size, marks.length);
    equal(await mark({ context: "./" }), await mark({}));
  },
);

Deno.test(
  { name: "planFingerprint() of a plan without a build stays as it was", permissions: "none" },
  async () => {
    // Another one would have the containers of an older version replaced instead of adopted.
    const result = plan(undefined, {});
    if (result.kind === "refused") throw new Error(JSON.stringify(result.problems));
    equal(
      await planFingerprint(result.plan),
      "36ded3b55f431f5c4cc7a3012d16c4005adc8f02a42b289a8b617d5aa4c4eed5",
    );
  },
);
