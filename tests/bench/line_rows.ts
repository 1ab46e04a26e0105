// deno-lint-ignore-file camelcase -- the keys of a config are as the user writes them
/** The log pump: live, and catching up from the engine's log. */
import { ServiceBed } from "../support/service_bed.ts";
import { emit, FIRST, LAST, LINES } from "./emitted_lines.ts";
import { compared, median, type Row } from "./row.ts";
import { type OutputRun, runUntil } from "./output_run.ts";
import { docker, repeat, type Setting } from "./setting.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";
import { poll } from "../support/event_log.ts";

const ROUNDS = 5;
/** The two are close to each other, and a single run differs by a tenth from the next. */
const LIVE_ROUNDS = 11;
const MARKS = { first: FIRST, last: LAST };

export async function liveRows(setting: Setting): Promise<Row[]> {
  const rounds = await repeat(LIVE_ROUNDS, async () => ({
    program: await pumpLive(setting),
    attached: await attachedRun(setting),
  }));
  // By themselves: what they leave to be written to the disk would fall on whatever comes next.
  const followed = await repeat(ROUNDS, () => followedLog(setting));
  const of = (pick: (round: typeof rounds[number]) => number) => median(rounds.map(pick)) / 1000;
  const total = ({ programCpuMs, engineCpuMs }: OutputRun) => programCpuMs + engineCpuMs;
  const what = `${LINES} lines, live`;
  return [
    compared(`${what}: time from the first to the last`, of(({ program }) => program.wallMs), {
      name: "attached `docker run`",
      value: of(({ attached }) => attached.wallMs),
      unit: "s",
      limit: 1.05,
    }),
    compared(`${what}: CPU with the engine`, of(({ program }) => total(program)), {
      name: "`docker logs -f`",
      value: median(followed.map(total)) / 1000,
      unit: "s",
      limit: 0.3,
    }),
  ];
}

async function pumpLive({ socketPath, env, program }: Setting): Promise<OutputRun> {
  await using bed = await ServiceBed.create("bench");
  const config = { name: bed.name, ...bed.script(emit(LINES)) };
  const file = await bed.dir.write("service.yaml", JSON.stringify(config));
  return await runUntil({ command: [...program, file], env, socketPath, ...MARKS }, "SIGTERM");
}

async function attachedRun({ socketPath, env, docker }: Setting): Promise<OutputRun> {
  await using bed = await ServiceBed.create("bench");
  const args = ["run", "--name", bed.name, TEST_IMAGES.base, "sh", "-c", emit(LINES)];
  return await runUntil({ command: [docker, ...args], env, socketPath, ...MARKS }, "SIGKILL");
}

async function followedLog(setting: Setting): Promise<OutputRun> {
  const { socketPath, env } = setting;
  await using bed = await ServiceBed.create("bench");
  await docker(setting, "run", "--detach", "--name", bed.name, TEST_IMAGES.base, "sh", "-c", emit(LINES));
  const command = [setting.docker, "logs", "--follow", bed.name] as const;
  return await runUntil({ command: [...command], env, socketPath, last: LAST }, "SIGKILL");
}

export async function catchUpRows(setting: Setting): Promise<Row[]> {
  const rounds = await repeat(ROUNDS, () => catchUp(setting));
  const of = (pick: (round: typeof rounds[number]) => number) => median(rounds.map(pick)) / 1000;
  const what = `${LINES} lines, catching up`;
  return [
    compared(`${what}: time`, of(({ program }) => program.wallMs), {
      name: "`docker logs -f`",
      value: of(({ logs }) => logs.wallMs),
      unit: "s",
      limit: 0.4,
    }),
    compared(`${what}: CPU`, of(({ program }) => program.programCpuMs), {
      name: "`docker logs -f`",
      value: of(({ logs }) => logs.programCpuMs),
      unit: "s",
      limit: 0.25,
    }),
  ];
}

/** The program is killed, the container writes, and the next one adopts it: all lines come from the log. */
async function catchUp(setting: Setting): Promise<{ program: OutputRun; logs: OutputRun }> {
  const { socketPath } = setting;
  await using bed = await ServiceBed.create("bench");
  const env = { ...setting.env, RUNTIME_DIRECTORY: bed.dir.path };
  const config = {
    ...bed.script(`while [ ! -e /data/go ]; do sleep 0.1; done; ${emit(LINES)}`),
    adopt: true,
    container_create_args: ["--volume", `${bed.dir.path}:/data`],
  };
  const killed = await bed.run(config, {
    program: setting.program,
    env: { RUNTIME_DIRECTORY: bed.dir.path },
  });
  await bed.ready();
  killed.signal("SIGKILL");
  await killed.exit();
  await bed.dir.write("go", "");
  await poll(120_000, "the end of the container's output", async () => {
    const { stdout } = await new Deno.Command(setting.docker, { args: ["logs", "--tail=1", bed.name], env })
      .output();
    return new TextDecoder().decode(stdout).includes(LAST);
  });
  // Following, it is still there to be asked for its CPU time when it has shown all.
  const command = [setting.docker, "logs", "--follow", bed.name] as const;
  const logs = await runUntil({ command: [...command], env, socketPath, last: LAST }, "SIGKILL");
  const adopting = [...setting.program, `${bed.dir.path}/service.yaml`] as const;
  const program = await runUntil({ command: adopting, env, socketPath, last: LAST }, "SIGTERM");
  return { program, logs };
}
