/** `adopt: true`: a program that was killed finds its container again. */
import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import { ServiceBed } from "../support/service_bed.ts";
import type { LogRecord } from "../support/service_process.ts";

/** Bursts of twenty lines, and pauses in which all of them are out. */
const COUNTING =
  "trap 'exit 0' TERM; i=0; while :; do for n in 1 2 3 4 5 6 7 8 9 10; do i=$((i+1)); echo out $i; " +
  "echo err $i >&2; done; sleep 0.4; done";

function numbersOf(records: readonly LogRecord[], word: string): number[] {
  return records.flatMap(({ message }) => {
    const [, number] = new RegExp(`^${word} (\\d+)$`).exec(message) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}

/**
 * Waits until two more bursts are out and noted. A kill in the instant between a line and the note that it is out
 * would repeat that line, which is not what is tested here.
 */
async function twoBursts({ dir }: ServiceBed): Promise<void> {
  const noted = async () =>
    (await Deno.readTextFile(`${dir.path}/log_position`)).trim().split(" ").slice(1).map(Number);
  const [before = 0] = await noted();
  await poll(10_000, "two more bursts of lines", async () => {
    const [stdout = 0, stderr = 0] = await noted();
    return stdout >= before + 20 && stdout % 10 === 0 && stderr === stdout ? true : undefined;
  });
}

Deno.test("adopt: true: after kill -9 the container is the same one, and its log goes on", async () => {
  await using bed = await ServiceBed.create("adopt");
  const env = { RUNTIME_DIRECTORY: bed.dir.path };
  const config = { ...bed.script(COUNTING), adopt: true };
  const records: LogRecord[] = [];
  let id: string | undefined;
  for (let round = 1; round <= 3; round++) {
    const killed = await bed.run(config, { env });
    await bed.ready();
    const now = (await bed.engine.inspect(bed.name))?.Id;
    equal(now, id ?? now, "the same container");
    id = now;
    await twoBursts(bed);
    killed.signal("SIGKILL");
    records.push(...(await killed.exit()).records);
  }
  const service = await bed.run(config, { env });
  await bed.ready();
  await service.nextRecord(({ message }) => message.startsWith("out "));
  service.signal("SIGTERM");
  const { code, records: last } = await service.exit();
  equal(code, 0);
  equal(await bed.engine.inspect(id ?? ""), undefined);
  for (const word of ["out", "err"]) {
    const numbers = numbersOf([...records, ...last], word);
    ok(numbers.length > 60, `${numbers.length} lines`);
    const breaks = numbers.flatMap((number, index) =>
      number === (numbers[index - 1] ?? 0) + 1 ? [] : [[numbers[index - 1], number]]
    );
    deepEqual(breaks, [], `${word} ${JSON.stringify(breaks)}`);
  }
});

Deno.test("adopt: true does not adopt a container of another plan", async () => {
  await using bed = await ServiceBed.create("adopt");
  const env = { RUNTIME_DIRECTORY: bed.dir.path };
  const killed = await bed.run({ ...bed.script(COUNTING), adopt: true }, { env });
  await bed.ready();
  const before = (await bed.engine.inspect(bed.name))?.Id;
  killed.signal("SIGKILL");
  await killed.exit();
  const changed = { ...bed.script(COUNTING), adopt: true, "container_create_args": ["-l", "new=yes"] };
  const service = await bed.run(changed, { env });
  await bed.ready();
  notEqual((await bed.engine.inspect(bed.name))?.Id, before);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});
