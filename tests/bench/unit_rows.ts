/** As a unit of systemd, on a whole Debian 12 with the compiled program, beside a unit that runs `docker run`. */
import type { Host } from "../e2e/support/host.ts";
import { INNER_IMAGES } from "../e2e/support/inner_images.ts";
import { runningHost } from "../e2e/support/running_host.ts";
import { ServiceUnit } from "../e2e/support/service_unit.ts";
import { HOSTS_VARIABLE, removeHosts } from "../support/e2e_hosts.ts";
import { EngineApi } from "../support/engine_api.ts";
import { emit, LAST, LINES } from "./emitted_lines.ts";
import { compared, median, type Row } from "./row.ts";
import { repeat, type Setting } from "./setting.ts";

const ROUNDS = 5;
const PLAIN_UNIT = "plain.service";
/** Active when the container runs, as ours is. */
const DETACHED_UNIT = "detached.service";
const OBEYS = "trap 'exit 0' TERM; sleep 600 & wait";

export async function unitRows({ socketPath }: Setting): Promise<Row[]> {
  const engine = new EngineApi(socketPath);
  const run = crypto.randomUUID();
  Deno.env.set(HOSTS_VARIABLE, run);
  try {
    const host = await runningHost("12", engine);
    return [...await startAndStopRows(host), ...await journalRows(host)];
  } finally {
    await removeHosts(engine, run);
  }
}

async function startAndStopRows(host: Host): Promise<Row[]> {
  await using service = await ServiceUnit.create(host, { script: OBEYS });
  await writePlainUnit(host, OBEYS);
  await writeDetachedUnit(host, OBEYS);
  // In turns: what else the machine does falls on all of them.
  const rounds = await repeat(ROUNDS, async () => ({
    ours: await startAndStop(host, service.unit),
    plain: await startAndStop(host, PLAIN_UNIT),
    detached: await startAndStop(host, DETACHED_UNIT),
  }));
  const of = (pick: (round: typeof rounds[number]) => number) => median(rounds.map(pick));
  return [
    compared("`systemctl start` to active, image present", of(({ ours }) => ours.startMs), {
      name: "`docker run --detach` in a unit",
      value: of(({ detached }) => detached.startMs),
      unit: "ms",
      limit: 1.15,
    }),
    compared("`systemctl stop`, container removed", of(({ ours }) => ours.stopMs), {
      name: "`docker run` in a unit",
      value: of(({ plain }) => plain.stopMs),
      unit: "ms",
      limit: 1,
    }),
  ];
}

/** `$1` the unit; prints nanoseconds. */
const START_AND_STOP = `a=$(date +%s%N); systemctl start "$1"; b=$(date +%s%N)
sleep 2
c=$(date +%s%N); systemctl stop "$1"; d=$(date +%s%N)
echo $((b - a)) $((d - c))`;

async function startAndStop(host: Host, unit: string): Promise<{ startMs: number; stopMs: number }> {
  const [start, stop] = (await host.shell(START_AND_STOP, unit)).split(" ").map((ns) => Number(ns) / 1e6);
  return { startMs: start ?? NaN, stopMs: stop ?? NaN };
}

async function journalRows(host: Host): Promise<Row[]> {
  await using service = await ServiceUnit.create(host, { script: emit(LINES) });
  await writePlainUnit(host, emit(LINES));
  const rounds = await repeat(ROUNDS, async () => ({
    oursMs: await untilInJournalMs(host, service.unit),
    plainMs: await untilInJournalMs(host, PLAIN_UNIT),
  }));
  const ours = median(rounds.map(({ oursMs }) => oursMs)) / 1000;
  return [compared(`${LINES} lines into the journal: time`, ours, {
    name: "`docker run` in a unit",
    value: median(rounds.map(({ plainMs }) => plainMs)) / 1000,
    unit: "s",
    limit: 1.1,
  })];
}

/** `$1` the unit, `$2` its last line; prints nanoseconds. */
const UNTIL_IN_JOURNAL = `journalctl --rotate --vacuum-size=1 >/dev/null 2>&1
a=$(date +%s%N); systemctl start --no-block "$1"
until journalctl --unit="$1" --lines=20 --output=cat --no-pager | grep -q "$2"; do sleep 0.1; done
b=$(date +%s%N); systemctl stop "$1"
echo $((b - a))`;

async function untilInJournalMs(host: Host, unit: string): Promise<number> {
  return Number(await host.shell(UNTIL_IN_JOURNAL, unit, LAST)) / 1e6;
}

/** What people write who have only the Docker CLI. */
async function writePlainUnit(host: Host, script: string): Promise<void> {
  await writeUnit(host, PLAIN_UNIT, { script, flags: "", keys: "" });
}

async function writeDetachedUnit(host: Host, script: string): Promise<void> {
  const keys = "Type=oneshot\nRemainAfterExit=yes\n";
  await writeUnit(host, DETACHED_UNIT, { script, flags: "--detach", keys });
}

/** `flags`: more of `docker run`; `keys`: more lines of the unit's section. */
async function writeUnit(
  host: Host,
  unit: string,
  { script, flags, keys }: { readonly script: string; readonly flags: string; readonly keys: string },
): Promise<void> {
  const name = unit.replace(".service", "");
  await host.write(
    `/srv/${name}.sh`,
    `exec docker run --rm ${flags} --name ${name} ${INNER_IMAGES.base} sh -c "${script}"\n`,
  );
  const text = `[Service]
${keys}ExecStart=/bin/sh /srv/${name}.sh
ExecStop=/usr/bin/docker stop ${name}
LogRateLimitIntervalSec=1s
LogRateLimitBurst=100000000
`;
  await host.write(`/etc/systemd/system/${unit}`, text);
  await host.systemctl("daemon-reload");
}
