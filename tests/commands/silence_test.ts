import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { silencedUntilMs, silenceText } from "../../src/alerts/silence.ts";
import { silence, type SilenceOptions } from "../../src/commands/silence.ts";
import { UsageError } from "../../src/commands/usage_error.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import type { Host, ProcessRequest } from "../../src/host/host.ts";
import { tempDir } from "../support/temp_dir.ts";

/** A machine with the services `web` and `db`, whose files in /var/lib are in memory. */
function machine(): { readonly files: Map<string, string>; readonly host: Host } {
  const files = new Map<string, string>();
  const folders = ["/var/lib/service_runner/web", "/var/lib/service_runner/db"];
  const host: Host = {
    ...denoHost(),
    listFolder: (path) =>
      folders.includes(path) ? Promise.resolve([]) : Promise.reject(new Error("no such folder")),
    makeSharedFolder: () => Promise.resolve(),
    replaceFile: (path, text) => void files.set(path, text),
    removeFile: (path) => Promise.resolve(void files.delete(path)),
    readOthersFile: (path) => {
      const text = files.get(path);
      return text === undefined
        ? { kind: "missing" }
        : { kind: "content", bytes: new TextEncoder().encode(text) };
    },
    // systemctl show of the units that are named.
    runProcess: ({ argv, onOutput }: ProcessRequest) => {
      const names = argv.filter((word) => word.startsWith("service_runner@"));
      const shown = names.map((unit) => {
        const name = unit.replace(/^service_runner@|\.service$/g, "");
        return `Id=${unit}\nStateDirectory=service_runner/${name}\n`;
      });
      onOutput("stdout", new TextEncoder().encode(shown.join("\n")));
      return Promise.resolve(0);
    },
  };
  return { files, host };
}

const GIVEN: SilenceOptions = { words: [], all: false, off: false };
const HOUR_MS = 3_600_000;

function leftMs(name: string, host: Host): number {
  const untilMs = silencedUntilMs(`/var/lib/service_runner/${name}`, host, Date.now());
  return untilMs === undefined ? 0 : untilMs - Date.now();
}

Deno.test("silence lets the named services sleep, --off wakes them", async () => {
  const { host } = machine();
  const { stdout } = await silence({ ...GIVEN, words: ["web", "db", "2h"] }, host);
  match(stdout ?? "", /^(?:Alerts of (?:web|db) sleep until (?:\d{4}-\d\d-\d\d )?\d\d:\d\d\n){2}$/);
  for (const name of ["web", "db"]) equal(Math.round(leftMs(name, host) / 1000), 2 * 3600);
  deepEqual(await silence({ ...GIVEN, words: ["db"], off: true }, host), {
    stdout: "Alerts of db are awake\n",
  });
  equal(leftMs("db", host), 0);
  equal(leftMs("web", host) > HOUR_MS, true);
});

Deno.test("silence --all is for all services, each of which may sleep for longer", async () => {
  const { host } = machine();
  await silence({ ...GIVEN, words: ["30m"], all: true }, host);
  await silence({ ...GIVEN, words: ["web", "2h"] }, host);
  deepEqual(["web", "db", "new"].map((name) => Math.round(leftMs(name, host) / 60_000)), [120, 30, 30]);
  const { stdout = "" } = await silence({ ...GIVEN, words: ["db"], off: true }, host);
  match(stdout, /^Alerts of db sleep until [\d: -]+, as those of all services do\n$/);
  const awake = await silence({ ...GIVEN, all: true, off: true }, host);
  equal(awake.stdout, "Alerts of all services are awake, but where a service has a silence of its own\n");
  deepEqual(["web", "db"].map((name) => Math.round(leftMs(name, host) / 60_000)), [120, 0]);
});

Deno.test("silence refuses what it does not understand, and services that there are not", async () => {
  const { host } = machine();
  for (
    const [options, reason] of [
      [{}, /a name or --all is expected, and a duration/],
      [{ words: ["web"] }, /a name or --all is expected, and a duration/],
      [{ words: ["web", "soon"] }, /a duration such as 30m or 2h, .* is expected, got "soon"/],
      [{ words: ["web", "0s"] }, /of a year at most, is expected, got "0s"/],
      [{ words: ["web", "99999d"] }, /of a year at most, is expected, got "99999d"/],
      [{ words: ["web", "2h"], all: true }, /no name is expected/],
      [{ off: true }, /a name or --all is expected$/],
    ] as const
  ) {
    await rejects(silence({ ...GIVEN, ...options }, host), (error: Error) => {
      match(error.message, reason);
      return error instanceof UsageError;
    });
  }
  const unknown = await silence({ ...GIVEN, words: ["wbe", "2h"] }, host);
  match(unknown.stderr ?? "", /Cannot silence "wbe": it has never been started/);
  equal(unknown.exitCode, 64);
});

Deno.test("silence says who may write where it may not", async () => {
  const { host } = machine();
  const replaceFile = () => {
    throw new Error("Permission denied (os error 13)");
  };
  const refused = await silence({ ...GIVEN, words: ["web", "2h"] }, { ...host, replaceFile });
  match(
    refused.stderr ?? "",
    /Cannot write "\/var\/lib\/service_runner\/web\/silence.json": Permission denied/,
  );
  equal(refused.exitCode, 1);
});

Deno.test("a silence is for the services' account to read, whatever the umask of whoever sets it", async () => {
  await using dir = await tempDir();
  const before = Deno.umask(0o077);
  try {
    denoHost().replaceFile(`${dir.path}/silence.json`, silenceText(Date.now()), { mode: 0o644 });
  } finally {
    Deno.umask(before);
  }
  equal((await Deno.stat(`${dir.path}/silence.json`)).mode! & 0o777, 0o644);
});
