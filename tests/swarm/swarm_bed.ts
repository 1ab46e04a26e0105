/** The whole program in this process, with a swarm in memory. */
import type { Host } from "../../src/host/host.ts";
import { FakeSwarm } from "../support/fake_swarm.ts";
import { type BedOptions, SupervisorBed } from "../support/supervisor_bed.ts";

/** Two tasks, and no waiting. */
export const CONFIG = "swarm: {replicas: 2, patience: 50ms, update: {monitor: 10ms}}\n";

export interface SwarmBedOptions extends Pick<BedOptions, "config" | "env" | "files" | "host"> {
  /** What was there before the program. */
  readonly prepare?: (swarm: FakeSwarm) => void;
  /** What systemd has in mind when it stops the unit; `silent`: it does not tell. */
  readonly meant?: "stop" | "restart" | "shutdown" | "silent";
}

/** What the program gets from systemctl. */
const SYSTEMCTL = {
  stop: { "is-system-running": "running\n", "list-jobs": "7 service_runner@web.service stop running\n" },
  restart: {
    "is-system-running": "degraded\n",
    "list-jobs": "7 service_runner@web.service restart running\n",
  },
  shutdown: { "is-system-running": "stopping\n", "list-jobs": "7 service_runner@web.service stop running\n" },
  silent: { "is-system-running": "", "list-jobs": "" },
};

/** `await using bed = new SwarmBed()` */
export class SwarmBed extends SupervisorBed {
  readonly swarm: FakeSwarm;

  constructor({ config = CONFIG, host, prepare, meant = "stop", ...others }: SwarmBedOptions = {}) {
    const runProcess: Host["runProcess"] = ({ argv: [program, verb], onOutput }) => {
      if (program !== "systemctl") throw new Error(`Nobody expects ${program}`);
      void onOutput("stdout", new TextEncoder().encode(SYSTEMCTL[meant][verb as "list-jobs"]));
      return Promise.resolve(0);
    };
    const readProc = (path: string) =>
      path === "/proc/self/cgroup"
        ? "0::/system.slice/system-service_runner.slice/service_runner@web.service\n"
        : undefined;
    super({ ...others, config, pull: "missing", readProc, host: { runProcess, ...host } });
    this.swarm = new FakeSwarm((call) => {
      if (/^(create|update|rollBack|remove)/.test(call)) this.timeline.push(call);
    });
    prepare?.(this.swarm);
    this.engine.swarmEngine = this.swarm;
  }

  /** What systemd shows last. */
  get status(): string {
    return /STATUS=(.*)$/.exec(this.timeline.findLast((entry) => entry.includes("STATUS=")) ?? "")?.[1] ?? "";
  }
}
