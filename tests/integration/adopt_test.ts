/** `adopt: true`: a program that was killed finds its container again. */
import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { openLibc } from "../../src/systemd/libc.ts";
import { ServiceBed } from "../support/service_bed.ts";
import type { LogRecord } from "../support/service_process.ts";

// Loaded once for all tests: a library is never unloaded.
const { sendDatagram } = openLibc();

/** Prints two lines about a hundred times a second. */
const COUNTING =
  "trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo out $i; echo err $i >&2; sleep 0.01; done";

function numbersOf(records: readonly LogRecord[], word: string): number[] {
  return records.flatMap(({ message }) => {
    const [, number] = new RegExp(`^${word} (\\d+)$`).exec(message) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}

/** Whether the container has written it just now: then the program has caught up. */
function isFresh({ message, timestamp }: LogRecord): boolean {
  return /^(out|err) /.test(message) && Date.now() - Date.parse(timestamp) < 20;
}

/** Fits a fresh line whose like of the other stream is out too: the next ones are some 10 ms away. */
function endsPair(): (record: LogRecord) => boolean {
  let last = "";
  return (record) => {
    const number = record.message.split(" ")[1] ?? "";
    const isSecond = number === last;
    last = number;
    return isSecond && isFresh(record);
  };
}

Deno.test("adopt: true: after kill -9 the container is the same one, and its log goes on", async () => {
  await using bed = await ServiceBed.create("adopt");
  const env = { RUNTIME_DIRECTORY: bed.dir.path };
  const config = { ...bed.script(COUNTING), adopt: true };
  const records: LogRecord[] = [];
  let id: string | undefined;
  for (let round = 1; round <= 10; round++) {
    const killed = await bed.run(config, { env });
    await bed.ready();
    const now = (await bed.engine.inspect(bed.name))?.Id;
    equal(now, id ?? now, "the same container");
    id = now;
    for (let line = 1; line <= 20; line++) await killed.nextRecord(isFresh);
    await killed.nextRecord(endsPair());
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

Deno.test("adopt: true adopts a container that has said nothing yet", async () => {
  await using bed = await ServiceBed.create("adopt");
  const env = { RUNTIME_DIRECTORY: bed.dir.path };
  const config = { ...bed.script("trap 'exit 0' TERM; sleep 600 & wait"), adopt: true };
  const killed = await bed.run(config, { env });
  await bed.ready();
  const id = (await bed.engine.inspect(bed.name))?.Id;
  killed.signal("SIGKILL");
  await killed.exit();
  const service = await bed.run(config, { env });
  await bed.ready();
  equal((await bed.engine.inspect(bed.name))?.Id, id);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});

/** A container that speaks for itself and has said nothing yet; `say`: on its behalf. */
async function startNotifying(bed: ServiceBed) {
  const config = {
    ...bed.script("trap 'exit 0' TERM; echo up; sleep 600 & wait"),
    adopt: true,
    ready: { when: "notify" },
  };
  const start = () => bed.run(config, { env: { RUNTIME_DIRECTORY: bed.dir.path } });
  const killed = await start();
  await killed.nextRecord(({ message }) => message === "up");
  const inspected = await bed.engine.inspect(bed.name);
  const [folder = ""] = inspected?.HostConfig.Binds?.[0]?.split(":") ?? [];
  const say = (text: string) => sendDatagram(`${folder}/notify.sock`, new TextEncoder().encode(text));
  return { start, killed, inspected, say };
}

Deno.test("adopt: true with ready.when: notify: the container is heard where it was heard before", async () => {
  await using bed = await ServiceBed.create("adopt");
  const { start, killed, inspected, say } = await startNotifying(bed);
  say("READY=1");
  await bed.ready();
  killed.signal("SIGKILL");
  await killed.exit();
  const service = await start();
  await bed.ready();
  equal((await bed.engine.inspect(bed.name))?.Id, inspected?.Id);
  deepEqual(say("STATUS=as before"), { kind: "sent" });
  await bed.notify.next(({ STATUS }) => /"as before"$/.test(STATUS ?? ""));
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});

Deno.test("adopt: true with ready.when: notify: who had not said READY=1 has to say so still", async () => {
  await using bed = await ServiceBed.create("adopt");
  const { start, killed, inspected, say } = await startNotifying(bed);
  killed.signal("SIGKILL");
  await killed.exit();
  const service = await start();
  await service.nextRecord(({ message }) => message === "The running container is adopted");
  const isReady = bed.ready();
  await bed.notify.next(({ STATUS }) => /^Waiting for READY=1 from the container/.test(STATUS ?? ""));
  deepEqual(say("READY=1"), { kind: "sent" });
  await isReady;
  equal((await bed.engine.inspect(bed.name))?.Id, inspected?.Id);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
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
