/** SIGUSR1 in a service's life: what is asked of the engine, what systemd hears, what is remembered. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { UpdateMemory } from "../../src/update/update_memory.ts";
import { SupervisorBed } from "../support/supervisor_bed.ts";

const OLD = "sha256:fake";
const NEW = "sha256:new";
const ENV = { STATE_DIRECTORY: "/state", RUNTIME_DIRECTORY: "/run/service_runner/web" };
const CHECKED = `monitor:
  check_container_present: false
  check_http: [{path: /, frequency: 1, on_failure: restart, restart_interval: 0s}]`;

/** A service that is ready, and whose tag means another image by now. */
async function ready(config: string, inRegistry = NEW): Promise<[SupervisorBed, number]> {
  const bed = new SupervisorBed({ config, env: ENV, pull: "missing" });
  const from = await bed.until(/READY=1/);
  bed.engine.inRegistry = inRegistry;
  return [bed, from];
}

function memory(bed: SupervisorBed): UpdateMemory {
  return JSON.parse(bed.files.get("/state/update.json") ?? "null");
}

/** Resolves when an update has come to this. */
async function untilState(bed: SupervisorBed, state: string): Promise<void> {
  await bed.untilTrue(() => memory(bed)?.last?.state === state, `the state "${state}"`);
}

/** Lets a pull wait until the function that it yields is called. */
function holdPull({ engine }: SupervisorBed): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const pull = engine.pullImage.bind(engine);
  engine.pullImage = async (...args) => {
    await promise;
    await pull(...args);
  };
  return resolve;
}

/** id, name, image and state of each container there is. */
function containers(bed: SupervisorBed): string[] {
  return [...bed.engine.containers.values()].map(({ id, name, image, state }) =>
    `${id} ${name} ${image} ${state}`
  );
}

function request(bed: SupervisorBed, action: string, force = false): void {
  const path = "/run/service_runner/web/update_request.json";
  bed.files.set(path, JSON.stringify({ id: "r", action, force }));
  bed.signal("SIGUSR1");
}

Deno.test("a newer image takes the place of the old one, whose container goes after the probation", async () => {
  const [bed, from] = await ready("update: {probation: 200ms}");
  await using _ = bed;
  bed.signal("SIGUSR1");
  await untilState(bed, "probation");
  deepEqual(containers(bed), [`1 web.replaced ${OLD} exited`, `2 web ${NEW} running`]);
  await untilState(bed, "updated");
  deepEqual(containers(bed), [`2 web ${NEW} running`]);
  const { previous, refused, last } = memory(bed);
  deepEqual([previous, refused, last?.from, last?.to], [OLD, null, OLD, NEW]);
  equal(bed.engine.images.get("service_runner/web:previous"), OLD);
  ok(!bed.engine.images.has("service_runner/web:updating"));
  const story = bed.storyFrom(from).filter((entry) => !/STATUS=(?:Updating|Running)/.test(entry));
  ok(!story.some((entry) => /STOPPING|RELOADING/.test(entry)), story.join("\n"));
  await bed.until(/READY=1 STATUS=Running since \S+, .*on probation until/, from);
});

Deno.test("where there is nothing newer, nothing is touched", async () => {
  const [bed] = await ready("update: {}", OLD);
  await using _ = bed;
  bed.signal("SIGUSR1");
  await untilState(bed, "current");
  deepEqual(containers(bed), [`1 web ${OLD} running`]);
  ok(!bed.engine.images.has("service_runner/web:previous"));
});

Deno.test("an image whose container does not become ready is taken back, and not tried again until its tag moves", async () => {
  const [bed] = await ready("update: {}\nready: {when: healthy, timeout: 100ms}");
  await using _ = bed;
  bed.engine.healthAfterStart = "starting";
  bed.engine.onStart = ({ id }) => {
    if (id === "1") bed.engine.containers.get("1")!.health = "healthy";
  };
  const from = bed.timeline.length;
  bed.signal("SIGUSR1");
  await untilState(bed, "taken_back");
  await bed.until(/READY=1 STATUS=Running .*update taken back: .*not.*ready/i, from);
  deepEqual(containers(bed), [`1 web ${OLD} running`]);
  equal(memory(bed).refused?.id, NEW);
  bed.signal("SIGUSR1");
  await untilState(bed, "refused");
  await bed.until(/READY=1 STATUS=Running .*; update refused: .*not.*ready/i, from);
  deepEqual(containers(bed), [`1 web ${OLD} running`]);
  bed.engine.healthAfterStart = "healthy";
  bed.engine.inRegistry = "sha256:newest";
  bed.signal("SIGUSR1");
  await untilState(bed, "probation");
  deepEqual(containers(bed), ["1 web.replaced sha256:fake exited", "3 web sha256:newest running"]);
  equal(memory(bed).refused, null);
});

