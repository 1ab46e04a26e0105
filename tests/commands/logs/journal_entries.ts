/** Entries as `journalctl --output=json` prints them: some recorded on a Debian 13, and some that are made here. */
import { type JournalRecord, readEntry } from "../../../src/commands/logs/journal_record.ts";

const RECORDED = new URL("../../fixtures/journal/rec.jsonl", import.meta.url);

/** The life of a service "rec": it says this and that, a check of it fails, it ends, its config is broken. */
export const RECORDED_ENTRIES: readonly string[] = Deno.readTextFileSync(RECORDED).trimEnd().split("\n");

export interface MadeRecord {
  readonly timestamp?: string;
  readonly severity?: string;
  readonly source?: string;
  readonly message?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly exception?: unknown;
}

/** The entry of a record of the service. */
export function entryOf(made: MadeRecord, service = "web"): string {
  const record = {
    timestamp: "2026-01-02T03:04:05.678000001Z",
    severity: "info",
    source: "docker_logs.stdout",
    message: "",
    data: {},
    context: { service },
    exception: null,
    ...made,
  };
  return JSON.stringify({
    __CURSOR: `s=${record.message.slice(0, 20)}`,
    __REALTIME_TIMESTAMP: "1767323045678000",
    MESSAGE: JSON.stringify(record),
    PRIORITY: "6",
    SYSLOG_IDENTIFIER: "service_runner",
    _SYSTEMD_UNIT: `service_runner@${service}.service`,
  });
}

export function recordOf(made: MadeRecord, service?: string): JournalRecord {
  return readEntry(entryOf(made, service))!;
}
