/** `service_runner silence`: alerts sleep for a time. In: names and a duration. Out: a file that the services look at. */
import * as v from "valibot";
import { silencedUntilMs, silencePath, silenceText } from "../alerts/silence.ts";
import type { Printed } from "../cli.ts";
import { duration } from "../config/values.ts";
import { EX_UNAVAILABLE, EX_USAGE } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { clockTime } from "../host/local_time.ts";
import { findUnits, instanceName, stateFolder } from "./status/units.ts";
import { UsageError } from "./usage_error.ts";

export interface SilenceOptions {
  /** Names, and the duration behind them unless it is over. */
  readonly words: readonly string[];
  readonly all: boolean;
  readonly off: boolean;
}

/** Of whom it is, and the file. `folder`: of the state of one service; undefined where it is all of them. */
interface Silenced {
  readonly who: string;
  readonly path: string;
  readonly folder?: string;
}

const ALL_STATES = "/var/lib/service_runner";
const EX_REFUSED = 1;
const LONGEST_MS = 366 * 24 * 3_600_000;
/** For everybody: each service looks at it with its own account. */
const MODE = 0o644;

/** @throws UsageError */
export async function silence({ words, all, off }: SilenceOptions, host: Host): Promise<Printed> {
  const names = off ? words : words.slice(0, -1);
  if (all ? names.length > 0 : names.length === 0) {
    throw new UsageError(
      `${all ? "no name" : "a name or --all"} is expected${off ? "" : ", and a duration"}`,
    );
  }
  const untilMs = off ? undefined : Date.now() + parseDuration(words.at(-1));
  const found = all ? await allServices(host) : await named(names, host);
  if ("stderr" in found) return found;
  for (const { path } of found.silenced) {
    try {
      if (untilMs === undefined) await host.removeFile(path);
      else host.replaceFile(path, silenceText(untilMs), { mode: MODE });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { stderr: `service_runner silence: Cannot write "${path}": ${reason}\n`, exitCode: EX_REFUSED };
    }
  }
  return { stdout: found.silenced.map((silenced) => `${outcome(silenced, untilMs, host)}\n`).join("") };
}

/** `untilMs`: as it was asked for; a silence of all services and one of this service both hold. */
function outcome({ who, folder }: Silenced, untilMs: number | undefined, host: Host): string {
  const heldMs = folder === undefined ? untilMs : silencedUntilMs(folder, host, Date.now());
  const all = heldMs !== untilMs ? ", as those of all services do" : "";
  if (heldMs !== undefined) return `Alerts of ${who} sleep until ${clockTime(new Date(heldMs))}${all}`;
  const own = folder === undefined ? ", but where a service has a silence of its own" : "";
  return `Alerts of ${who} are awake${own}`;
}

function parseDuration(word = ""): number {
  const parsed = v.safeParse(duration, word);
  if (parsed.success && parsed.output > 0 && parsed.output <= LONGEST_MS) return parsed.output;
  const got = word === "" ? "" : `, got "${word}"`;
  throw new UsageError(`a duration such as 30m or 2h, of a year at most, is expected${got}`);
}

async function allServices(
  host: Host,
): Promise<{ readonly silenced: readonly Silenced[] } | Printed & { stderr: string }> {
  try {
    // systemd makes it with the first service.
    await host.listFolder(ALL_STATES).catch(() => host.makeSharedFolder(ALL_STATES));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      stderr: `service_runner silence: Cannot make "${ALL_STATES}": ${reason}\n`,
      exitCode: EX_REFUSED,
    };
  }
  return { silenced: [{ who: "all services", path: silencePath(`${ALL_STATES}/any`, "all") }] };
}

async function named(
  names: readonly string[],
  host: Host,
): Promise<{ readonly silenced: readonly Silenced[] } | Printed & { stderr: string }> {
  const found = await findUnits(names, host);
  if (found.kind === "no_systemd") {
    const stderr = `service_runner silence: Cannot ask systemd for the units: ${found.reason}\n`;
    return { stderr, exitCode: EX_UNAVAILABLE };
  }
  const silenced: Silenced[] = [];
  for (const unit of found.units) {
    const who = instanceName(unit.get("Id") ?? "");
    const folder = stateFolder(unit);
    const isThere = folder !== undefined && await host.listFolder(folder).then(() => true, () => false);
    if (!isThere) {
      const why = folder === undefined
        ? "its unit has no StateDirectory="
        : `it has never been started: there is no ${folder}`;
      return { stderr: `service_runner silence: Cannot silence "${who}": ${why}\n`, exitCode: EX_USAGE };
    }
    silenced.push({ who, path: silencePath(folder, "service"), folder });
  }
  return { silenced };
}
