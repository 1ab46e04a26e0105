/** The engine and the registry that `deno task test` brings up, as a test gets at them. */
import { EngineApi } from "./engine_api.ts";

export const ENGINE_VARIABLE = "SERVICE_RUNNER_TEST_ENGINE";
export const REGISTRY_VARIABLE = "SERVICE_RUNNER_TEST_REGISTRY";

/** The images that `deno task test` has built into the engine; nothing needs to be pulled for them. */
export const TEST_IMAGES = {
  base: "service_runner-test/base:latest",
  web: "service_runner-test/web:latest",
  influxdb: "service_runner-test/influxdb:latest",
} as const;

/** A real Docker Engine. @throws When the test does not run by way of `deno task test`. */
export function testEngine(): EngineApi {
  return new EngineApi(required(ENGINE_VARIABLE));
}

/** The address of a real registry without TLS, e.g. `127.0.0.1:40001`. @throws As `testEngine`. */
export function testRegistry(): string {
  return required(REGISTRY_VARIABLE);
}

function required(variable: string): string {
  const value = Deno.env.get(variable);
  if (value === undefined) throw new Error(`Cannot find ${variable}: run "deno task test"`);
  return value;
}
