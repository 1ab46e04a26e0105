import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { safeParse } from "valibot";
import { loadServiceConfig } from "../../src/config/load_config.ts";
import { serviceSchema } from "../../src/config/service_schema.ts";
import { ConfigError } from "../../src/errors.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { tempDir } from "../support/temp_dir.ts";

/** `swarm`: what stands behind the key. */
async function load(swarm: string) {
  await using dir = await tempDir();
  const file = await dir.write("web.yaml", `name: web\nimage: nginx\n${swarm}\n`);
  return (await loadServiceConfig(file, denoHost())).config.swarm;
}

/** What is wrong, without the lines around. */
async function refusals(swarm: string): Promise<string[]> {
  let messages: string[] = [];
  await rejects(load(swarm), (error) => {
    ok(error instanceof ConfigError, String(error));
    messages = error.problems.map(({ path, message }) => `${path.join(".")} ${message}`);
    return true;
  });
  return messages;
}

const DEFAULTS = {
  replicas: 1,
  constraints: [],
  spread: undefined,
  maxPerNode: undefined,
  reserve: {},
  labels: {},
  publish: "ingress",
  update: { atOnce: 1, order: "stop-first", delayMs: 0, monitorMs: 5000 },
  minimum: "all",
  onMinimum: "log",
  patienceMs: 60_000,
  onStop: "remove",
};

Deno.test("swarm: nothing behind the key, or an empty mapping, is a service with all defaults", async () => {
  deepEqual({ ...DEFAULTS, ...await load("swarm:") }, DEFAULTS);
  deepEqual({ ...DEFAULTS, ...await load("swarm: {}") }, DEFAULTS);
  deepEqual(
    { ...DEFAULTS, ...await load("swarm: {constraints: , reserve: , labels: , update: }") },
    DEFAULTS,
  );
});

Deno.test("swarm: without the key there is none", async () => {
  equal(await load("adopt: true"), undefined);
});

Deno.test("swarm: all keys in their units", async () => {
  deepEqual(
    await load(`swarm:
  replicas: 3
  constraints: [node.labels.disk == ssd, node.role!=manager, "engine.labels.os == debian 12", node.ip == 10.0.0.0/8]
  spread: node.labels.zone
  max_per_node: 2
  reserve: {cpus: 0.50, memory: 256m}
  labels: {traefik.enable: true, weight: 1.50}
  publish: host
  update: {at_once: all, order: stop-first, delay: 1m30s, monitor: 500ms}
  minimum: 0
  on_minimum: watchdog
  patience: 0s
  on_stop: keep`),
    {
      replicas: 3,
      constraints: [
        "node.labels.disk == ssd",
        "node.role!=manager",
        "engine.labels.os == debian 12",
        "node.ip == 10.0.0.0/8",
      ],
      spread: "node.labels.zone",
      maxPerNode: 2,
      reserve: { cpus: "0.50", memory: "256m" },
      labels: { "traefik.enable": "true", weight: "1.50" },
      publish: "host",
      update: { atOnce: 0, order: "stop-first", delayMs: 90_000, monitorMs: 500 },
      minimum: 0,
      onMinimum: "watchdog",
      patienceMs: 0,
      onStop: "keep",
    },
  );
  const global = await load("swarm: {replicas: global, minimum: 5, update: {order: start-first, delay: 4s}}");
  deepEqual([global?.replicas, global?.minimum, global?.update.order], ["global", 5, "start-first"]);
});

