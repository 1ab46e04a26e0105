/** The config's section `logs`, with a container on the real engine. */
import { deepEqual, equal } from "node:assert/strict";
import { ServiceBed } from "../support/service_bed.ts";
import type { LogRecord } from "../support/service_process.ts";

function shown(records: readonly LogRecord[], stream: "stdout" | "stderr"): string[] {
  return records.filter(({ source }) => source === `docker_logs.${stream}`)
    .map(({ severity, message }) => `${severity}: ${message}`);
}

Deno.test("a container's stack trace, levels and JSON become what the config says", async () => {
  await using bed = await ServiceBed.create("logs");
  const script = `echo plain; echo '<3>broken'; echo '{"level":50,"msg":"boom"}';
    printf 'Error: x\\n  at a\\n  at b\\nnext\\n' >&2; exit 3`;
  const logs = { json: "nested", severity: { stdout: "debug" }, multiline: "^\\S" };
  const service = await bed.run({ ...bed.script(script), logs });
  const { code, records } = await service.exit();
  equal(code, 3);
  deepEqual(shown(records, "stdout"), ["debug: plain", "error: broken", "error: boom"]);
  deepEqual(shown(records, "stderr"), ["info: Error: x\n  at a\n  at b", "info: next"]);
});

Deno.test("a reload changes what becomes of the lines of a container that stays", async () => {
  await using bed = await ServiceBed.create("logs");
  const script = "trap 'exit 0' TERM; while true; do echo tick; sleep 0.1; done";
  const service = await bed.run({ ...bed.script(script), logs: { multiline: "^tick" } });
  const isTick = (severity: string) => (record: LogRecord) =>
    record.message === "tick" && record.severity === severity;
  await service.nextRecord(isTick("info"));
  const id = (await bed.engine.inspect(bed.name))?.Id;
  const config = { name: bed.name, ...bed.script(script), logs: { severity: { stdout: "notice" } } };
  await bed.dir.write("service.yaml", JSON.stringify(config));
  service.signal("SIGHUP");
  await service.nextRecord(isTick("notice"));
  equal((await bed.engine.inspect(bed.name))?.Id, id);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});
