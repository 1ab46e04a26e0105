// deno-lint-ignore-file camelcase -- the keys are as the user writes them
/**
 * The config of one service: the schema of its YAML file, from which the type derives.
 * `swarm`, and what it changes about the other keys, is added by `service_schema.ts`, which is loaded where it is given.
 */
import * as v from "valibot";
import { serviceAlertsSchema } from "./service_alerts.ts";
import { buildSchema } from "./build_config.ts";
import { logsSchema } from "./logs_config.ts";
import { monitorSchema } from "./monitor_config.ts";
import type { SwarmConfig } from "./swarm_config.ts";
import { updateSchema } from "./update_config.ts";
import { duration, flag, listOf, mustBe, oneOf, section, text, textMatching } from "./values.ts";

const NAME_RULE =
  'a container name: letters, digits, "_", "." and "-", at least two, the first a letter or digit';

const readySchema = v.pipe(
  v.nullish(
    section({
      when: v.optional(oneOf(["started", "healthy", "checks", "notify"]), "started"),
      timeout: v.optional(duration, "5m"),
    }),
    {},
  ),
  v.transform(({ when, timeout }) => ({ when, timeoutMs: timeout })),
);

/** All keys but `swarm`, to be spread into a section. */
export const SERVICE_KEYS = {
  name: textMatching(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, NAME_RULE),
  image: v.pipe(text, v.nonEmpty(mustBe("an image reference"))),
  container_create_args: listOf(text),
  service_args: listOf(text),
  pull: v.optional(oneOf(["always", "prefer", "missing", "never"])),
  build: buildSchema,
  ready: readySchema,
  adopt: v.optional(flag, "false"),
  alerts: serviceAlertsSchema,
  update: updateSchema,
  logs: logsSchema,
  monitor: monitorSchema,
};

/** The keys as the program calls them. */
export function renamed<
  K extends { readonly container_create_args: string[]; readonly service_args: string[] },
>(
  { container_create_args: containerCreateArgs, service_args: serviceArgs, ...others }: K,
) {
  return { containerCreateArgs, serviceArgs, ...others };
}

/** Of a service that is a container of this machine. */
export const containerServiceSchema = v.pipe(section(SERVICE_KEYS), v.transform(renamed));

/** What the user wrote, with every default filled in. */
export type ServiceConfig = Readonly<v.InferOutput<typeof containerServiceSchema>> & {
  /** Undefined where it is a container of this machine. */
  readonly swarm?: SwarmConfig | undefined;
};
export type ReadyConfig = ServiceConfig["ready"];
