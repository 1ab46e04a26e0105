/** What tests of the page rely on: the machine is as it is played, from one moment to the next. */
import { deepEqual, equal, match } from "node:assert/strict";
import { entryOf } from "../commands/logs/journal_entries.ts";
import { poll } from "./event_log.ts";
import { PageBed } from "./page_bed.ts";
import { down, failing, inactive, paused, restarting, up, withUpdate } from "./played_service.ts";

interface Row {
  readonly name: string;
  readonly state: string;
  readonly container: string;
}

async function rows(bed: PageBed): Promise<string[]> {
  const { services } = await (await fetch(`${bed.url}/api/services`)).json() as { services: Row[] };
  return services.map(({ name, state, container }) => `${name} ${state} ${container}`);
}

Deno.test("the page's bed plays services, which change and go, a journal, and the end of the page", async () => {
  const services = [
    ...[up("a"), failing("b"), paused("c"), restarting("d"), down("e"), inactive("f"), withUpdate("g")],
    up("broken"),
  ];
  await using bed = await PageBed.start({
    services: [...services, { name: "odd", file: "no JSON" }],
    config: { page: { logs: true } },
    journal: { entries: [entryOf({ message: "hello" }, "a")] },
  });
  deepEqual(await rows(bed), [
    "a active running",
    "b active running",
    "broken active running",
    "c active paused",
    "d activating none",
    "e failed none",
    "f inactive none",
    "g active running",
    "odd active unknown",
  ]);
  match(await (await fetch(`${bed.url}/logs/a`)).text(), /hello/);

  const followed = await fetch(`${bed.url}/logs/a`, { headers: { accept: "text/event-stream" } });
  await bed.log(entryOf({ message: "and there" }, "a"));
  const reader = followed.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("and there")) text += (await reader.read()).value;
  await reader.cancel();
  match((await bed.asked()).at(-1)!, /--follow/);

  await bed.play(down("a"));
  equal(
    await poll(2000, "the failure", async () => (await rows(bed)).find((row) => /^a f/.test(row))),
    "a failed none",
  );
  const { url } = bed;
  equal(await bed.stopPage(), 0);
  await bed.remove("b");
  await bed.startPage();
  equal(bed.url, url);
  equal((await rows(bed))[1], "broken active running");
  match(bed.stderr, /^Serving at http/);
});
