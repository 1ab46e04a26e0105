/** How systemd in a host gets its control groups from this machine. */
import type { EngineApi } from "../../support/engine_api.ts";
import type { Debian } from "./debian_root.ts";

const SYSTEMD = "/lib/systemd/systemd";
const TREE = "/sys/fs/cgroup";

/** What of a host's container depends on the control groups. */
export interface CgroupOptions {
  /** Starts systemd. */
  readonly command: readonly string[];
  /** Of the namespace. */
  readonly mode: "private" | "host";
  readonly binds: readonly string[];
}

/** @throws When this machine has not the kind of tree that the release needs. */
export async function cgroupOptions(debian: Debian, engine: EngineApi): Promise<CgroupOptions> {
  const { CgroupVersion } = await engine.docker.info();
  if (CgroupVersion === "2") {
    // With a hierarchy of its own, systemd finds it mounted read-only.
    const start = `mount -o remount,rw ${TREE} && exec ${SYSTEMD}`;
    return { command: ["/bin/sh", "-c", start], mode: "private", binds: [] };
  }
  // This machine has the trees of version 1, and perhaps that of version 2 beside them.
  const source = debian === "14" ? await unifiedTree() : TREE;
  return { command: [SYSTEMD], mode: "host", binds: [`${source}:${TREE}:rw`] };
}

/** systemd from 258 on knows version 2 only, and ends at once where it finds anything else. */
async function unifiedTree(): Promise<string> {
  for (const line of (await Deno.readTextFile("/proc/self/mounts")).split("\n")) {
    const [, path, type] = line.split(" ");
    if (type === "cgroup2" && path !== undefined) return path;
  }
  throw new Error("Cannot boot Debian 14: this machine has no tree of cgroup v2");
}
