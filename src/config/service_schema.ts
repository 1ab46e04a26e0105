/** All keys of a service's config, `swarm` included. A config that is good and has no such key is read without this. */
import * as v from "valibot";
import { renamed, SERVICE_KEYS } from "./service_config.ts";
import { swarmSchema } from "./swarm_config.ts";
import { section } from "./values.ts";

const serviceSection = section({ ...SERVICE_KEYS, swarm: v.optional(swarmSchema) });

type Service = v.InferOutput<typeof serviceSection>;

interface Refusal {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Whether the key is what is wrong, not its value. */
  readonly atKey?: boolean;
}

/** As swarmkit has it: a part of a DNS name. */
const NAME = /^[a-zA-Z0-9](?:[\w-]*[a-zA-Z0-9])?$/;
const LONGEST_NAME = 63;

/** What other keys can not be beside `swarm`. */
function refusals({ name, pull, build, ready, update, monitor, swarm }: Service): Refusal[] {
  const found: Refusal[] = [];
  const refuse = (isWrong: boolean, path: Refusal["path"], message: string, atKey = false) => {
    if (isWrong) found.push({ path, message, atKey });
  };
  const nameRule = `letters, digits, "-" and "_" in Swarm, at most ${LONGEST_NAME}, with neither at an end`;
  refuse(!NAME.test(name) || name.length > LONGEST_NAME, ["name"], `must be ${nameRule}, got "${name}"`);
  refuse(pull === "never", ["pull"], "must not be never in Swarm: the nodes pull the image themselves");
  const pushIt = "is not available in Swarm: nodes pull: push the image, name it here";
  refuse(build !== undefined, ["build"], pushIt, true);
  const reloadIt = "is not available in Swarm: systemctl reload rolls out the newest image";
  refuse(update !== undefined, ["update"], reloadIt, true);
  const noSocket = "must not be notify in Swarm: there is no socket on other machines";
  refuse(ready.when === "notify", ["ready", "when"], noSocket);
  const { checkContainerPresent: present, checkInternalCommand, checkHttp, checkTcp } = monitor;
  const anywhere = `must be true or false in Swarm, got "${present}": that container may be on any machine`;
  refuse(typeof present === "string", ["monitor", "check_container_present"], anywhere);
  const useHealth = "is not available in Swarm: a command in one container says nothing of the others; " +
    "use --health-cmd";
  refuse(checkInternalCommand.length > 0, ["monitor", "check_internal_command"], useHealth, true);
  for (const { path, message } of tooSlow(swarm, ready.timeoutMs)) refuse(true, path, message);
  const needsHost = 'needs "host" with "publish: host": only machines that a task runs on have its port';
  for (const [key, checks] of Object.entries({ check_http: checkHttp, check_tcp: checkTcp })) {
    for (const [index, { host }] of checks.entries()) {
      refuse(swarm?.publish === "host" && host === undefined, ["monitor", key, index], needsHost);
    }
  }
  return found;
}

/** What can not be done within `ready.timeout` would be taken back for that, however well it goes. */
function tooSlow(swarm: Service["swarm"], timeoutMs: number): Refusal[] {
  if (!swarm) return [];
  const { replicas, update: { monitorMs, delayMs, atOnce } } = swarm;
  const path = ["swarm", "update"];
  const limit = `"ready.timeout", which is ${timeoutMs / 1000}s`;
  if (monitorMs >= timeoutMs) return [{ path: [...path, "monitor"], message: `must be less than ${limit}` }];
  const turns = replicas === "global" || atOnce === 0 ? 1 : Math.ceil(replicas / atOnce);
  const leastMs = (turns - 1) * delayMs + monitorMs;
  if (leastMs < timeoutMs) return [];
  const message = `makes an update of ${replicas} tasks take at least ${leastMs / 1000}s, more than ${limit}`;
  return [{ path: [...path, "delay"], message }];
}

const NEEDS_HOST = { items: { required: ["host"] } };

/** What `refusals` finds, for editors. */
const BESIDE_SWARM = {
  properties: {
    name: { pattern: NAME.source, maxLength: LONGEST_NAME },
    pull: { not: { const: "never" } },
    build: false,
    update: false,
    ready: { properties: { when: { not: { const: "notify" } } } },
    monitor: {
      properties: {
        check_container_present: { type: ["boolean", "string"], pattern: "^(?:true|false|yes|no|on|off)$" },
        check_internal_command: { maxItems: 0 },
      },
    },
  },
  if: {
    properties: {
      swarm: { type: "object", properties: { publish: { const: "host" } }, required: ["publish"] },
    },
  },
  then: { properties: { monitor: { properties: { check_http: NEEDS_HOST, check_tcp: NEEDS_HOST } } } },
};

export const serviceSchema = v.pipe(
  serviceSection,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.swarm === undefined) return;
    for (const { path, message, atKey } of refusals(dataset.value)) {
      const items = path.map((key) => ({
        type: "unknown" as const,
        origin: atKey ? "key" as const : "value" as const,
        input: dataset.value,
        key,
        value: undefined,
      }));
      addIssue({ message, path: items as [v.IssuePathItem, ...v.IssuePathItem[]] });
    }
  }),
  v.metadata({ jsonSchema: { dependentSchemas: { swarm: BESIDE_SWARM } } }),
  v.transform(renamed),
);
