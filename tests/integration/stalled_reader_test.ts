/** The reader of standard output stands still, as a journal does that hangs. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { poll, within } from "../support/event_log.ts";
import { ServiceBed } from "../support/service_bed.ts";
import { type LogRecord, parseRecord } from "../support/service_process.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;
const LINES = 600_000;
/** As records half as much again as may pile up. */
const FLOOD = `yes ${"x".repeat(200)} | head -n ${LINES} | cat -n; trap 'exit 0' TERM; sleep 600 & wait`;
/** A ping each 500 ms. */
const WATCHDOG_USEC = "1000000";
const RSS_LIMIT_MIB = 450;

/** The program, with a standard output that is read when the test wants it. */
class UnreadProcess implements AsyncDisposable {
  readonly records: LogRecord[] = [];
  #isOver = false;
  #reading: Promise<void> | undefined;

  private constructor(readonly child: Deno.ChildProcess) {
    void child.status.then(() => this.#isOver = true);
  }

  /** Settles when the unit is active. */
  static async start(bed: ServiceBed, config: Record<string, unknown>): Promise<UnreadProcess> {
    const file = await bed.dir.write("service.yaml", JSON.stringify({ name: bed.name, ...config }));
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", MAIN, file],
      env: {
        DOCKER_HOST: `unix://${bed.engine.socketPath}`,
        NOTIFY_SOCKET: bed.notify.address,
        WATCHDOG_USEC,
      },
      stdin: "null",
      stdout: "piped",
    }).spawn();
    await bed.notify.next(({ READY }) => READY === "1");
    return new UnreadProcess(child);
  }

  /** From now on `records` grows. */
  read(): void {
    this.#reading ??= this.#read();
  }

  async exit(timeoutMs: number): Promise<number> {
    const { code } = await within(timeoutMs, "the end of the program", this.child.status);
    if (this.#reading === undefined) await this.child.stdout.cancel();
    else await this.#reading;
    return code;
  }

  async rssMib(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.child.pid}/status`);
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.child.kill("SIGKILL");
    await this.exit(10_000);
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.records.push(parseRecord(line));
    }
  }
}

/** Settles when the container has written all its lines, read or not. */
async function allWritten({ engine, name }: ServiceBed): Promise<void> {
  await poll(60_000, "the container's last line", async () => {
    const { Processes } = await engine.docker.getContainer(name).top();
    return Processes.some((process: string[]) => process.at(-1) === "sleep 600") ? true : undefined;
  });
}

async function assertAlive(bed: ServiceBed, program: UnreadProcess): Promise<void> {
  const pings = () => bed.notify.messages.filter(({ fields }) => fields.WATCHDOG === "1").length;
  const before = pings();
  await poll(10_000, "three pings", () => Promise.resolve(pings() >= before + 3 || undefined));
  const rss = await program.rssMib();
  ok(rss < RSS_LIMIT_MIB, `${Math.round(rss)} MiB`);
}

function numbersOf(records: readonly LogRecord[]): number[] {
  return records.filter(({ source }) => source === "docker_logs.stdout").map(({ message }) =>
    parseInt(message)
  );
}

Deno.test("nobody reads for a while: the container is not held up, and in the end every line is there", async () => {
  await using bed = await ServiceBed.create("unread");
  await using program = await UnreadProcess.start(bed, bed.script(FLOOD));
  await allWritten(bed);
  await assertAlive(bed, program);
  program.read();
  const { records } = program;
  const isThere = () => numbersOf(records.slice(-100)).includes(LINES) || undefined;
  await poll(60_000, "the last line", () => Promise.resolve(isThere()));
  program.child.kill("SIGTERM");
  equal(await program.exit(90_000), 0);
  const numbers = numbersOf(records);
  equal(numbers.length, LINES);
  equal(numbers.findIndex((number, index) => number !== index + 1), -1);
});

Deno.test("nobody reads any more: a stop is carried out all the same", async () => {
  await using bed = await ServiceBed.create("unread");
  await using program = await UnreadProcess.start(bed, bed.script(FLOOD));
  // More than may pile up: the rest is to be read from the engine's log.
  await allWritten(bed);
  program.child.kill("SIGTERM");
  equal(await program.exit(90_000), 0);
  equal(await bed.engine.inspect(bed.name), undefined);
});

Deno.test("nobody reads for a while, and the engine keeps no log: what is dropped is counted", async () => {
  await using bed = await ServiceBed.create("unread");
  const config = { ...bed.script(FLOOD), "container_create_args": ["--log-driver", "none"] };
  await using program = await UnreadProcess.start(bed, config);
  await allWritten(bed);
  await assertAlive(bed, program);
  program.read();
  program.child.kill("SIGTERM");
  equal(await program.exit(90_000), 0);
  const counts = program.records.flatMap(({ data }) =>
    data.lines_dropped === undefined ? [] : [Number(data.lines_dropped)]
  );
  const dropped = counts.reduce((sum, count) => sum + count, 0);
  ok(dropped > 0);
  const numbers = numbersOf(program.records);
  equal(numbers.length + dropped, LINES);
  deepEqual(numbers.toSorted((a, b) => a - b), numbers);
});