Deno.test("--force tries a refused image once more", async () => {
  const [bed] = await ready("update: {probation: 0s}");
  await using _ = bed;
  const refused = { id: NEW, digest: null, at: "", why: "before" };
  const known = { image: "fake", refused, previous: OLD, "first_seen": {}, last: null };
  bed.files.set("/state/update.json", JSON.stringify(known));
  bed.signal("SIGUSR1");
  await untilState(bed, "refused");
  request(bed, "update", true);
  await untilState(bed, "updated");
  deepEqual(containers(bed), [`2 web ${NEW} running`]);
  equal(memory(bed).last?.request, "r");
});

for (
  const [what, act, why] of [
    ["ends", (bed: SupervisorBed) => bed.engine.exit("2", 3), /has ended, with exit code 3/],
    ["fails a check", (bed: SupervisorBed) => bed.httpStatus = 500, /check "http \/" fails: status 500/],
  ] as const
) {
  Deno.test(`a container that ${what} on probation: the very same old container serves again`, async () => {
    const [bed] = await ready(`update: {}\n${CHECKED}`);
    await using _ = bed;
    bed.signal("SIGUSR1");
    await untilState(bed, "probation");
    await bed.until(/READY=1 STATUS=Running .*on probation/);
    const from = bed.timeline.length;
    act(bed);
    await untilState(bed, "taken_back");
    bed.httpStatus = 200;
    await bed.until(/READY=1 STATUS=Running .*update taken back/, from);
    deepEqual(containers(bed), [`1 web ${OLD} running`]);
    match(memory(bed).refused?.why ?? "", why);
    ok(!bed.timeline.some((entry) => /restarted once/.test(entry)), "no restart is tried before");
  });
}

Deno.test("what ends with the engine, or by somebody's hand, says nothing of the image", async () => {
  const [bed] = await ready("update: {}");
  bed.signal("SIGUSR1");
  await untilState(bed, "probation");
  await bed.until(/READY=1 STATUS=Running .*on probation/);
  bed.engine.cutOff({ containersDie: true });
  bed.engine.comeBack();
  await bed.exitCode;
  equal(memory(bed).refused, null);
});

Deno.test("a stop on probation decides nothing, and leaves nothing behind", async () => {
  const [bed] = await ready("update: {}");
  bed.signal("SIGUSR1");
  await untilState(bed, "probation");
  bed.signal("SIGTERM");
  equal(await bed.exitCode, 0);
  deepEqual(containers(bed), []);
  equal(memory(bed).refused, null);
});

Deno.test("a reload on probation: another plan ends it, the same plan does not", async () => {
  const [bed] = await ready("update: {}");
  await using _ = bed;
  bed.signal("SIGUSR1");
  await untilState(bed, "probation");
  bed.signal("SIGHUP");
  await bed.untilTrue(
    () => bed.messages.some((message) => /the container stays/.test(message)),
    "the reload",
  );
  equal(memory(bed).last?.state, "probation");
  bed.configure("update: {}\ncontainer_create_args: [--env, A=1]");
  bed.signal("SIGHUP");
  await bed.untilTrue(
    () => bed.messages.some((message) => /is a new one/.test(message)),
    "the second reload",
  );
  equal(memory(bed).last?.state, "updated");
  deepEqual(containers(bed), [`3 web ${NEW} running`]);
});

Deno.test("a second request while one is under way is told, and forgotten", async () => {
  const [bed] = await ready("update: {}");
  await using _ = bed;
  bed.signal("SIGUSR1");
  await untilState(bed, "probation");
  request(bed, "update");
  await bed.untilTrue(
    () =>
      bed.messages.includes("notice A request to update is ignored: the last update is still on probation"),
    "the record",
  );
  ok(!bed.files.has("/run/service_runner/web/update_request.json"));
  request(bed, "rollback");
  await untilState(bed, "rolled_back");
  deepEqual(containers(bed), [`1 web ${OLD} running`]);
  equal(memory(bed).last?.request, "r");
});

