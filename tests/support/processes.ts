/** What /proc says of the processes of this machine, those in containers included. */

/** The numbers of all processes whose command line has this text in it, zombies and this process excepted. */
export function processesWith(text: string): number[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) return [];
    return readProc(name, "cmdline").replaceAll("\0", " ").includes(text) ? [Number(name)] : [];
  });
}

/** Of a process's children, those that have ended and that nobody has asked about. */
export function zombiesOf(pid: number): number[] {
  return childrenOf(pid).filter((child) => /^State:\s+Z/m.test(readProc(child, "status")));
}

export function childrenOf(pid: number): number[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    const parent = /^PPid:\s+(\d+)/m.exec(/^\d+$/.test(name) ? readProc(name, "status") : "")?.[1];
    return Number(parent) === pid ? [Number(name)] : [];
  });
}

/** Whether a SIGSTOP has reached it. */
export function isStopped(pid: number): boolean {
  return /^State:\s+T/m.test(readProc(pid, "status"));
}

/** What a process has open, by kind: `socket`, `pipe`, `file`, … */
export function openFiles(pid: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
    const kind = kindOf(`/proc/${pid}/fd/${name}`);
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Memory of its own in KiB: what it has written to, files apart. That a child may share it for a moment counts not. */
export function privateKib(pid: number): number {
  return Number(/^RssAnon:\s+(\d+)/m.exec(readProc(pid, "status"))?.[1]);
}

/** What the process itself has used of the processors so far, in milliseconds. */
export function cpuMs(pid: number): number {
  // Behind the name, which may have blanks in it: proc(5), fields 14 and 15, in hundredths of a second.
  const fields = readProc(pid, "stat").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function kindOf(link: string): string | undefined {
  try {
    const target = Deno.readLinkSync(link);
    return target.startsWith("/") ? "file" : target.split(":")[0];
  } catch {
    // Closed in the meantime.
    return undefined;
  }
}

/** Empty where the process has ended in the meantime. */
function readProc(pid: number | string, file: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch {
    return "";
  }
}
