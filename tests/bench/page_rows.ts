/** What the page costs: while nobody looks, and with twenty who do, of a machine with a hundred services. */
import { PageBed } from "../support/page_bed.ts";
import { playedCheck, up } from "../support/played_service.ts";
import { cpuMs, memory } from "./processes.ts";
import { limited, type Row } from "./row.ts";
import { pause, type Setting } from "./setting.ts";

const SERVICES = 100;
const VISITORS = 20;
/** After that what a first visit has loaded and allocated is settled. */
const SETTLE_MS = 20_000;
const OBSERVED_MS = 60_000;
/** Of all services: each check has run once more, and a line was written. */
const NEWS_INTERVAL_MS = 1_000;

export async function pageRows({ program }: Setting): Promise<Row[]> {
  await using bed = await PageBed.start({ services: services(0), program, env: { MALLOC_ARENA_MAX: "1" } });
  // It has been looked at before.
  await (await fetch(bed.url)).body?.cancel();
  await pause(SETTLE_MS);
  const idleMs = await cpuWhile(bed, () => pause(OBSERVED_MS));
  using visitors = await visit(bed);
  const seenMs = await cpuWhile(bed, async () => {
    for (let round = 1; round * NEWS_INTERVAL_MS <= OBSERVED_MS; round++) {
      await Promise.all([bed.play(...services(round)), pause(NEWS_INTERVAL_MS)]);
    }
  });
  const { privateDirtyMib } = await memory(bed.pid);
  const what = `the page, ${SERVICES} services with news each second, ${visitors.count} visitors`;
  return [
    // As of a service that idles: it is the runtime's own.
    limited("the page, nobody looks: CPU a minute", idleMs, 30, "ms"),
    limited(`${what}: CPU`, seenMs / OBSERVED_MS * 100, 2, "% of a core"),
    limited(`${what}: private dirty`, privateDirtyMib, 30, "MiB"),
  ];
}

function services(round: number) {
  return Array.from({ length: SERVICES }, (_, index) => {
    const history = Array.from({ length: 20 }, (_, run) => 10 + (round + run) * 7 % 50);
    const checks = ["http /", "tcp 5432"].map((name) => playedCheck(name, { history, runs: round }));
    return up(`service-${index}`, { checks, log: { lines: round, lines_per_minute: 60 } });
  });
}

async function cpuWhile(bed: PageBed, run: () => Promise<void>): Promise<number> {
  const before = await cpuMs(bed.pid);
  await run();
  return await cpuMs(bed.pid) - before;
}

/** Each reads all that comes. */
async function visit(bed: PageBed) {
  const stop = new AbortController();
  const look = async () => {
    await (await fetch(bed.url)).text();
    const { body } = await fetch(`${bed.url}/events`, { signal: stop.signal });
    void body?.pipeTo(new WritableStream()).catch(() => {});
  };
  await Promise.all(Array.from({ length: VISITORS }, look));
  return { count: VISITORS, [Symbol.dispose]: () => stop.abort() };
}
