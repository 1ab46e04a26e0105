/** `service_runner schema`: the JSON Schema of the config files, by which editors complete and check them. */
import { jsonSchemaOf } from "../config/editor/json_schema.ts";
import { SERVICE_KEYS } from "../config/editor/key_texts.ts";
import { RUNNER_KEYS } from "../config/editor/runner_key_texts.ts";
import { runnerSchema } from "../config/runner_schema.ts";
import { serviceSchema } from "../config/service_schema.ts";

/** One entry for each kind of config file. */
const SCHEMAS = {
  service: { schema: serviceSchema, title: "Config of one service of service_runner", texts: SERVICE_KEYS },
  runner: { schema: runnerSchema, title: "Machine-wide config of service_runner", texts: RUNNER_KEYS },
} as const;

/** Prints the JSON Schema (draft 2020-12) of a config file. */
export function schema(of: keyof typeof SCHEMAS) {
  const { schema, title, texts } = SCHEMAS[of];
  return { stdout: `${JSON.stringify(jsonSchemaOf(schema, { title, texts }), null, 2)}\n` };
}
