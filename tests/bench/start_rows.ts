/** How long a start and a stop take. */
import { equal } from "node:assert/strict";
import { ServiceBed } from "../support/service_bed.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";
import { type CommandLine, denoRun } from "./bundled_program.ts";
import { compared, limited, median, type Row } from "./row.ts";
import { docker, repeat, type Setting } from "./setting.ts";

const ROUNDS = 15;
/** A container that ends as soon as it is asked to. */
const OBEYS = "trap 'exit 0' TERM; echo up; sleep 600 & wait";

export async function startRows(setting: Setting): Promise<Row[]> {
  const oneRequest = denoRun(new URL("one_request.js", import.meta.url).pathname);
  const starts = await repeat(ROUNDS, async () => ({
    requestMs: await firstRequestMs(setting.program, setting),
    leastMs: await firstRequestMs(oneRequest, setting),
  }));
  const rounds = await repeat(ROUNDS, async () => ({
    ...await startAndStop(setting),
    plain: await plainStartAndStop(setting),
  }));
  const of = (pick: (round: typeof rounds[number]) => number) => median(rounds.map(pick));
  return [
    compared(
      "process start to first request to the engine",
      median(starts.map(({ requestMs }) => requestMs)),
      {
        name: "a program that does only this request",
        value: median(starts.map(({ leastMs }) => leastMs)),
        unit: "ms",
        limit: 1.6,
      },
    ),
    limited("READY=1 after the engine has started the container", of(({ readyMs }) => readyMs), 30, "ms"),
    compared("process start to READY=1, image present", of(({ activeMs }) => activeMs), {
      name: "`docker run --detach`",
      value: of(({ plain }) => plain.startMs),
      unit: "ms",
      limit: 1.1,
    }),
    compared("SIGTERM to exit, container removed", of(({ stopMs }) => stopMs), {
      name: "`docker stop` and `docker rm`",
      value: of(({ plain }) => plain.stopMs),
      unit: "ms",
      limit: 1,
    }),
  ];
}

/** The engine is a socket that never answers. */
async function firstRequestMs(program: CommandLine, { env }: Setting): Promise<number> {
  await using bed = await ServiceBed.create("bench");
  const path = `${bed.dir.path}/engine.sock`;
  using listener = Deno.listen({ transport: "unix", path });
  const file = await bed.dir.write("service.yaml", JSON.stringify({ name: bed.name, ...bed.script("true") }));
  const startedAtMs = performance.now();
  const [command, ...args] = program;
  const child = new Deno.Command(command, {
    args: [...args, file],
    env: { ...env, DOCKER_HOST: `unix://${path}` },
    stdout: "null",
    stderr: "null",
  }).spawn();
  using connection = await listener.accept();
  await connection.read(new Uint8Array(1));
  const tookMs = performance.now() - startedAtMs;
  child.kill("SIGKILL");
  await child.status;
  return tookMs;
}

async function startAndStop(
  { program }: Setting,
): Promise<{ readyMs: number; activeMs: number; stopMs: number }> {
  await using bed = await ServiceBed.create("bench");
  const startedAtMs = performance.now();
  const service = await bed.run(bed.script(OBEYS), { program });
  const ready = await bed.notify.next(({ READY }) => READY === "1");
  const container = await bed.engine.inspect(bed.name);
  const containerStartedAtMs = Date.parse(container?.State.StartedAt ?? "") - performance.timeOrigin;
  // So that it does not end before it can obey.
  await service.nextRecord(({ message }) => message === "up");
  const askedAtMs = performance.now();
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  const stopMs = performance.now() - askedAtMs;
  equal(await bed.engine.inspect(bed.name), undefined);
  return { readyMs: ready.atMs - containerStartedAtMs, activeMs: ready.atMs - startedAtMs, stopMs };
}

async function plainStartAndStop(setting: Setting): Promise<{ startMs: number; stopMs: number }> {
  await using bed = await ServiceBed.create("bench");
  const startedAtMs = performance.now();
  await docker(setting, "run", "--detach", "--name", bed.name, TEST_IMAGES.base, "sh", "-c", OBEYS);
  const startMs = performance.now() - startedAtMs;
  const askedAtMs = performance.now();
  await docker(setting, "stop", bed.name);
  await docker(setting, "rm", bed.name);
  return { startMs, stopMs: performance.now() - askedAtMs };
}
