/** One hour's worth of lines: they leave as much memory in use as the first million did. */
import { ServiceBed } from "../support/service_bed.ts";
import { LAST, print } from "./emitted_lines.ts";
import { runUntil } from "./output_run.ts";
import { memory } from "./processes.ts";
import { compared, type Row } from "./row.ts";
import type { Setting } from "./setting.ts";

const FIRST = "that was the first million";
/** Each mark comes when what the lines took has been given back. */
const SCRIPT = `trap 'exit 0' TERM
${print(1_000_000)}; sleep 30; echo ${FIRST}
${print(9_000_000)}; sleep 30; echo ${LAST}
sleep 600 & wait`;

export async function soakRows({ socketPath, env, program }: Setting): Promise<Row[]> {
  await using bed = await ServiceBed.create("bench");
  const file = await bed.dir.write("service.yaml", JSON.stringify({ name: bed.name, ...bed.script(SCRIPT) }));
  let firstMib: number | undefined;
  let lastMib = NaN;
  await runUntil({
    command: [...program, file],
    env,
    socketPath,
    last: LAST,
    onOutput: async (tail, pid) => {
      if (tail.includes(FIRST)) firstMib ??= (await memory(pid)).rssMib;
      if (tail.includes(LAST)) lastMib = (await memory(pid)).rssMib;
    },
  }, "SIGTERM");
  return [compared("RSS after 10,000,000 lines", lastMib, {
    name: "after 1,000,000 lines",
    value: firstMib ?? NaN,
    unit: "MiB",
    limit: 1.1,
  })];
}
