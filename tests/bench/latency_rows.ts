/** How long a line takes that comes by itself. */
import { CuttingProxy } from "../support/cutting_proxy.ts";
import { ServiceBed } from "../support/service_bed.ts";
import { LAST } from "./emitted_lines.ts";
import { runUntil } from "./output_run.ts";
import { limited, type Row } from "./row.ts";
import type { Setting } from "./setting.ts";

const COUNT = 1000;
const SCRIPT = `trap 'exit 0' TERM
i=0; while [ $i -lt ${COUNT} ]; do echo "line $i;"; i=$((i + 1)); usleep 10000; done
echo ${LAST}; sleep 600 & wait`;

export async function latencyRows(setting: Setting): Promise<Row[]> {
  await using bed = await ServiceBed.create("bench");
  const file = await bed.dir.write("service.yaml", JSON.stringify({ name: bed.name, ...bed.script(SCRIPT) }));
  const sent = new Map<string, number>();
  const tookMs: number[] = [];
  await using proxy = await CuttingProxy.start({
    engineSocket: setting.socketPath,
    cutAfter: () => undefined,
    onAnswer: (bytes) => {
      for (const line of linesIn(bytes)) sent.set(line, performance.now());
    },
  });
  await runUntil({
    command: [...setting.program, file],
    env: { DOCKER_HOST: `unix://${proxy.socketPath}` },
    socketPath: setting.socketPath,
    last: LAST,
    onPiece: (bytes) => {
      for (const line of linesIn(bytes)) tookMs.push(performance.now() - (sent.get(line) ?? NaN));
    },
  }, "SIGTERM");
  if (tookMs.length !== COUNT) throw new Error(`${tookMs.length} lines came, not ${COUNT}`);
  const p99 = tookMs.sort((a, b) => a - b)[Math.ceil(COUNT * 0.99) - 1] ?? NaN;
  return [
    limited("a line by itself, from the engine to stdout: p99", p99, 2, "ms"),
  ];
}

function linesIn(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).match(/line \d+;/g) ?? [];
}