Deno.test("rollback: the image of before serves, now and after the next start", async () => {
  const [bed] = await ready("update: {probation: 0s}");
  bed.signal("SIGUSR1");
  await untilState(bed, "updated");
  request(bed, "rollback");
  await untilState(bed, "rolled_back");
  deepEqual(containers(bed), [`3 web ${OLD} running`]);
  equal(memory(bed).refused?.id, NEW);
  request(bed, "rollback");
  await untilState(bed, "failed");
  bed.signal("SIGTERM");
  await bed.exitCode;
  await using next = new SupervisorBed({ config: "update: {}", env: ENV, pull: "always", files: bed.files });
  next.engine.images.clear();
  for (const [name, id] of bed.engine.images) next.engine.images.set(name, id);
  next.engine.inRegistry = NEW;
  await next.until(/READY=1/);
  deepEqual(containers(next), [`1 web ${OLD} running`]);
  ok(
    next.messages.some((message) =>
      /was refused \(rolled back by hand\); the one before is started/.test(message)
    ),
  );
});

Deno.test("min_age: a digest is taken so long after this machine first saw it", async () => {
  const [bed] = await ready("update: {min_age: 3d, probation: 0s}");
  await using _ = bed;
  bed.signal("SIGUSR1");
  await untilState(bed, "waiting");
  deepEqual(containers(bed), [`1 web ${OLD} running`]);
  equal(bed.engine.images.get("fake"), OLD, "it is not pulled either: a start would take it");
  const known = memory(bed);
  const longAgo = new Date(Date.now() - 3 * 86_400_000).toISOString();
  bed.files.set("/state/update.json", JSON.stringify({ ...known, "first_seen": { [NEW]: longAgo } }));
  bed.signal("SIGUSR1");
  await untilState(bed, "updated");
  deepEqual(containers(bed), [`2 web ${NEW} running`]);
});

Deno.test("mode notify tells, never does nothing", async () => {
  const [bed] = await ready("update: {mode: notify}");
  await using _ = bed;
  bed.signal("SIGUSR1");
  await untilState(bed, "available");
  await bed.until(/READY=1 STATUS=Running .*; a newer image is there/);
  equal(bed.engine.images.get("fake"), OLD);
  bed.configure("update: {mode: never}");
  bed.signal("SIGHUP");
  await bed.untilTrue(
    () => bed.messages.some((message) => /the container stays/.test(message)),
    "the reload",
  );
  bed.signal("SIGUSR1");
  await bed.untilTrue(
    () => bed.messages.includes('notice A request to update is ignored: "update.mode" is "never"'),
    "the record",
  );
});

Deno.test("a registry that can not be reached, a pull that is refused: the container stays, and it is said", async () => {
  const [bed] = await ready("update: {}");
  await using _ = bed;
  bed.engine.failOnce("pull", { kind: "refuse", httpStatus: 500, reason: "no such host" });
  bed.signal("SIGUSR1");
  await untilState(bed, "failed");
  await bed.until(/READY=1 STATUS=Running .*update failed: .*no such host/);
  deepEqual(containers(bed), [`1 web ${OLD} running`]);
  equal(memory(bed).refused, null);
});

Deno.test("the engine's going away in the middle of an update is no failure of the image", async () => {
  const [bed] = await ready("update: {}");
  await using _ = bed;
  bed.engine.failOnce("start 2", { kind: "cut" });
  bed.signal("SIGUSR1");
  await bed.until(/STATUS=.*Waiting for the engine/i);
  bed.engine.comeBack();
  await untilState(bed, "failed");
  deepEqual(containers(bed), [`1 web ${OLD} running`]);
  equal(memory(bed).refused, null);
});

Deno.test("while a newer image is pulled, the checks go on, and what they want is done", async () => {
  const [bed] = await ready(`update: {probation: 0s}\n${CHECKED}`);
  await using _ = bed;
  const goOn = holdPull(bed);
  bed.signal("SIGUSR1");
  await untilState(bed, "updating");
  const from = bed.timeline.length;
  bed.httpStatus = 500;
  await bed.until(/^start 1$/, from);
  bed.httpStatus = 200;
  await bed.until(/READY=1/, from);
  goOn();
  await untilState(bed, "updated");
  deepEqual(containers(bed), [`2 web ${NEW} running`]);
});

