/** The engine and the registry that `deno task test` brings up, as a test gets at them. */
import { EngineApi } from "./engine_api.ts";
import type { LogRecord } from "./service_process.ts";

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

/**
 * The records but for what the engine says at each create about the machine it runs on, such as that IPv4 is not
 * forwarded: the program passes that on, and machines differ in it.
 */
export async function withoutMachineWarnings(records: readonly LogRecord[]): Promise<LogRecord[]> {
  const told = await testEngine().warningsOfCreate({
    Image: TEST_IMAGES.base,
    Cmd: ["true"],
    // Without one some engines warn of nothing.
    HostConfig: {},
  });
  return records.filter(({ source, message }) => source !== "docker" || !told.includes(message));
}

function required(variable: string): string {
  const value = Deno.env.get(variable);
  if (value === undefined) throw new Error(`Cannot find ${variable}: run "deno task test"`);
  return value;
}
