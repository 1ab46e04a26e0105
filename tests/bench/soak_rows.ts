/** One hour's worth of lines: memory stays where it is. */
import { ServiceBed } from "../support/service_bed.ts";
import { emit, LAST } from "./emitted_lines.ts";
import { runUntil } from "./output_run.ts";
import { memory } from "./processes.ts";
import { compared, type Row } from "./row.ts";
import { programCommand, type Setting } from "./setting.ts";

const MILLION = 1_000_000;

export async function soakRows({ socketPath, env }: Setting): Promise<Row[]> {
  await using bed = await ServiceBed.create("bench");
  const config = { name: bed.name, ...bed.script(emit(10 * MILLION)) };
  const file = await bed.dir.write("service.yaml", JSON.stringify(config));
  const bytesOfMillion = MILLION * recordLength(bed.name);
  let firstMib: number | undefined;
  let lastMib = 0;
  let sampledAt = 0;
  await runUntil({
    command: programCommand(file),
    env,
    socketPath,
    last: LAST,
    onOutput: async (bytes, pid) => {
      // Now and then: reading the figures takes time, too.
      if (bytes < bytesOfMillion || bytes - sampledAt < bytesOfMillion / 2) return;
      sampledAt = bytes;
      lastMib = (await memory(pid)).rssMib;
      firstMib ??= lastMib;
    },
  }, "SIGTERM");
  return [compared("RSS after 10,000,000 lines", lastMib, {
    name: "after 1,000,000 lines",
    value: firstMib ?? NaN,
    unit: "MiB",
    limit: 1.1,
  })];
}

/** Of the record of one line, its end included. */
function recordLength(service: string): number {
  const record = {
    timestamp: "2026-01-01T00:00:00.000000000Z",
    severity: "info",
    source: "docker_logs.stdout",
    message: "x".repeat(69),
    data: {},
    context: { service },
    exception: null,
  };
  return JSON.stringify(record).length + 1;
}
