/**
 * What a running service is asked for: a file in the unit's own folder in /run, then SIGUSR1. The signal alone asks for
 * what the config's `update` section says.
 * In: a request. Out: the same, read by the service, which takes the file away.
 */
import type { Host } from "../host/host.ts";

const FILE_NAME = "update_request.json";
const LIMIT_BYTES = 4096;

export interface UpdateRequest {
  /** Of whoever asks, to know the answer by; null where nobody waits for one. */
  readonly id: string | null;
  /** `check`: only whether there is a newer image. `rollback`: the image of before. */
  readonly action: "update" | "check" | "rollback";
  /** Also an image that is too young, or that was taken back before. */
  readonly force: boolean;
}

/** `folder`: the unit's own, e.g. `/run/service_runner/web`. @throws Error */
export function writeUpdateRequest(
  folder: string,
  request: UpdateRequest,
  host: Pick<Host, "replaceFile">,
): void {
  host.replaceFile(`${folder}/${FILE_NAME}`, `${JSON.stringify(request)}\n`, { mode: 0o644 });
}

/** Whether the one that somebody has left is still there. */
export async function hasUpdateRequest(folder: string, host: Pick<Host, "readFile">): Promise<boolean> {
  return (await host.readFile(`${folder}/${FILE_NAME}`, LIMIT_BYTES)).kind !== "missing";
}

/** Undefined where nobody has left one. @throws Error with the reason why it can not be met */
export async function takeUpdateRequest(
  folder: string,
  host: Pick<Host, "readFile" | "removeFile">,
): Promise<UpdateRequest | undefined> {
  const path = `${folder}/${FILE_NAME}`;
  const read = await host.readFile(path, LIMIT_BYTES);
  if (read.kind === "missing") return undefined;
  // Whatever it is, it is not to be met a second time.
  await host.removeFile(path);
  if (read.kind === "error") throw new Error(`Cannot read "${path}": ${read.reason}`);
  const request = parse(new TextDecoder().decode(read.bytes));
  if (request === undefined) throw new Error(`"${path}" is no request`);
  return request;
}

function parse(text: string): UpdateRequest | undefined {
  try {
    const { id, action, force } = JSON.parse(text);
    if (action !== "update" && action !== "check" && action !== "rollback") return undefined;
    return { id: typeof id === "string" ? id : null, action, force: force === true };
  } catch {
    return undefined;
  }
}