Deno.test("a reload while a newer image is pulled: the image does not take the place of another container", async () => {
  const [bed] = await ready("update: {}");
  await using _ = bed;
  const goOn = holdPull(bed);
  bed.signal("SIGUSR1");
  await untilState(bed, "updating");
  bed.configure("update: {}\ncontainer_create_args: [--env, A=1]");
  bed.signal("SIGHUP");
  await bed.untilTrue(() => bed.messages.some((message) => /is a new one/.test(message)), "the reload");
  goOn();
  await untilState(bed, "failed");
  match(memory(bed).last?.why ?? "", /another container has taken the place meanwhile/);
  deepEqual(containers(bed), [`2 web ${OLD} running`]);
});

Deno.test("a reload that is refused on probation: the new container serves on, by itself", async () => {
  const [bed] = await ready("update: {}");
  await using _ = bed;
  bed.signal("SIGUSR1");
  await untilState(bed, "probation");
  bed.engine.failOnce("create", { kind: "refuse", httpStatus: 400, reason: "no such network" });
  bed.configure("update: {}\ncontainer_create_args: [--env, A=1]");
  const from = bed.timeline.length;
  bed.signal("SIGHUP");
  await bed.until(/READY=1 STATUS=Running since [^;]+; reload refused: [^;]*no such network$/, from);
  equal(memory(bed).last?.state, "updated");
  deepEqual(containers(bed), [`2 web ${NEW} running`]);
});

Deno.test("a reload and an update that are asked for at once are both carried out", async () => {
  const [bed] = await ready("update: {probation: 0s}");
  await using _ = bed;
  bed.configure("update: {probation: 0s}\ncontainer_create_args: [--env, A=1]");
  bed.signal("SIGHUP");
  bed.signal("SIGUSR1");
  await untilState(bed, "updated");
  deepEqual(containers(bed), [`3 web ${NEW} running`]);
});

Deno.test("what the engine lacks is no fault of the image: the old container serves, and the next request tries again", async () => {
  for (const call of ["rename", "create", "start 2"]) {
    const [bed] = await ready("update: {probation: 0s}");
    await using _ = bed;
    bed.engine.failOnce(call, { kind: "refuse", httpStatus: 500, reason: "no space left on device" });
    bed.signal("SIGUSR1");
    await untilState(bed, "failed");
    await bed.until(/READY=1 STATUS=Running .*update taken back: .*no space left/);
    deepEqual([containers(bed), memory(bed).refused], [[`1 web ${OLD} running`], null], call);
    bed.signal("SIGUSR1");
    await untilState(bed, "updated");
  }
});

Deno.test("where the way back is barred, too, the run fails, and says why", async () => {
  const [bed] = await ready("update: {}");
  bed.engine.failOnce("start 2", { kind: "refuse", httpStatus: 400, reason: "no such command" });
  bed.engine.failOnce("start 1", { kind: "refuse", httpStatus: 500, reason: "the disk is full" });
  bed.signal("SIGUSR1");
  equal(await bed.exitCode, 70);
  ok(bed.messages.some((message) => /^fatal .*the disk is full/.test(message)), bed.messages.join("\n"));
  deepEqual(containers(bed), []);
});

Deno.test("a request that is none is told, and harms nobody", async () => {
  const [bed] = await ready("update: {}");
  await using _ = bed;
  bed.files.set("/run/service_runner/web/update_request.json", "{");
  bed.signal("SIGUSR1");
  await bed.untilTrue(
    () =>
      bed.messages.some((message) =>
        /^notice A request to update is ignored: .* is no request$/.test(message)
      ),
    "the record",
  );
  deepEqual(containers(bed), [`1 web ${OLD} running`]);
  equal(bed.files.has("/run/service_runner/web/update_request.json"), false);
});

/** The service's next process, on the engine as the last one has left it. */
function nextProcess(
  bed: SupervisorBed,
  images: ReadonlyMap<string, string> = bed.engine.images,
): SupervisorBed {
  const next = new SupervisorBed({ config: "update: {}", env: ENV, pull: "missing", files: bed.files });
  next.engine.images.clear();
  for (const [name, id] of images) next.engine.images.set(name, id);
  next.engine.inRegistry = bed.engine.inRegistry;
  return next;
}

Deno.test("a stop while the newer image is pulled: the update has not happened, and the next one finds it", async () => {
  const [bed] = await ready("update: {}");
  const pull = bed.engine.pullImage.bind(bed.engine);
  bed.engine.pullImage = async (...args) => {
    await pull(...args);
    bed.signal("SIGTERM");
  };
  bed.signal("SIGUSR1");
  equal(await bed.exitCode, 0);
  equal(bed.engine.images.get("fake"), NEW);
  await using next = nextProcess(bed);
  await next.until(/READY=1/);
  deepEqual(containers(next), [`1 web ${OLD} running`]);
  next.signal("SIGUSR1");
  await untilState(next, "probation");
  deepEqual(containers(next), [`1 web.replaced ${OLD} exited`, `2 web ${NEW} running`]);
});

