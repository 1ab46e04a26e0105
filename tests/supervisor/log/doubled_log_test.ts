import { deepEqual, equal, ok } from "node:assert/strict";
import type { ContainerInspect } from "../../../src/engine/api_types.ts";
import type { ContainerEngine } from "../../../src/engine/engine.ts";
import { JsonLines } from "../../../src/logging/json_lines.ts";
import { OutputQueue } from "../../../src/logging/output_queue.ts";
import type { Context } from "../../../src/supervisor/context.ts";
import { warnOfDoubledLog } from "../../../src/supervisor/log/doubled_log.ts";

/** What is said of a container with this log driver. */
async function warnings(driver: string | undefined, journal: boolean): Promise<string[]> {
  let text = "";
  const output = new OutputQueue((bytes) => {
    text += new TextDecoder().decode(bytes);
    return Promise.resolve();
  }, () => {});
  const logger = new JsonLines({ service: "web", output, nowMs: () => Date.now(), journal });
  const engine = {
    inspectContainer: () =>
      driver === undefined
        ? Promise.reject(new Error("no answer"))
        : Promise.resolve({ HostConfig: { LogConfig: { Type: driver, Config: {} } } } as ContainerInspect),
  } as unknown as ContainerEngine;
  await warnOfDoubledLog("id", engine, { logger, stop: new AbortController().signal } as Context);
  await output.flush();
  return text.split("\n").slice(0, -1);
}

Deno.test("warnOfDoubledLog() warns of the driver journald where standard output is the journal, and of nothing else", async () => {
  const [warning = "", ...others] = await warnings("journald", true);
  ok(warning.startsWith('<4>{"'));
  ok(warning.includes("--log-driver none"));
  equal(others.length, 0);
  for (const driver of ["json-file", "local", "none", undefined]) deepEqual(await warnings(driver, true), []);
  deepEqual(await warnings("journald", false), []);
});
