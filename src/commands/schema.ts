/** `service_runner schema`: the JSON Schema of the config files, by which editors complete and check them. */
import type { Printed } from "../cli.ts";
import { jsonSchemaOf } from "../config/editor/json_schema.ts";
import { RUNNER_KEYS, SERVICE_KEYS } from "../config/editor/key_texts.ts";
import { runnerSchema } from "../config/runner_config.ts";
import { serviceSchema } from "../config/service_config.ts";
import { EX_OK } from "../exit.ts";

/** One entry for each kind of config file. */
const SCHEMAS = {
  service: { schema: serviceSchema, title: "Config of one service of service_runner", texts: SERVICE_KEYS },
  runner: { schema: runnerSchema, title: "Machine-wide config of service_runner", texts: RUNNER_KEYS },
} as const;

/** Prints the JSON Schema (draft 2020-12) of a config file. */
export function schema(of: keyof typeof SCHEMAS): Printed {
  const { schema, title, texts } = SCHEMAS[of];
  const printed = JSON.stringify(jsonSchemaOf(schema, { title, texts }), null, 2);
  return { stdout: `${printed}\n`, stderr: "", exitCode: EX_OK };
}
