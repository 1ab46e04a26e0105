/** How a service is: whether it runs, why it has failed, and which checks fail. In: its unit. Out: findings. */
import type { Host } from "../../host/host.ts";
import { isToday, localDate } from "../../host/local_time.ts";
import { shellLine } from "../shell_words.ts";
import { type ServiceRow, serviceRow } from "../status/service_row.ts";
import { type Advice, type Finding, findings, run } from "./finding.ts";
import type { ServiceUnit } from "./find_service.ts";
import { findLastFailure, type LastFailure } from "./last_failure.ts";

/** By which systemd says why it could not start the program: systemd.exec(5), "Process Exit Codes". */
const CODES_OF_SYSTEMD: Readonly<Record<number, string>> = {
  203: "the unit's program can not be executed",
  216: "a group of the unit does not exist",
  217: "the unit's account does not exist",
  226: "the unit's view of the file system can not be set up",
  243: "the file of LoadCredential= can not be read",
};

/** As checks by HTTP and TCP say it in STATUS=; the name is in one of the groups. */
const NAME_NOT_FOUND =
  /no answer from \w+:\/\/([^/:\s]+)\S*: the host name cannot be resolved|no connection to (\S+) port \d+: failed to lookup/;

/** A service at one moment. */
export interface ServiceState {
  readonly row: ServiceRow;
  /** Its last failure, if it has failed since it was started. */
  readonly failure: LastFailure | undefined;
  readonly isActive: boolean;
}

export async function lookAtService({ unit, properties }: ServiceUnit, host: Host): Promise<ServiceState> {
  const row = serviceRow(properties, host);
  const isActive = ["active", "reloading"].includes(row.state);
  const hasFailed = row.restarts > 0 || row.result !== "success" || !isActive;
  return {
    row,
    failure: hasFailed ? await findLastFailure(unit, host) : undefined,
    isActive,
  };
}

/** `isExplained`: another finding says what is to be done about the failure. */
export function serviceChecks(
  service: ServiceUnit,
  state: ServiceState,
  { isExplained }: { readonly isExplained: boolean },
): Finding[] {
  const { row } = state;
  if (row.state === "not found") return [];
  if (state.isActive) return [activeService(service, state), ...unreadable(row)];
  if (row.state === "inactive") return [inactiveService(service, state, isExplained)];
  if (row.state === "failed" || row.sub === "auto-restart" || row.restarts > 0) {
    return [failedService(service, state, isExplained)];
  }
  const { ok, warning } = findings("service");
  if (row.state === "deactivating") return [warning(`it is stopping: ${row.status}`)];
  return [ok(`it is starting since ${time(row.since)}: ${row.status}`)];
}

/** Then its checks are not known either. */
function unreadable({ unreadable: reason }: ServiceRow): Finding[] {
  return reason === null ? [] : [findings("checks").unknown(reason, "run this as root")];
}

function activeService({ name, unit, properties }: ServiceUnit, { row, failure }: ServiceState): Finding {
  const { ok, warning, problem } = findings("service");
  const told = row.last_failure === null ? "" : `; before: ${row.last_failure}`;
  const why = failure === undefined ? told : `; before, at ${time(failure.at)}: ${story(failure)}`;
  const before = row.restarts === 0 ? "" : `; ${restarted(row.restarts)}${why}`;
  const now = `${row.status || `active since ${time(row.since)}`}${before}`;
  if (row.container === "paused" && row.container_id !== null) {
    return problem(now, run(`docker unpause ${row.container_id.slice(0, 12)}`));
  }
  if (row.checks.some(({ ok }) => !ok)) return problem(now, failingAdvice(name, row.status));
  // It is active for a moment, between two ends.
  if (/^Failed: /.test(row.status)) return problem(now, run(linesOf(name)));
  if (row.restarts > 0) return warning(now, run(linesOf(name)));
  if (properties.get("UnitFileState") !== "disabled") return ok(now);
  return warning(`${now}; it is not enabled: after a boot it is not there`, run(`systemctl enable ${unit}`));
}

