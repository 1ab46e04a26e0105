/** What it costs to ship records to InfluxDB, beside what it costs to pump them. */
import { InfluxServer, TOKEN } from "../support/influx_server.ts";
import { ServiceBed } from "../support/service_bed.ts";
import { LAST, print } from "./emitted_lines.ts";
import { runUntil } from "./output_run.ts";
import { compared, median, type Row } from "./row.ts";
import { repeat, type Setting } from "./setting.ts";

const ROUNDS = 3;
const LINES_A_SECOND = 20_000;
const SECONDS = 10;
/** Then there is time for the last batch. */
const STEADY = `trap 'exit 0' TERM
for i in $(seq ${SECONDS}); do ${print(LINES_A_SECOND)}; sleep 0.9; done
sleep 3; echo ${LAST}; sleep 600 & wait`;

export async function influxRows(setting: Setting): Promise<Row[]> {
  await using influx = await InfluxServer.start();
  const rounds = await repeat(ROUNDS, async () => ({
    without: await cpuMs(setting),
    shipping: await cpuMs(setting, influx),
  }));
  const pumping = median(rounds.map(({ without }) => without)) / 1000;
  const shipping = median(rounds.map(({ without, shipping }) => shipping - without)) / 1000;
  return [
    compared(`${LINES_A_SECOND} records a second to InfluxDB for ${SECONDS} s: CPU for it`, shipping, {
      name: "to pump them",
      value: pumping,
      unit: "s",
      limit: 1,
    }),
  ];
}

/** Of the program, until the last line is out. */
async function cpuMs({ socketPath, env, program }: Setting, influx?: InfluxServer): Promise<number> {
  await using bed = await ServiceBed.create("bench");
  const config = { name: bed.name, ...bed.script(STEADY) };
  const file = await bed.dir.write("service.yaml", JSON.stringify(config));
  // No such file: no InfluxDB.
  let machineWide = `${bed.dir.path}/none.yaml`;
  if (influx !== undefined) {
    await influx.createBucket(bed.name);
    const influxdb = { location: influx.location, token: TOKEN, bucket: bed.name };
    machineWide = await bed.dir.write("runner.yaml", JSON.stringify({ influxdb }));
  }
  const run = await runUntil({
    command: [...program, file],
    env: { ...env, "service_runner_global_config": machineWide },
    socketPath,
    last: LAST,
  }, "SIGTERM");
  if (influx !== undefined) await expectAll(influx, bed.name);
  return run.programCpuMs;
}

/** @throws Error if not all lines have arrived: then the figure says nothing */
async function expectAll(influx: InfluxServer, bucket: string): Promise<void> {
  const count = await influx.count(bucket, "docker_logs.stdout");
  const expected = LINES_A_SECOND * SECONDS;
  if (count < expected) throw new Error(`Only ${count} of ${expected} records have reached InfluxDB`);
}