Deno.test("swarm: refuses what can not be meant so, at its place", async (t) => {
  const counts = "a whole number from 1 to 10000, or global";
  const cases: [swarm: string, problem: string][] = [
    ["swarm: 3", 'swarm must be a mapping, got "3"'],
    ["swarm: [replicas]", "swarm must be a mapping, got a list"],
    ["swarm: {replica: 3}", 'swarm.replica is not known here; did you mean "replicas"?'],
    ["swarm: {replicas: 0}", `swarm.replicas must be ${counts}, got "0"`],
    ["swarm: {replicas: 1.5}", `swarm.replicas must be ${counts}, got "1.5"`],
    ["swarm: {replicas: all}", `swarm.replicas must be ${counts}, got "all"`],
    ["swarm: {replicas: 10001}", `swarm.replicas must be ${counts}, got "10001"`],
    ["swarm: {max_per_node: 0}", 'swarm.max_per_node must be a whole number from 1 to 10000, got "0"'],
    ["swarm: {publish: vip}", 'swarm.publish must be one of ingress, host, got "vip"'],
    ["swarm: {on_minimum: restart}", 'swarm.on_minimum must be one of log, fail, watchdog, got "restart"'],
    ["swarm: {on_stop: scale}", 'swarm.on_stop must be one of remove, keep, got "scale"'],
    ["swarm: {patience: 8d}", "swarm.patience must be at most 7d"],
    ["swarm: {minimum: 2}", 'swarm.minimum must be at most "replicas", which is 1, or all, got "2"'],
    [
      "swarm: {labels: {service_runner.owner: x}}",
      'swarm.labels must have names that are not empty and do not begin with "service_runner."',
    ],
    ["swarm: {labels: [a=1]}", "swarm.labels must be a mapping, got a list"],
    ["swarm: {spread: zone}", 'swarm.spread must be node.labels.NAME or engine.labels.NAME, got "zone"'],
    [
      "swarm: {update: {at_once: 0}}",
      'swarm.update.at_once must be a whole number from 1 to 10000, or all, got "0"',
    ],
    ["swarm: {update: {monitor: 0s}}", "swarm.update.monitor must be more than 0s"],
    [
      "swarm: {update: {monitor: 5m}}",
      'swarm.update.monitor must be less than "ready.timeout", which is 300s',
    ],
    [
      "swarm: {replicas: 6, update: {delay: 1m}}",
      "swarm.update.delay makes an update of 6 tasks take at least 305s, " +
      'more than "ready.timeout", which is 300s',
    ],
    [
      "swarm: {update: {order: start-first, delay: 5s}}",
      'swarm.update.delay must be less than "monitor", which is 5s, with "order: start-first"',
    ],
    [
      "swarm: {replicas: global, max_per_node: 1}",
      'swarm.max_per_node has no effect with "replicas: global", which is one task on every node',
    ],
    [
      "swarm: {replicas: global, spread: node.labels.zone}",
      'swarm.spread has no effect with "replicas: global", which is one task on every node',
    ],
  ];
  for (const [swarm, problem] of cases) {
    await t.step(swarm, async () => deepEqual(await refusals(swarm), [problem]));
  }
});

Deno.test("swarm: refuses a constraint that Swarm does not take, and one that no node ever fulfils", async () => {
  const wrong = [
    "node.labels.disk = ssd",
    "node.labels.disk == ",
    "node.labels.disk > 3",
    "node.labels == ssd",
    "node.labls.disk == ssd",
    "node.labels.a/b == ssd",
    "node.labels.disk == a,b",
    "node.role == maneger",
    "disk == ssd",
  ];
  for (const text of wrong) {
    const [problem = "", ...others] = await refusals(`swarm: {constraints: [node.id == x, "${text}"]}`);
    match(problem, /^swarm\.constraints\.1 must be a constraint such as "node\.labels\.disk == ssd"/);
    deepEqual(others, []);
  }
});

Deno.test("a key of `swarm` at another place is told where it belongs", async () => {
  const [problem] = await refusals("replicas: 3");
  equal(problem, 'replicas is not known here; it belongs under "swarm"');
});

Deno.test("what is not available in a swarm is so only there", () => {
  const config = { name: "web.example", image: "nginx", pull: "never", build: {}, update: {} };
  equal(safeParse(serviceSchema, config).success, true);
  equal(safeParse(serviceSchema, { ...config, swarm: null }).success, false);
});
