/** Which process is which. */
import { equal, match, notEqual } from "node:assert/strict";
import { isAlive, processIdentity, processName } from "../../src/host/process_identity.ts";
import { openLibc } from "../../src/systemd/libc.ts";

// Loaded once for all tests: a library is never unloaded.
const { readProc } = openLibc();

Deno.test("a process has an identity of its own, by which it is known to live", () => {
  const ours = processIdentity(Deno.pid, readProc) ?? "";
  match(ours, new RegExp(`^${Deno.pid} \\d+ [0-9a-f]{8}$`));
  equal(isAlive(ours, readProc), true);
  equal(isAlive(ours.replace(/ \d+ /, " 1 "), readProc), false, "the id has come again");
  notEqual(processIdentity(Deno.ppid, readProc), ours);
  equal(processIdentity(2 ** 22 + 1, readProc), undefined, "beyond all ids");
  equal(isAlive("", readProc), false);
});

Deno.test("a process that has ended, and whose parent has not noticed, does not live", () => {
  const stat = (state: string) => (path: string) =>
    path.endsWith("/stat") ? `7 (a) b) ${state} 1${" 0".repeat(17)} 4711 0` : "1b9d6bcd-rest";
  equal(processIdentity(7, stat("S")), "7 4711 1b9d6bcd");
  equal(processIdentity(7, stat("Z")), undefined);
  equal(processIdentity(7, stat("X")), undefined);
});

Deno.test("a process is named by its unit, if it has one", () => {
  const cgroup = "0::/system.slice/system-service_runner.slice/service_runner@web.service\n";
  equal(processName(7, () => cgroup), "service_runner@web.service (process 7)");
  equal(processName(7, () => "0::/user.slice/session-1.scope\n"), "process 7");
  equal(processName(7, () => undefined), "process 7");
});
