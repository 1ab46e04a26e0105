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
  const { 1: stdout, 2: stderr } = splitFrames(Buffer.concat(chunks));
  return { code: ExitCode ?? -1, stdout: stdout?.toString() ?? "", stderr: stderr?.toString() ?? "" };
}

/** What each stream has, of frames: one byte for the stream, three of nothing, four for the length, the payload. */
export function splitFrames(frames: Buffer): Partial<Record<number, Buffer>> {
  const streams = new Map<number, Buffer[]>();
  for (let at = 0; at + HEADER_BYTES <= frames.length;) {
    const end = at + HEADER_BYTES + frames.readUInt32BE(at + 4);
    const stream = frames[at] as number;
    const parts = streams.get(stream) ?? [];
    parts.push(frames.subarray(at + HEADER_BYTES, end));
    streams.set(stream, parts);
    at = end;
  }
  return Object.fromEntries([...streams].map(([stream, parts]) => [stream, Buffer.concat(parts)]));
}