/** A name that is not found is a matter of the machine; of all else the journal says more. */
function failingAdvice(name: string, status: string): Advice {
  const host = NAME_NOT_FOUND.exec(status)?.slice(1).find((part) => part !== undefined);
  if (host !== undefined) {
    const words = "mend DNS or /etc/hosts until this finds the name; the check runs again by itself:";
    return { words, commands: [shellLine(["getent", "hosts", host])] };
  }
  const words = "each failure is in the journal, with what came in place of what is expected:";
  return { words, commands: [shellLine(["service_runner", "logs", "--priority=error", "--lines=5", name])] };
}

function failedService(service: ServiceUnit, state: ServiceState, isExplained: boolean): Finding {
  const { problem } = findings("service");
  const { row, failure } = state;
  // A record of before counts only where the service itself has spoken of this failure.
  const isTold = /^Failed: /.test(row.status) || row.sub === "start";
  const reason = failure === undefined || !isTold ? reasonOfUnit(row) : story(failure);
  const since = time((isTold ? failure?.at : undefined) ?? row.since);
  if (row.state === "failed") {
    return problem(
      `failed at ${since}, and is not started again: ${reason}`,
      afterMending(service, state, isExplained),
    );
  }
  const times = row.restarts === 0 ? "" : `, ${restarted(row.restarts)}`;
  const now = row.sub === "auto-restart" ? "systemd starts it again and again" : "it is being started again";
  return problem(`failed at ${since}${times}; ${now}: ${reason}`, afterMending(service, state, isExplained));
}

function inactiveService(
  { unit, properties }: ServiceUnit,
  state: ServiceState,
  isExplained: boolean,
): Finding {
  const { warning, problem } = findings("service");
  const isEnabled = properties.get("UnitFileState")?.startsWith("enabled");
  const said = state.row.status === "" ? "" : `; its last words: ${state.row.status}`;
  if (!isEnabled) {
    const words = isExplained ? { words: "when that is mended:" } : {};
    return warning(`it does not run, and is not enabled${said}`, {
      ...words,
      commands: [`systemctl enable --now ${unit}`],
    });
  }
  if (!isExplained) return problem(`it is enabled, and does not run${said}`, run(`systemctl start ${unit}`));
  const advice = { words: "do what is said below, then:", commands: [`systemctl start ${unit}`] };
  return problem(`it is enabled, and does not run${said}`, advice);
}

/** A service that systemd tries again starts by itself, but not before its next turn. */
function afterMending({ name, unit }: ServiceUnit, { failure }: ServiceState, isExplained: boolean): Advice {
  const restart = `systemctl restart ${unit}`;
  if (isExplained) return { words: "do what is said below, then:", commands: [restart] };
  const words = failure?.isContainers
    ? "the container's lines say why; mend it, then restart the service:"
    : "the service's lines say more; mend it, then restart the service:";
  return { words, commands: [linesOf(name), restart] };
}

/** The last lines of the service, those of its container among them. */
function linesOf(name: string): string {
  return shellLine(["service_runner", "logs", "--lines=20", name]);
}

function story({ reason, lastLine }: LastFailure): string {
  return lastLine === undefined ? reason : `${reason}; its last line: ${lastLine}`;
}

/** Where the service itself has said nothing, e.g. since it could not even be started. */
function reasonOfUnit({ status, result, exit_status: code }: ServiceRow): string {
  if (/^Failed: /.test(status)) return status.replace(/^Failed: /, "");
  const meaning = CODES_OF_SYSTEMD[code];
  return meaning === undefined ? `${result}, exit code ${code}` : `${meaning} (${result}, exit code ${code})`;
}

function restarted(count: number): string {
  return count === 1 ? "restarted once" : `restarted ${count} times`;
}

/** e.g. `14:02:31`, with the date if that is not today. */
function time(at: string | null): string {
  if (at === null) return "an unknown time";
  const date = new Date(at);
  const clock = date.toTimeString().slice(0, 8);
  return isToday(date) ? clock : `${clock} on ${localDate(date)}`;
}
