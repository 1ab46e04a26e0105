/** Wires the real Deno to the program, and ends the process. */
import manifest from "./deno.json" with { type: "json" };
import { parseInvocation } from "./src/cli.ts";
import { DockerEngine } from "./src/engine/docker_engine.ts";
import { unixTransport } from "./src/engine/unix_transport.ts";
import { EX_OK, EX_USAGE } from "./src/exit.ts";
import { denoHost } from "./src/host/deno_host.ts";
import { runService } from "./src/run.ts";
import { openLibc } from "./src/systemd/libc.ts";

const host = denoHost();
const version = `${manifest.version} (Deno ${Deno.version.deno})`;
const invocation = parseInvocation(Deno.args, { env: host.env, version });

switch (invocation.kind) {
  case "print":
    await host.writeStdout(new TextEncoder().encode(invocation.text));
    Deno.exit(EX_OK);
    break;
  case "wrong":
    host.writeStderr(invocation.message);
    Deno.exit(EX_USAGE);
    break;
  case "run": {
    const libc = openLibc();
    const exitCode = await runService(invocation.configPath, {
      host,
      pid: Deno.pid,
      connectEngine: (socketPath) => new DockerEngine(socketPath, unixTransport(socketPath).send),
      sendDatagram: libc.sendDatagram,
      stdoutLink: libc.readLink("/proc/self/fd/1"),
    });
    Deno.exit(exitCode);
  }
}
