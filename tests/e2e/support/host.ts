/**
 * A whole Debian machine, as its administrator sees it: systemd, docker.service, the journal.
 * It is a container of the outer engine; `boot_host.ts` starts it.
 */
import { type LogRecord, parseRecord } from "../../support/service_process.ts";
import type { ExecResult } from "./container_exec.ts";
import type { Debian } from "./debian_root.ts";
import { runByAgent } from "./host_agent.ts";

/** Where the exchange folder is on the host. */
export const EXCHANGE = "/e2e";

export interface HostOptions {
  readonly debian: Debian;
  /** A folder of this machine that the host sees as /e2e. */
  readonly exchange: string;
}

/** A running host. */
export class Host {
  readonly debian: Debian;
  /** A folder of this machine that the host sees as /e2e. */
  readonly exchange: string;

  constructor({ debian, exchange }: HostOptions) {
    this.debian = debian;
    this.exchange = exchange;
  }

  /** Runs a program to its end, whatever that is. */
  async attempt(...args: readonly string[]): Promise<ExecResult> {
    return await runByAgent(this.exchange, args);
  }

  /** What the program wrote to stdout. @throws When it fails. */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.attempt(...args);
    if (code === 0) return stdout;
    throw new Error(
      `Cannot run "${args.join(" ")}" on Debian ${this.debian}: exit code ${code}\n${
        (stdout + stderr).slice(-3000)
      }`,
    );
  }

  /** Runs a shell script; `$1` and so on are the arguments. @throws When it fails. */
  async shell(script: string, ...args: readonly string[]): Promise<string> {
    return await this.run("sh", "-euc", script, "sh", ...args);
  }

  async systemctl(...args: readonly string[]): Promise<string> {
    return await this.run("systemctl", ...args);
  }

  async docker(...args: readonly string[]): Promise<string> {
    return (await this.run("docker", ...args)).trim();
  }

  /** Writes a file, folders in between included. */
  async write(path: string, content: string): Promise<void> {
    const base64 = new TextEncoder().encode(content).toBase64();
    await this.shell('mkdir -p "$(dirname "$1")"; printf %s "$2" | base64 -d >"$1"', path, base64);
  }

  /** Properties of a unit, as `systemctl show` has them. */
  async show<Name extends string>(unit: string, ...names: readonly Name[]): Promise<Record<Name, string>> {
    const text = await this.systemctl("show", unit, `--property=${names.join(",")}`);
    const pairs = text.split("\n").filter((line) => line !== "").map((line) => {
      const equals = line.indexOf("=");
      return [line.slice(0, equals), line.slice(equals + 1)];
    });
    return Object.fromEntries(pairs);
  }

  /** The records in the unit's journal so far; what is said on stderr is none. */
  async records(unit: string): Promise<LogRecord[]> {
    const lines = await this.messages(unit, "_COMM=service_runner");
    return lines.filter((line) => line.startsWith("{")).map(parseRecord);
  }

  /** The messages in the unit's journal so far, systemd's own included; `matches` as journalctl takes them. */
  async messages(unit: string, ...matches: readonly string[]): Promise<string[]> {
    await this.run("journalctl", "--sync");
    const text = await this.run("journalctl", `--unit=${unit}`, "--output=cat", "--no-pager", ...matches);
    return text.split("\n").filter((line) => line !== "");
  }
}
