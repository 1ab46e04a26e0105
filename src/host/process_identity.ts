/** Which process of this machine is which, since the ids of processes come again. Source: proc_pid_stat(5). */

/** The beginning of a file of /proc; undefined if it can not be read. */
export type ReadProc = (path: string) => string | undefined;

/** Counted behind the name, which may hold blanks: field 22, when the process was started, in ticks since the boot. */
const START_FIELD = 22 - 3;
/** States of a process that has ended, and whose parent has not noticed. */
const DEAD = ["Z", "X"];

/**
 * e.g. `4711 8123456 1b9d6bcd`: id, start and boot, which no other process has; undefined if there is no such process, or
 * it has ended.
 */
export function processIdentity(pid: number, readProc: ReadProc): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  const [state = "Z"] = fields;
  const boot = readProc("/proc/sys/kernel/random/boot_id")?.slice(0, 8);
  return DEAD.includes(state) ? undefined : `${pid} ${fields[START_FIELD]} ${boot}`;
}

/** Whether the process of this identity lives. */
export function isAlive(identity: string, readProc: ReadProc): boolean {
  return processIdentity(parseInt(identity), readProc) === identity;
}

/** e.g. `service_runner@web.service`; undefined for a process that is in no service of systemd. */
export function unitOf(process: number | "self", readProc: ReadProc): string | undefined {
  return /[^/]+\.service$/m.exec(readProc(`/proc/${process}/cgroup`) ?? "")?.[0];
}

/** What a person knows the process by: its systemd unit, or its id. */
export function processName(pid: number, readProc: ReadProc): string {
  const unit = unitOf(pid, readProc);
  return unit === undefined ? `process ${pid}` : `${unit} (process ${pid})`;
}
