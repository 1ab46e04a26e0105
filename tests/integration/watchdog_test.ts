/** `WatchdogSec=`: the program pings while all is well, and not while it is not. */
import { ok } from "node:assert/strict";
import { ServiceBed } from "../support/service_bed.ts";

const IDLE = "trap 'exit 0' TERM; echo up; sleep 600 & wait";
/** A ping each 100 ms. */
const env = { WATCHDOG_USEC: "200000" };

const isPing = (fields: Readonly<Record<string, string>>) => fields.WATCHDOG === "1";

Deno.test("the watchdog is fed while the service runs", async () => {
  await using bed = await ServiceBed.create("watchdog");
  await bed.run(bed.script(IDLE), { env });
  await bed.ready();
  for (let ping = 0; ping < 5; ping++) await bed.notify.next(isPing);
});

Deno.test("the watchdog is fed until a check with on_failure: watchdog fails by its threshold, then not any more", async () => {
  await using bed = await ServiceBed.create("watchdog");
  const monitor = {
    "check_http": [
      { path: "/watchdog", port: 1, frequency: 1, "failure_threshold": 2, "on_failure": "watchdog" },
      { path: "/first", port: 1, frequency: 1 },
      { path: "/fourth", port: 1, frequency: 1, "failure_threshold": 4 },
    ],
  };
  const service = await bed.run({ ...bed.script(IDLE), monitor }, { env });
  await bed.ready();
  const failing = (path: string) =>
    service.nextRecord(({ message }) => message.startsWith(`Check "http /${path}" fails`));
  await failing("first");
  for (let ping = 0; ping < 5; ping++) await bed.notify.next(isPing);
  await failing("watchdog");
  const before = bed.notify.messages.length;
  // Two ticks later: a good 20 pings would have come by then.
  await failing("fourth");
  const pings = bed.notify.messages.slice(before).filter(({ fields }) => isPing(fields));
  ok(pings.length <= 1, `${pings.length} pings after the failure`);
});

Deno.test("a check that counts on a watchdog which is not there is named in a warning", async () => {
  await using bed = await ServiceBed.create("watchdog");
  const monitor = { "check_http": [{ path: "/first", port: 1, "on_failure": "watchdog" }] };
  const service = await bed.run({ ...bed.script(IDLE), monitor });
  await service.nextRecord(({ severity, message }) =>
    severity === "warn" && message.startsWith('Check "http /first" has "on_failure: watchdog", but')
  );
});
