/** A machine that has too little for a check to run says nothing about what is checked. */
import { deepEqual } from "node:assert/strict";

/** Takes all files that a process may open, and runs one check of each kind that opens some. */
const SCRIPT = `
import { denoHost } from "ROOT/src/host/deno_host.ts";
import { runCheck } from "ROOT/src/checks/run_check.ts";
import { buildChecks } from "ROOT/src/checks/build_checks.ts";
import { monitorSchema } from "ROOT/src/config/monitor_config.ts";
import { DockerEngine } from "ROOT/src/engine/docker_engine.ts";
import { unixTransport } from "ROOT/src/engine/http/unix_transport.ts";
import * as v from "valibot";
const monitor = v.parse(monitorSchema, {
  check_http: [{ path: "/?token=s3cret", host: "127.0.0.1", port: "8" }, { path: "/", name: "of the container" }],
  check_tcp: [{ host: "127.0.0.1", port: "8" }],
  check_exe: [{ exe: "/bin/true" }],
  check_shell_command: [{ shell_command: "true" }],
});
const socket = "/run/no-engine.sock";
const engine = new DockerEngine(socket, unixTransport(socket).send);
const { signal } = new AbortController();
const checks = buildChecks({ name: "web", monitor, folder: "/", engine, containerId: "1", host: denoHost(), readProc: () => undefined, stop: signal });
const files = [];
try {
  for (;;) files.push(await Deno.open("/dev/null"));
} catch {}
const seen = [];
for (const check of checks) {
  const result = await runCheck(check, signal, (reason) => seen.push([check.kind, /^(Too many open files .os error 24.|EMFILE)$/.test(reason)]));
  if (result !== undefined) seen.push([check.kind, JSON.stringify(result)]);
}
for (const file of files) file.close();
console.log(JSON.stringify(seen));
`;

Deno.test("a check that finds no room for one more open file has no result", async () => {
  const root = new URL("../../", import.meta.url);
  const script = SCRIPT.replaceAll("ROOT/", root.href);
  const config = new URL("deno.json", root).pathname;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", 'ulimit -n 128; exec "$@"', "sh", Deno.execPath(), "eval", "--config", config, script],
    stderr: "inherit",
  }).output();
  deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [
    ["check_container_present", true],
    ["check_http", true],
    ["check_http", true],
    ["check_tcp", true],
    ["check_shell_command", true],
    ["check_exe", true],
  ]);
});
