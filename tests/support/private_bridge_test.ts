import { equal } from "node:assert/strict";
import { freeSubnet } from "./private_bridge.ts";

const HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";

/** A line as /proc/net/route has it. */
function route(destination: string, mask: string): string {
  return `eth0\t${destination}\t00000000\t0001\t0\t0\t0\t${mask}\t0\t0\t0\n`;
}

const TABLE = [
  { name: "only a default route", routes: route("00000000", "00000000"), expected: "10.247.0" },
  { name: "the first is taken", routes: route("0000F70A", "00FFFFFF"), expected: "10.247.1" },
  { name: "a host in the first", routes: route("0500F70A", "FFFFFFFF"), expected: "10.247.1" },
  { name: "the first four in one network", routes: route("0000F70A", "00FCFFFF"), expected: "10.247.4" },
  { name: "another network", routes: route("000011AC", "0000FFFF"), expected: "10.247.0" },
];

Deno.test({
  name: "freeSubnet() overlaps no route",
  permissions: "none",
  fn: async (t) => {
    for (const { name, routes, expected } of TABLE) {
      await t.step(name, () => equal(freeSubnet(HEAD + routes), expected));
    }
  },
});
