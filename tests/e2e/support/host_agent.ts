/**
 * Runs programs on a host. An exec of the engine takes a tenth of a second of the processors, and tests ask hosts again
 * and again; so there is a program on each, `host_agent.pl`, that is asked by a socket in the exchange folder.
 */
// @ts-types="@types/dockerode"
import type Docker from "dockerode";
import { Buffer } from "node:buffer";
import { poll } from "../../support/event_log.ts";
import { type ExecResult, splitFrames } from "./container_exec.ts";

const SCRIPT = new URL("host_agent.pl", import.meta.url);
const SOCKET = "agent.sock";
const START_TIMEOUT_MS = 30_000;
const EXIT_CODE = 3;

/**
 * Starts it, and leaves it running; `inside`: where the host has the exchange folder. Where the machine has trees of
 * version 1 as well, nothing can be run in a host any more once its engine has handed out the controllers of the host's
 * control group to those below. It can not as long as there is a process in that group, as this one is.
 */
export async function startAgent(
  container: Docker.Container,
  { exchange, inside }: { readonly exchange: string; readonly inside: string },
): Promise<void> {
  await Deno.copyFile(SCRIPT, `${exchange}/agent.pl`);
  // That of one that has ended with its host is there still.
  await Deno.remove(`${exchange}/${SOCKET}`).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const exec = await container.exec({
    Cmd: ["perl", `${inside}/agent.pl`, `${inside}/${SOCKET}`],
    Env: ["LC_ALL=C.UTF-8"],
  });
  await exec.start({ Detach: true });
  await poll(START_TIMEOUT_MS, "the start of a host's agent", async () => {
    return await Deno.stat(`${exchange}/${SOCKET}`).catch(() => undefined);
  });
}

/** Runs a program to its end, whatever that is; 127 where there is none. */
export async function runByAgent(exchange: string, args: readonly string[]): Promise<ExecResult> {
  using connection = await Deno.connect({ transport: "unix", path: `${exchange}/${SOCKET}` });
  const request = encode(args);
  for (let sent = 0; sent < request.length;) sent += await connection.write(request.subarray(sent));
  const chunks: Buffer[] = [];
  const buffer = new Uint8Array(65_536);
  for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
    chunks.push(Buffer.from(buffer.slice(0, count)));
  }
  const { 1: stdout, 2: stderr, [EXIT_CODE]: code } = splitFrames(Buffer.concat(chunks));
  if (code === undefined) throw new Error(`Cannot run "${args.join(" ")}": the host's agent has gone`);
  return { code: code.readUInt32BE(), stdout: stdout?.toString() ?? "", stderr: stderr?.toString() ?? "" };
}

/** Their number; of each the length, and the bytes. */
function encode(args: readonly string[]): Buffer {
  const texts = args.map((arg) => Buffer.from(arg));
  return Buffer.concat([number(args.length), ...texts.flatMap((text) => [number(text.length), text])]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
