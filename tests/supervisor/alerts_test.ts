/** Of what in a service's life somebody is told, and of what not. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { HttpRequest, HttpResponse } from "../../src/host/host.ts";
import { SupervisorBed } from "../support/supervisor_bed.ts";

const NEW = "sha256:new";
const ENV = {
  STATE_DIRECTORY: "/state",
  RUNTIME_DIRECTORY: "/run/service_runner/web",
  "service_runner_global_config": "/config.yaml",
};
const FILES = new Map([["/config.yaml", "alerts: { to: [{ webhook: https://hook.example/x }] }\n"]]);
const CHECK = "{path: /, frequency: 1, failure_threshold: 1";

function answer(httpStatus: number): HttpResponse {
  return { httpStatus, headers: new Headers(), body: null, certificateExpiresAt: undefined };
}

/** A service whose messages are kept instead of sent: `state what | what`. */
function start(
  config = "",
  { pull = "never", files = FILES }: { pull?: string; files?: Map<string, string> } = {},
) {
  const heard: string[] = [];
  const bed: SupervisorBed = new SupervisorBed({
    config,
    env: ENV,
    pull,
    files,
    host: {
      makeFolder: () => Promise.resolve(),
      readOthersFile: () => ({ kind: "missing" }),
      httpRequest: ({ url, body }: HttpRequest) => {
        if (!url.startsWith("https://hook.example/")) return Promise.resolve(answer(bed.httpStatus));
        const { state, items } = JSON.parse(body ?? "");
        heard.push(`${state} ${items.map(({ what }: { what: string }) => what).join(" | ")}`);
        return Promise.resolve(answer(200));
      },
    },
  });
  return { bed, heard };
}

Deno.test("a container that ends by itself is told of, and by the next process that it is ready again", async () => {
  const { bed, heard } = start();
  await bed.until(/READY=1/);
  bed.engine.exit("1", 3);
  equal(await bed.exitCode, 3);
  deepEqual(heard, ["failing The container has ended by itself: exit code 3"]);
  const next = start("", { files: new Map(bed.files) });
  await next.bed.untilTrue(() => next.heard.length === 1, "a message");
  match(next.heard[0] ?? "", /^over The service is ready again, after \d+ s$/);
  await next.bed[Symbol.asyncDispose]();
});

Deno.test("a container that ends by itself with 0 is done, which is told to nobody", async () => {
  const { bed, heard } = start();
  await bed.until(/READY=1/);
  bed.engine.exit("1", 0);
  equal(await bed.exitCode, 0);
  deepEqual(heard, []);
});

Deno.test("a start that fails, and a config that is no good, are told of", async () => {
  const unready = start("ready: {when: healthy, timeout: 50ms}");
  unready.bed.engine.healthAfterStart = "starting";
  equal(await unready.bed.exitCode, 70);
  match(unready.heard.join(), /^failing .*not ready/i);
  const broken = start("prot: 80");
  equal(await broken.bed.exitCode, 78);
  match(broken.heard.join(), /^failing Cannot load config \S+ \S+ "prot" is not known here[^\n]*$/);
});

Deno.test("checks that have given up are told of with the check that has failed", async () => {
  const { bed, heard } = start(`monitor: {check_http: [${CHECK}, on_failure: fail}]}`);
  await bed.until(/READY=1/);
  bed.httpStatus = 500;
  equal(await bed.exitCode, 75);
  deepEqual(heard, [
    'failing Check "http /" fails: status 500, expected 200 | The service has failed: check "http /" fails: status ' +
    "500, expected 200",
  ]);
});

Deno.test("a check that fails and passes is told of, and so is one that a reload takes away", async () => {
  const { bed, heard } = start(`monitor: {check_http: [${CHECK}}]}`);
  await bed.until(/READY=1/);
  bed.httpStatus = 500;
  await bed.untilTrue(() => bed.messages.some((text) => /Check "http \/" fails/.test(text)), "a failure");
  bed.httpStatus = 200;
  await bed.untilTrue(() => heard.length === 1, "a message");
  match(heard[0] ?? "", /^over Over after \d s: Check "http \/" fails: status 500, expected 200$/);
  bed.httpStatus = 500;
  const before = bed.messages.length;
  await bed.untilTrue(() => bed.messages.slice(before).some((text) => /fails/.test(text)), "a failure");
  bed.configure("monitor: {check_http: []}");
  bed.signal("SIGHUP");
  await bed.untilTrue(() => heard.length === 2, "a message");
  await bed[Symbol.asyncDispose]();
  equal(heard.length, 2);
});

Deno.test("a stop, a reload with a new container, and a restart by a check are told to nobody by themselves", async () => {
  const { bed, heard } = start(
    `monitor: {check_http: [${CHECK}, on_failure: restart, restart_interval: 0s}]}`,
  );
  const ready = await bed.until(/READY=1/);
  bed.configure("container_create_args: [--env, A=b]");
  bed.signal("SIGHUP");
  await bed.until(/READY=1/, ready);
  bed.signal("SIGTERM");
  equal(await bed.exitCode, 0);
  deepEqual(heard, []);
});

Deno.test("an update is news; one that is taken back is told of with the reason", async () => {
  const done = start("update: {probation: 0s}", { pull: "missing" });
  await done.bed.until(/READY=1/);
  done.bed.engine.inRegistry = NEW;
  done.bed.signal("SIGUSR1");
  await done.bed.untilTrue(() => done.bed.messages.includes("notice The service is updated"), "an update");
  // The end of a service does not wait for what else may happen.
  done.bed.engine.exit("2", 3);
  await done.bed.exitCode;
  deepEqual(done.heard, [
    "failing The container has ended by itself: exit code 3 | The service is updated",
  ]);
  const back = start("update: {}\nready: {when: healthy, timeout: 100ms}", { pull: "missing" });
  await back.bed.until(/READY=1/);
  back.bed.engine.healthAfterStart = "starting";
  back.bed.engine.onStart = ({ id }) => {
    if (id === "1") back.bed.engine.containers.get("1")!.health = "healthy";
  };
  back.bed.engine.inRegistry = NEW;
  back.bed.signal("SIGUSR1");
  await back.bed.until(/READY=1 STATUS=Running .*update taken back/);
  back.bed.engine.exit("1", 3);
  await back.bed.exitCode;
  match(
    back.heard.join(),
    /^failing The container has ended .* \| The update is taken back, .*: .*not.* ready/i,
  );
});

Deno.test("alerts: false is told to nobody, and nothing is written down", async () => {
  const { bed, heard } = start("alerts: false");
  await bed.until(/READY=1/);
  bed.engine.exit("1", 3);
  equal(await bed.exitCode, 3);
  deepEqual(heard, []);
  deepEqual([...bed.files.keys()].filter((path) => path.includes("alerts")), []);
});
