/** Which process of this machine is which, since the ids of processes come again. Source: proc_pid_stat(5). */
import type { Host } from "./host.ts";

const LIMIT_BYTES = 64 * 1024;
/** Counted behind the name, which may hold blanks: field 22, when the process was started, in ticks of the clock. */
const START_FIELD = 22 - 3;

/** e.g. `4711 8123456`, no other process since the machine came up has the same; undefined if there is no such process. */
export async function processIdentity(pid: number, host: Host): Promise<string | undefined> {
  const stat = await readText(`/proc/${pid}/stat`, host);
  const startedAt = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[START_FIELD];
  return startedAt && `${pid} ${startedAt}`;
}

/** Whether the process of this identity lives. */
export async function isAlive(identity: string, host: Host): Promise<boolean> {
  return await processIdentity(parseInt(identity), host) === identity;
}

/** What a person knows the process by: its systemd unit, or its id. */
export async function processName(pid: number, host: Host): Promise<string> {
  const cgroup = await readText(`/proc/${pid}/cgroup`, host);
  const unit = /[^/]+\.service$/m.exec(cgroup ?? "")?.[0];
  return unit === undefined ? `process ${pid}` : `${unit} (process ${pid})`;
}

async function readText(path: string, host: Host): Promise<string | undefined> {
  const read = await host.readFile(path, LIMIT_BYTES);
  return read.kind === "content" ? new TextDecoder().decode(read.bytes) : undefined;
}
