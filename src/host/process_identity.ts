/** Which process of this machine is which, since the ids of processes come again. Source: proc_pid_stat(5). */

/** The beginning of a file of /proc; undefined if it can not be read. */
export type ReadProc = (path: string) => string | undefined;

/** Counted behind the name, which may hold blanks: field 22, when the process was started, in ticks of the clock. */
const START_FIELD = 22 - 3;

/** e.g. `4711 8123456`, no other process since the machine came up has the same; undefined if there is no such process. */
export function processIdentity(pid: number, readProc: ReadProc): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  const startedAt = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[START_FIELD];
  return startedAt && `${pid} ${startedAt}`;
}

/** Whether the process of this identity lives. */
export function isAlive(identity: string, readProc: ReadProc): boolean {
  return processIdentity(parseInt(identity), readProc) === identity;
}

/** What a person knows the process by: its systemd unit, or its id. */
export function processName(pid: number, readProc: ReadProc): string {
  const unit = /[^/]+\.service$/m.exec(readProc(`/proc/${pid}/cgroup`) ?? "")?.[0];
  return unit === undefined ? `process ${pid}` : `${unit} (process ${pid})`;
}