Deno.test("a refused image, and the one before is gone: a start looks for a better one, else says what to do", async () => {
  const refused = { id: NEW, digest: null, at: "2026-01-01T00:00:00Z", why: "no good" };
  const known = { image: "fake", refused, previous: OLD, "first_seen": {}, last: null };
  const files = new Map([["/state/update.json", JSON.stringify(known)]]);
  const start = (inRegistry: string) => {
    const bed = new SupervisorBed({ config: "update: {}", env: ENV, pull: "missing", files });
    bed.engine.images.set("fake", NEW);
    bed.engine.inRegistry = inRegistry;
    return bed;
  };
  await using better = start("sha256:newest");
  await better.until(/READY=1/);
  deepEqual(containers(better), ["1 web sha256:newest running"]);
  const none = start(NEW);
  equal(await none.exitCode, 70);
  const last = none.messages.at(-1) ?? "";
  match(last, /it was refused \(no good\), and the image before is gone; .*update --force web$/);
});

Deno.test("what somebody ends while it proves itself is no fault of the image", async () => {
  const [bed] = await ready("update: {}\nready: {when: healthy, timeout: 5s}");
  await using _ = bed;
  bed.engine.healthAfterStart = "starting";
  const from = bed.timeline.length;
  bed.signal("SIGUSR1");
  await bed.until(/waiting for the engine's health check/i, await bed.until(/^start 2$/, from));
  bed.engine.healthAfterStart = "healthy";
  bed.engine.cutOff({ containersDie: true });
  bed.engine.comeBack();
  await untilState(bed, "failed");
  await bed.until(/READY=1 STATUS=Running/, from);
  deepEqual([containers(bed), memory(bed).refused], [[`1 web ${OLD} running`], null]);
});

Deno.test("what a reload has changed on probation stays when the old container comes back", async () => {
  const [bed] = await ready("update: {}");
  bed.signal("SIGUSR1");
  await untilState(bed, "probation");
  bed.configure("update: {}\nmonitor: {check_container_present: false, check_tcp: [{name: new, port: 1}]}");
  bed.signal("SIGHUP");
  await bed.untilTrue(
    () => bed.messages.some((message) => /the container stays/.test(message)),
    "the reload",
  );
  bed.engine.exit("2", 3);
  await untilState(bed, "taken_back");
  await bed.until(/READY=1 STATUS=Running .*update taken back/);
  bed.signal("SIGTERM");
  await bed.exitCode;
  const { config } = JSON.parse(bed.files.get("/run/service_runner/web/status.json") ?? "");
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(bed.files.get("/etc/service_runner/web.yaml")),
  );
  equal(config.sha256, new Uint8Array(digest).toHex());
});

Deno.test("a registry that says too much, and a memory that is none, do no harm", async () => {
  const [bed] = await ready("update: {}");
  await using _ = bed;
  bed.engine.failOnce("pull", { kind: "refuse", httpStatus: 500, reason: "x".repeat(100_000) });
  bed.signal("SIGUSR1");
  await untilState(bed, "failed");
  ok((bed.files.get("/state/update.json") ?? "").length < 5000);
  const wrong = { image: "fake", refused: 5, previous: {}, "first_seen": { [NEW]: 7 }, last: "x" };
  bed.files.set("/state/update.json", JSON.stringify(wrong));
  bed.signal("SIGUSR1");
  await untilState(bed, "probation");
});

Deno.test("a look changes nothing of what is known of the checks", async () => {
  const [bed, from] = await ready(
    "update: {}\nmonitor: {check_container_present: false, check_http: [{path: /, frequency: 1}]}",
    OLD,
  );
  await using _ = bed;
  const status = () => JSON.parse(bed.files.get("/run/service_runner/web/status.json") ?? "{}");
  bed.httpStatus = 500;
  await bed.until(/STATUS=Running .*failing/, from);
  await bed.untilTrue(() => status().checks?.[0]?.history.length > 0, "a run in the status file");
  request(bed, "check");
  await untilState(bed, "current");
  await bed.until(/READY=1 STATUS=Running .*failing/, from);
  equal(status().checks[0]?.ok, false);
});
