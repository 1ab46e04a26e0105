/** Runs a program inside a container of the outer engine. */
// @ts-types="@types/dockerode"
import type Docker from "dockerode";
import { Buffer } from "node:buffer";

export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const HEADER_BYTES = 8;
const STDERR = 2;

/** Runs it to its end, whatever that is. */
export async function execInside(container: Docker.Container, args: readonly string[]): Promise<ExecResult> {
  const exec = await container.exec({
    Cmd: [...args],
    Env: ["LC_ALL=C.UTF-8"],
    AttachStdout: true,
    AttachStderr: true,
  });
  const chunks: Buffer[] = [];
  for await (const chunk of await exec.start({ Detach: false, Tty: false })) chunks.push(chunk as Buffer);
  const { ExitCode } = await exec.inspect();
  return { code: ExitCode ?? -1, ...splitStreams(Buffer.concat(chunks)) };
}

/** Frames of the engine's stream: one byte for the stream, three of nothing, four for the length, the payload. */
function splitStreams(frames: Buffer): { readonly stdout: string; readonly stderr: string } {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  for (let at = 0; at + HEADER_BYTES <= frames.length;) {
    const end = at + HEADER_BYTES + frames.readUInt32BE(at + 4);
    (frames[at] === STDERR ? stderr : stdout).push(frames.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  return { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}
