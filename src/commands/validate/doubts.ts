/** Finds what is valid in a config but probably a mistake. In: a config and its plan. Out: warnings. */
import type { ServiceConfig } from "../../config/service_config.ts";
import type { Problem } from "../../errors.ts";
import type { ContainerPlan } from "../../plan/container_plan.ts";
import type { SwarmPlan } from "../../plan/swarm/swarm_plan.ts";
import { type FlagOccurrence, parseFlags } from "../../plan/flags/flag_parser.ts";
import { isLatest, parseImageReference } from "../../engine/image_reference.ts";

/** Images of databases, whose ports should not be open to everybody. */
const DATABASES = new Set(
  `arangodb cassandra clickhouse clickhouse-server cockroach couchbase couchdb db2 dragonfly elasticsearch etcd
  influxdb keydb mariadb memcached meilisearch mongo mongodb mssql-server mssql mysql mysql-server neo4j opensearch
  oracle percona pgvector postgis postgres postgresql questdb rabbitmq redis redis-stack redis-stack-server rethinkdb
  scylla solr surrealdb timescaledb typesense valkey victoria-metrics weaviate`.split(/\s+/),
);
const SECRET_NAME = /(?:PASS(?:WORD|WD|PHRASE)?|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)(?:_|$)/i;
/** `127.0.0.1:5432:5432`: published on one address only, not on `0.0.0.0` or `[::]`. */
const ON_ONE_ADDRESS = /^(?:(?!0\.0\.0\.0:)\d+\.\d+\.\d+\.\d+|\[(?!::\])[^\]]+\]):/;

const PUBLISHED_BY_SWARM =
  "publishes a port of a database on every address of the nodes, past most firewalls; " +
  "services on the same network need no published port";

/** All warnings, each with its place in the config. */
export function doubts(config: ServiceConfig, plan: ContainerPlan | SwarmPlan): Problem[] {
  return [
    ...publishedDatabase(config),
    ...("create" in plan ? staleTag(config, plan) : []),
    ...networkDoubts(config, plan),
    ...plainSecrets(config),
    ...logDriver(config),
    ...checkDoubts(config),
    ...readyDoubts(config),
  ];
}

function flagsOf(config: ServiceConfig, ...names: string[]) {
  return parseFlags(config.containerCreateArgs).occurrences.filter(({ name }) => names.includes(name));
}

function at({ valueIndex, value }: FlagOccurrence, message: string): Problem {
  return { ...doubt(["container_create_args", valueIndex], message), part: value };
}

function doubt(path: Problem["path"], message: string): Problem {
  return { path, message, standsAlone: true };
}

function publishedDatabase(config: ServiceConfig): Problem[] {
  const reference = parseImageReference(config.image);
  const image = reference.kind === "name" ? reference.name.split("/").at(-1) ?? "" : "";
  if (!DATABASES.has(image)) return [];
  return flagsOf(config, "publish").filter(({ value }) => !ON_ONE_ADDRESS.test(value)).map((flag) => {
    if (config.swarm !== undefined) return at(flag, PUBLISHED_BY_SWARM);
    const rest = flag.value.replace(/^(?:0\.0\.0\.0|\[::\]):/, "");
    const message = "publishes a port of a database on every address of this machine, past most firewalls; " +
      `for this machine alone write "127.0.0.1:${rest.includes(":") ? "" : ":"}${rest}"`;
    return at(flag, message);
  });
}

function staleTag({ image, pull: written, update }: ServiceConfig, { pull }: ContainerPlan): Problem[] {
  if (pull !== "missing" || !isLatest(image) || update !== undefined) return [];
  const message = `the tag "latest" moves on, but with "pull: missing" it is pulled only once; ` +
    `name a version, or use "pull: prefer"`;
  return [doubt([written === undefined ? "image" : "pull"], message)];
}

function plainSecrets(config: ServiceConfig): Problem[] {
  return flagsOf(config, "env").flatMap((flag) => {
    const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(flag.value) ?? [];
    if (value === "" || !SECRET_NAME.test(name) || /_FILE$/i.test(name)) return [];
    const message = `the value of "${name}" stands in this file for all who may read it; ` +
      `put it into a file of the unit's account (install -m 600 -o server-acct /dev/null FILE makes one), ` +
      `and name that with --env-file`;
    return [at(flag, message)];
  });
}

function networkDoubts(config: ServiceConfig, plan: ContainerPlan | SwarmPlan): Problem[] {
  const isHost = "create" in plan
    ? plan.create.body.HostConfig?.NetworkMode === "host"
    : plan.spec.TaskTemplate.Networks?.some(({ Target }) => Target === "host");
  if (!isHost) return [];
  return flagsOf(config, "publish", "publish-all").map((flag) =>
    at(flag, `"--publish" does nothing with "--network host": the container's ports are the host's`)
  );
}

function logDriver(config: ServiceConfig): Problem[] {
  return flagsOf(config, "log-driver").filter(({ value }) => value === "journald").map((flag) =>
    at(flag, "every line would be in the journal twice, from the engine and from the service; leave it out")
  );
}

/** The checks of all kinds, each with its path in the config. */
function checksOf({ monitor }: ServiceConfig) {
  return Object.entries(monitor).flatMap(([key, list]) => {
    if (!Array.isArray(list)) return [];
    const written = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return list.map(({ name, options }, index) => ({ name, options, path: ["monitor", written, index] }));
  });
}

function checkDoubts(config: ServiceConfig): Problem[] {
  const problems: Problem[] = [];
  const names = new Set<string>();
  for (const { name, options: { frequencyTicks, timeoutMs }, path } of checksOf(config)) {
    if (timeoutMs > frequencyTicks * 1000) {
      const message = `the check may take ${timeoutMs / 1000} s, but is to run every ${frequencyTicks} s: ` +
        `turns that come meanwhile are left out; set "timeout" to at most "${frequencyTicks}s"`;
      problems.push(doubt([...path, "frequency"], message));
    }
    if (name === undefined) continue;
    if (names.has(name)) {
      const message = `another check is called "${name}" too: the log will not tell them apart`;
      problems.push(doubt([...path, "name"], message));
    }
    names.add(name);
  }
  return problems;
}

function readyDoubts(config: ServiceConfig): Problem[] {
  const path = ["ready", "when"];
  // In a swarm, a task that runs is one whose health check, if it has one, has passed.
  const waitsForHealth = config.ready.when === "healthy" && config.swarm === undefined;
  if (waitsForHealth && flagsOf(config, "no-healthcheck").length > 0) {
    const message = `the service never becomes ready: "--no-healthcheck" switches off what it would wait for`;
    return [doubt(path, message)];
  }
  if (config.ready.when !== "checks" || checksOf(config).length > 0) return [];
  return [doubt(path, `there is no check to wait for but that the container runs; add one under "monitor"`)];
}
