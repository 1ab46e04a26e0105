import { deepEqual, equal, match, ok } from "node:assert/strict";
import {
  bodyToSend,
  type ContainerPlan,
  planContainer,
  type ServicePlanInput,
  withLabels,
} from "../../src/plan/container_plan.ts";
import { isOfService, PLAN_LABEL, PROCESS_LABEL, SERVICE_LABEL } from "../../src/plan/labels.ts";
import type { PlanInputs } from "../../src/plan/plan_inputs.ts";
import { accepted, planInputs } from "./plan_fixture.ts";

type Input = Partial<ServicePlanInput>;

function result(input: Input, inputs: PlanInputs = planInputs()) {
  return planContainer(
    { name: "web", image: "nginx", containerCreateArgs: [], serviceArgs: [], ...input },
    inputs,
  );
}

function planned(input: Input, inputs?: PlanInputs): ContainerPlan {
  const planning = result(input, inputs);
  if (planning.kind === "refused") throw new Error(JSON.stringify(planning.problems));
  return planning.plan;
}

function problems(input: Input, inputs?: PlanInputs): { path: string; message: string }[] {
  const planning = result(input, inputs);
  if (planning.kind === "planned") throw new Error("not refused");
  return planning.problems.map(({ path, message }) => ({ path: path.join("."), message }));
}

/** What the plan warns of, with the position of the flag. */
function warnings(
  containerCreateArgs: string[],
  input: Input = {},
  inputs?: PlanInputs,
): [number | undefined, string][] {
  return planned({ ...input, containerCreateArgs }, inputs).warnings.map((
    { argIndex, message },
  ) => [argIndex, message]);
}

Deno.test("planContainer() asks for what the CLI would ask for", () => {
  const args = ["-p", "80:80", "-v", "./html:/srv:ro", "--platform=arm64"];
  const plan = planned({ containerCreateArgs: args, serviceArgs: ["nginx", "-g", "x"] });
  const request = accepted(["--name", "web", ...args, "nginx", "nginx", "-g", "x"]);
  deepEqual(plan.create, { query: request.query, body: request.body });
  deepEqual([plan.name, plan.image, plan.platform, plan.warnings], ["web", "nginx", "arm64", []]);
});

Deno.test("planContainer() with updates pulls once, and warns of what updates can not do", () => {
  const update = {};
  equal(planned({}).pull, "always");
  deepEqual([planned({ update }).pull, planned({ update }).warnings], ["missing", []]);
  deepEqual(warnings([], { update, pull: "always" }), [
    [undefined, '"pull" is "always": a restart, too, may bring a newer image'],
  ]);
  deepEqual(warnings([], { update, image: `nginx@sha256:${"0".repeat(64)}` }), [
    [undefined, '"update" has no effect: its image is given by a digest'],
  ]);
  deepEqual(warnings([], { update, pull: "never" }), [
    [undefined, '"update" has no effect: "pull" is "never"'],
  ]);
});

Deno.test("planContainer() keeps its own labels and settings beside the request", () => {
  const plan = planned({ containerCreateArgs: ["-l", "a=1", "--restart=always", "--init"] });
  equal(plan.create.body.HostConfig?.RestartPolicy?.Name, "always");
  const body = bodyToSend(withLabels(plan, { [PLAN_LABEL]: "abc" }));
  deepEqual(body.Labels, { a: "1", "service_runner.service": "web", "service_runner.plan": "abc" });
  deepEqual(body.HostConfig, { Init: true, RestartPolicy: { Name: "no" }, AutoRemove: false });
});

Deno.test("planContainer() overrides --restart and --rm with a warning", () => {
  const [[index, message] = []] = warnings(["--init", "--restart", "unless-stopped"]);
  equal(index, 1);
  match(message!, /"--restart unless-stopped" is overridden with "no": systemd restarts/);
  match(warnings(["--rm"])[0]![1], /"--rm" is overridden/);
  deepEqual(warnings(["--restart=no"]), []);
  deepEqual(warnings(["--rm", "--rm=false"]), []);
});

Deno.test("planContainer() takes -i with a warning, -t and -a without", () => {
  const plan = planned({ containerCreateArgs: ["-it", "-a", "stdout"] });
  match(plan.warnings[0]!.message, /"--interactive" keeps stdin open/);
  equal(plan.warnings.length, 1);
  deepEqual([plan.create.body.Tty, plan.create.body.AttachStderr], [true, undefined]);
});

Deno.test("planContainer() takes --cidfile, also where the file of an earlier run is there", () => {
  const inputs = planInputs({ files: { "run/id": "old" } });
  const plan = planned({ containerCreateArgs: ["--cidfile", "run/id"] }, inputs);
  equal(plan.cidfile, "/srv/case/work/run/id");
  match(plan.warnings[0]!.message, /"run\/id", is there already/);
  equal(planned({ containerCreateArgs: ["--cidfile", "run/other"] }, inputs).warnings.length, 0);
  equal(
    problems({ containerCreateArgs: ["--rm", "--cidfile", "no/id"] }, inputs)[0]!.path,
    "container_create_args.1",
  );
});

