/** Wires the real Deno to the program, and ends the process. */
import manifest from "./deno.json" with { type: "json" };
import { type Invocation, parseInvocation, type Printed } from "./src/cli.ts";
import { DockerEngine } from "./src/engine/docker_engine.ts";
import { unixTransport } from "./src/engine/http/unix_transport.ts";
import { EX_OK, EX_USAGE } from "./src/exit.ts";
import { FLAVOUR } from "./src/flavour.ts";
import { onDefect } from "./src/host/defects.ts";
import { denoHost } from "./src/host/deno_host.ts";
import { printableLines } from "./src/printable.ts";
import type { Machine } from "./src/start/open_context.ts";
import { runService } from "./src/run.ts";
import { openLibc } from "./src/systemd/libc.ts";

const host = denoHost();
const version = `${manifest.version} (Deno ${Deno.version.deno}, ${FLAVOUR})`;
const invocation = parseInvocation(Deno.args, host.env);

Deno.exit(await carryOut(invocation));

async function carryOut(invocation: Invocation): Promise<number> {
  switch (invocation.kind) {
    case "run":
      return await runService(invocation.configPath, thisMachine());
    case "subcommand": {
      const { carryOut } = await import("./src/commands/subcommand.ts");
      const { denoTerminal } = await import("./src/host/deno_terminal.ts");
      return await print(await carryOut(invocation, { host, terminal: denoTerminal() }));
    }
    case "help": {
      const { COMMAND_USAGE, USAGE } = await import("./src/commands/usage.ts");
      const text = invocation.command === undefined ? USAGE : COMMAND_USAGE[invocation.command];
      return await print({ stdout: text });
    }
    case "version":
      return await print({ stdout: `service_runner ${version}\n` });
    case "wrong":
      return await print({ stderr: invocation.message, exitCode: EX_USAGE });
  }
}

async function print({ stdout = "", stderr = "", exitCode = EX_OK }: Printed): Promise<number> {
  try {
    await host.writeStdout(new TextEncoder().encode(printableLines(stdout)));
  } catch (error) {
    // As of `service_runner schema | head`: the reader has seen enough.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  host.writeStderr(printableLines(stderr));
  return exitCode;
}

function thisMachine(): Machine {
  const libc = openLibc();
  return {
    host,
    pid: Deno.pid,
    onDefect,
    connectEngine: (socketPath) => new DockerEngine(socketPath, unixTransport(socketPath).send),
    sendDatagram: libc.sendDatagram,
    monotonicUsec: libc.monotonicUsec,
    readProc: libc.readProc,
    trimHeap: libc.trimHeap,
    stdoutLink: libc.readLink("/proc/self/fd/1"),
    stdoutIsWritable: () => libc.isWritable(1),
  };
}
