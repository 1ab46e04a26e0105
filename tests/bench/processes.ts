/** What processes cost, from /proc. In: a pid, or the folder of a private engine. Out: CPU time, memory. */

const TICK_MS = 10;
const KIB_PER_MIB = 1024;

export interface Memory {
  readonly privateDirtyMib: number;
  readonly pssMib: number;
  readonly rssMib: number;
}

/** User and system time of all of a process's threads so far. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The second field, the program's name, may hold anything, ")" included.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

export async function memory(pid: number): Promise<Memory> {
  const rollup = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  const mib = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(rollup)?.[1]) / KIB_PER_MIB;
  return { privateDirtyMib: mib("Private_Dirty"), pssMib: mib("Pss"), rssMib: mib("Rss") };
}

/** CPU time of an engine: dockerd, containerd and the shims, all of which name the engine's folder. */
export async function engineCpuMs(socketPath: string): Promise<number> {
  const folder = socketPath.slice(0, socketPath.lastIndexOf("/"));
  let sumMs = 0;
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (/^\S*(dockerd|containerd)/.test(command) && command.includes(folder)) {
      sumMs += await cpuMs(Number(name)).catch(() => 0);
    }
  }
  return sumMs;
}
