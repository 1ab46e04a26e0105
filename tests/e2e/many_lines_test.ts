/** Half a million lines at once, all in the journal. */
import { fail } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { ServiceUnit } from "./support/service_unit.ts";

const LINES = 500_000;
const PATIENCE_MS = 300_000;
/** How many lines there are, and how many of them are not the number of their line. */
const COUNT = `journalctl --sync
journalctl --unit="$1" --output=cat --no-pager | grep -F '"docker_logs.stdout"' |
  grep -o '"message":"[0-9]*"' | tr -dc '0-9\\n' | awk '$0 != NR { wrong++ } END { print NR, wrong + 0 }'`;

/** What the journal has beside the lines. */
const OTHERS =
  `journalctl --unit="$1" --output=cat --no-pager | grep -vF '"docker_logs.stdout"' | tail -n 30`;

testOnHosts("500,000 lines at once are all in the journal, in order", async (host) => {
  await using service = await ServiceUnit.create(host, { script: `seq 1 ${LINES}` });
  await service.begin("start").result;
  await service.until("over", ({ ActiveState }) => ActiveState === "inactive", PATIENCE_MS);
  // journald reads on when the unit is over, and does not say when it has done.
  let counted = "";
  await poll(PATIENCE_MS, "journald's reading", async () => {
    const before = counted;
    counted = (await host.shell(COUNT, service.unit)).trim();
    return counted === before || counted === `${LINES} 0` ? true : undefined;
  });
  if (counted !== `${LINES} 0`) fail(`${counted}\n${await host.shell(OTHERS, service.unit)}`);
}, { inTurn: true });