Deno.test('planContainer() lets the key "pull" win over --pull', () => {
  equal(planned({}).pull, "always");
  equal(planned({ containerCreateArgs: ["--pull=never"] }).pull, "never");
  equal(planned({ pull: "prefer" }).pull, "prefer");
  const plan = planned({ pull: "missing", containerCreateArgs: ["--pull", "never"] });
  equal(plan.pull, "missing");
  match(plan.warnings[0]!.message, /"--pull never" is overridden by the key "pull", which is "missing"/);
  deepEqual(warnings(["--pull=never"], { pull: "never" }), []);
});

Deno.test("planContainer() warns that --use-api-socket brings no credentials", () => {
  match(warnings(["--use-api-socket"])[0]![1], /no registry credentials/);
  deepEqual(warnings(["--use-api-socket=false"]), []);
});

Deno.test("planContainer() passes on the warnings of the CLI", () => {
  deepEqual(warnings(["--dns", "127.0.0.1"]), [[
    undefined,
    "Localhost DNS (127.0.0.1) may fail in containers.",
  ]]);
});

const REFUSED: readonly (readonly [input: Input, path: string, message: RegExp])[] = [
  [
    { containerCreateArgs: ["--name", "web", "--name=other"] },
    "container_create_args.2",
    /must be left out or equal/,
  ],
  [{ containerCreateArgs: ["--help"] }, "container_create_args.0", /creates no container/],
  [
    { containerCreateArgs: ["--rm", "nginx", "-p", "80"] },
    "container_create_args.1",
    /"nginx" is not a flag; the image is given by "image"/,
  ],
  [{ containerCreateArgs: ["--init", "true"] }, "container_create_args.1", /must be written "--init=true"/],
  [{ containerCreateArgs: ["--", "x"] }, "container_create_args.1", /is not a flag/],
  [{ containerCreateArgs: ["-d"] }, "container_create_args.0", /a flag of "docker run".*leave it out/],
  [{ containerCreateArgs: ["--rm", "--detach"] }, "container_create_args.1", /always runs in the background/],
  [
    { containerCreateArgs: ["--sig-proxy=false"] },
    "container_create_args.0",
    /stopped with its own stop signal/,
  ],
  [
    { containerCreateArgs: ["--detach-keys", "x"] },
    "container_create_args.0",
    /no terminal is ever attached/,
  ],
  // The CLI would take the image for the value.
  [
    { containerCreateArgs: ["--rm", "--volume"] },
    "container_create_args.1",
    /flag needs an argument: -v, --volume/,
  ],
  [{ containerCreateArgs: ["--volum", "x"] }, "container_create_args.0", /did you mean --volume\?/],
  [{ containerCreateArgs: ["--cpu-count=1"] }, "container_create_args.0", /only supported .* windows/],
  [
    { containerCreateArgs: ["--rm", "--restart=always"] },
    "container_create_args.1",
    /both --restart and --rm/,
  ],
  [{ image: "Nginx" }, "image", /must be lowercase/],
  [{ image: "" }, "image", /invalid reference format/],
  [{ name: "-x" }, "name", /must be a container name/],
];

for (const [input, path, message] of REFUSED) {
  Deno.test(`planContainer() refuses ${JSON.stringify(input)}`, () => {
    const [problem, ...others] = problems(input);
    deepEqual(others, []);
    equal(problem?.path, path);
    match(problem.message, message);
  });
}

Deno.test("planContainer() takes two dashes with nothing after them", () => {
  equal(planned({ containerCreateArgs: ["--init", "--"] }).create.body.HostConfig?.Init, true);
});

Deno.test("planContainer() finds all problems at once, in the order of the list, values at their own place", () => {
  const found = problems({
    image: "nginx:",
    containerCreateArgs: ["--name=x", "-p", "80", "--rm=maybe", "-d", "--dns", "x", "--foo=1", "nginx"],
  });
  deepEqual(found.map(({ path }) => path), [
    ...[0, 3, 4, 6, 7, 8].map((index) => `container_create_args.${index}`),
    "image",
  ]);
  deepEqual(
    problems({ containerCreateArgs: ["-p", "x", "-v", "", "--pid=x"] }).map(({ path }) => path),
    [
      "container_create_args.1",
      "container_create_args.3",
      "container_create_args.4",
    ],
  );
});

Deno.test("planContainer() yields the same plan for the same config", () => {
  const input = { containerCreateArgs: ["-e", "A=1", "-l", "b=2", "-p", "80"] };
  deepEqual(JSON.stringify(planned(input)), JSON.stringify(planned(input)));
  ok(planned(input) !== planned(input));
});

Deno.test("a container is a service's own by labels that its image can not have brought", () => {
  const ours = { [SERVICE_LABEL]: "web", [PLAN_LABEL]: "abc", [PROCESS_LABEL]: "4711 1" };
  equal(isOfService("web", ours, null), true);
  equal(isOfService("web", ours, { [SERVICE_LABEL]: "web" }), true, "of an image with a label like ours");
  equal(
    isOfService("web", ours, { ...ours, [PROCESS_LABEL]: "4710 1" }),
    true,
    "of an image made of an earlier one",
  );
  equal(isOfService("web", ours, ours), false, "somebody else's, of an image made of ours");
  equal(isOfService("web", { [SERVICE_LABEL]: "web" }, { [SERVICE_LABEL]: "web" }), false);
  equal(isOfService("web", { [SERVICE_LABEL]: "web" }, null), true, "made by an earlier version");
  equal(isOfService("shop", ours, null), false);
  equal(isOfService("web", null, null), false);
});
