/** Commands in a running container: ContainerExec, ExecStart, ExecInspect. */
import type { ExecInspect } from "./api_types.ts";
import { bodyUnless404, type EngineCalls } from "./calls.ts";
import type { ExecRequest } from "./engine.ts";

export async function createExec(
  calls: EngineCalls,
  container: string,
  { request, signal }: { readonly request: ExecRequest; readonly signal: AbortSignal },
): Promise<string> {
  const { argv, environment, workdir, hasStdin } = request;
  const body = {
    AttachStdin: hasStdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    Cmd: argv,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(workdir === undefined ? {} : { WorkingDir: workdir }),
  };
  const response = await calls.call({
    operation: "prepare a command in the container",
    method: "POST",
    path: `/containers/${container}/exec`,
    body: JSON.stringify(body),
    signal,
  });
  return (await response.json() as { Id: string }).Id;
}

/** Its body: the output, as frames. */
export async function startExec(
  calls: EngineCalls,
  id: string,
  { stdin, signal }: { readonly stdin: Uint8Array | undefined; readonly signal: AbortSignal },
): Promise<Response> {
  return await calls.call({
    operation: "run a command in the container",
    method: "POST",
    path: `/exec/${id}/start`,
    body: JSON.stringify({ Detach: false, Tty: false }),
    ...(stdin === undefined ? {} : { stdin }),
    signal,
  });
}

/** Undefined where the engine knows of no such exec, as after the end of its container. */
export async function inspectExec(
  calls: EngineCalls,
  id: string,
  signal: AbortSignal,
): Promise<ExecInspect | undefined> {
  const operation = "inspect a command in the container";
  const path = `/exec/${id}/json`;
  const response = await calls.call({ operation, method: "GET", path, signal, expected: [404] });
  return await bodyUnless404<ExecInspect>(response);
}
