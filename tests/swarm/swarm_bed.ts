/** The whole program in this process, with a swarm in memory. */
import type { Host } from "../../src/host/host.ts";
import { FakeSwarm } from "../support/fake_swarm.ts";
import { type BedOptions, SupervisorBed } from "../support/supervisor_bed.ts";

/** Two tasks, and no waiting. */
export const CONFIG = "swarm: {replicas: 2, patience: 50ms, update: {monitor: 10ms}}\n";

export interface SwarmBedOptions extends Pick<BedOptions, "config" | "host"> {
  /** What was there before the program. */
  readonly prepare?: (swarm: FakeSwarm) => void;
  /** What `systemctl is-system-running` says. */
  readonly system?: "running" | "stopping";
}

/** `await using bed = new SwarmBed()` */
export class SwarmBed extends SupervisorBed {
  readonly swarm: FakeSwarm;

  constructor({ config = CONFIG, host, prepare, system = "running" }: SwarmBedOptions = {}) {
    const runProcess: Host["runProcess"] = ({ argv, onOutput }) => {
      if (argv.join(" ") !== "systemctl is-system-running") {
        throw new Error(`Nobody expects ${argv.join(" ")}`);
      }
      void onOutput("stdout", new TextEncoder().encode(`${system}\n`));
      return Promise.resolve(system === "running" ? 0 : 1);
    };
    super({ config, pull: "missing", host: { runProcess, ...host } });
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
