/** `swarm:`, which makes a service one of the engine's own distributed mode, in place of a container on this machine. */
import * as v from "valibot";
import { duration, listOf, mapOf, mustBe, oneOf, section, text, wholeNumber } from "./values.ts";

const WEEK_MS = 7 * 86_400_000;
/** Of tasks: more are a slip of the finger. */
const MOST = 10_000;
/** Begins the names of the labels by which a service of ours is known. */
const OUR_LABELS = "service_runner.";

/** A number of tasks, or a word that stands for another one. */
function countOr<const W extends string>(word: W, least: number) {
  const allowed = `a whole number from ${least} to ${MOST}, or ${word}`;
  const isCount = (input: string) => /^\d+$/.test(input) && Number(input) >= least && Number(input) <= MOST;
  return v.pipe(
    v.string(mustBe(allowed)),
    v.check((input) => input === word || isCount(input), mustBe(allowed)),
    v.transform((input): number | W => isCount(input) ? Number(input) : word),
    v.metadata({
      jsonSchema: { anyOf: [{ type: "integer", minimum: least, maximum: MOST }, { const: word }] },
    }),
  );
}

const upToAWeek = v.pipe(duration, v.maxValue(WEEK_MS, "must be at most 7d"));

const LABEL = "(?:node|engine)\\.labels\\.[\\w.-]+";
const ATTRIBUTE = `node\\.(?:id|hostname|ip|platform\\.(?:os|arch))|${LABEL}`;
const VALUE_CHARACTERS = "\\w:.*()?+[\\]\\\\^$|/\\-";
const VALUE = `[${VALUE_CHARACTERS}][${VALUE_CHARACTERS}\\s]*`;
/** Of what swarmkit takes only what can be true of a node: with another key its tasks are pending for ever. */
const CONSTRAINT = new RegExp(
  `^\\s*(?:(?:${ATTRIBUTE})\\s*[!=]=\\s*${VALUE}|node\\.role\\s*[!=]=\\s*(?:manager|worker)\\s*)$`,
);
const CONSTRAINT_RULE =
  'a constraint such as "node.labels.disk == ssd" or "node.role != manager", of node.id, node.hostname, node.ip, ' +
  "node.role, node.platform.os, node.platform.arch, node.labels.NAME or engine.labels.NAME";

const constraint = v.pipe(text, v.regex(CONSTRAINT, mustBe(CONSTRAINT_RULE)));

const spread = v.pipe(
  text,
  v.regex(new RegExp(`^${LABEL}$`), mustBe("node.labels.NAME or engine.labels.NAME")),
);

const labels = v.pipe(
  mapOf(text),
  v.check(
    (input) => Object.keys(input).every((name) => name !== "" && !name.startsWith(OUR_LABELS)),
    `must have names that are not empty and do not begin with "${OUR_LABELS}"`,
  ),
  v.metadata({
    jsonSchema: {
      type: "object",
      additionalProperties: { type: "string" },
      patternProperties: { [`^(?:$|${OUR_LABELS.replace(".", "\\.")})`]: false },
    },
  }),
);

const update = v.pipe(
  section({
    at_once: v.optional(countOr("all", 1), "1"),
    order: v.optional(oneOf(["stop-first", "start-first"]), "stop-first"),
    delay: v.optional(upToAWeek, "0s"),
    // To Swarm, 0 is not given.
    monitor: v.optional(v.pipe(upToAWeek, v.minValue(1, "must be more than 0s")), "5s"),
  }),
  v.forward(
    v.check(
      // With a longer one, a failed update may leave no task at all (moby#37972).
      ({ order, delay, monitor }) => order !== "start-first" || delay < monitor,
      ({ input }) =>
        `must be less than "monitor", which is ${input.monitor / 1000}s, with "order: start-first"`,
    ),
    ["delay"],
  ),
  v.transform(({ at_once: atOnce, order, delay: delayMs, monitor: monitorMs }) => ({
    atOnce: atOnce === "all" ? 0 : atOnce,
    order,
    delayMs,
    monitorMs,
  })),
);

const swarmSection = section({
  replicas: v.optional(countOr("global", 1), "1"),
  constraints: listOf(constraint),
  spread: v.optional(spread),
  max_per_node: v.optional(wholeNumber(1, MOST)),
  reserve: v.nullish(section({ cpus: v.optional(text), memory: v.optional(text) }), {}),
  labels: v.nullish(labels, {}),
  publish: v.optional(oneOf(["ingress", "host"]), "ingress"),
  update: v.nullish(update, {}),
  minimum: v.optional(countOr("all", 0), "all"),
  on_minimum: v.optional(oneOf(["log", "fail", "watchdog"]), "log"),
  patience: v.optional(upToAWeek, "1m"),
  on_stop: v.optional(oneOf(["remove", "keep"]), "remove"),
});

const NOT_GLOBAL = () => 'has no effect with "replicas: global", which is one task on every node';

const schema = v.pipe(
  swarmSection,
  v.forward(v.check(({ replicas, spread }) => replicas !== "global" || !spread, NOT_GLOBAL), ["spread"]),
  v.forward(
    v.check(({ replicas, max_per_node: most }) => replicas !== "global" || !most, NOT_GLOBAL),
    ["max_per_node"],
  ),
  v.forward(
    v.check(
      ({ replicas, minimum }) => replicas === "global" || minimum === "all" || minimum <= replicas,
      ({ input: { replicas, minimum } }) =>
        `must be at most "replicas", which is ${replicas}, or all, got "${minimum}"`,
    ),
    ["minimum"],
  ),
  v.transform((
    { max_per_node: maxPerNode, on_minimum: onMinimum, patience: patienceMs, on_stop: onStop, ...same },
  ) => ({
    ...same,
    maxPerNode,
    onMinimum,
    patienceMs,
    onStop,
  })),
);

/** The key alone, with nothing behind it, is a service with all defaults. */
export const swarmSchema = v.nullable(schema, {});

/**
 * Durations in milliseconds. `replicas`: "global" is one task on every node. `update.atOnce`: 0 for all. `reserve`: as
 * it is written, like `--cpus` and `--memory`.
 */
export type SwarmConfig = Readonly<v.InferOutput<typeof schema>>;

/** Of a section that says nothing. */
export const SWARM_DEFAULTS: SwarmConfig = v.parse(schema, {});
