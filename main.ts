/** Wires the real Deno to the program, and ends the process. */
import manifest from "./deno.json" with { type: "json" };
import { type Invocation, parseInvocation, type Printed } from "./src/cli.ts";
import { DockerEngine } from "./src/engine/docker_engine.ts";
import { unixTransport } from "./src/engine/http/unix_transport.ts";
import { EX_OK, EX_USAGE } from "./src/exit.ts";
import { FLAVOUR } from "./src/flavour.ts";
import { onDefect } from "./src/host/defects.ts";
import { denoHost } from "./src/host/deno_host.ts";
import type { ServeHttp } from "./src/host/http_server.ts";
import { printableLines } from "./src/printable.ts";
import { greetEngine } from "./src/start/greet_engine.ts";
import type { Machine } from "./src/start/open_context.ts";
import { openLibc } from "./src/systemd/libc.ts";

const host = denoHost();
const version = `${manifest.version} (Deno ${Deno.version.deno}, ${FLAVOUR})`;
const invocation = parseInvocation(Deno.args, host.env);

Deno.exit(await carryOut(invocation));

async function carryOut(invocation: Invocation): Promise<number> {
  switch (invocation.kind) {
    case "run":
      return await run(invocation.configPath);
    case "subcommand": {
      const { carryOut } = await import("./src/commands/subcommand.ts");
      const { denoTerminal } = await import("./src/host/deno_terminal.ts");
      const { readProc, sendDatagram, trimHeap } = openLibc();
      const serveHttp: ServeHttp = async (serving) =>
        (await import("./src/host/deno_http_server.ts")).serveHttp(serving);
      const context = { host, terminal: denoTerminal(), readProc, sendDatagram, trimHeap, serveHttp };
      return await print(await carryOut(invocation, context));
    }
    case "help": {
      const { USAGE } = await import("./src/commands/usage.ts");
      const { COMMAND_USAGE } = await import("./src/commands/command_usage.ts");
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

/** The engine is asked first of all: it answers while all else that a run takes is loaded. */
async function run(configPath: string): Promise<number> {
  const stopping = new AbortController();
  const connectEngine = (path: string) => new DockerEngine(path, unixTransport(path).send);
  const greeted = await greetEngine({ host, connectEngine }, stopping.signal);
  const { runService } = await import("./src/run.ts");
  return await runService(configPath, { ...thisMachine(), stopping, greeted });
}

function thisMachine(): Omit<Machine, "stopping" | "greeted"> {
  const libc = openLibc();
  return {
    host,
    pid: Deno.pid,
    onDefect,
    sendDatagram: libc.sendDatagram,
    monotonicUsec: libc.monotonicUsec,
    readProc: libc.readProc,
    trimHeap: libc.trimHeap,
    stdoutLink: libc.readLink("/proc/self/fd/1"),
    stdoutIsWritable: () => libc.isWritable(1),
  };
}
