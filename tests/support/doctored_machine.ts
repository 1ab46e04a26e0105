/** A machine as `doctor` sees it: an engine, programs and files that a test makes up. */
import { doctor } from "../../src/commands/doctor.ts";
import type { Finding } from "../../src/commands/doctor/finding.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { denoTerminal } from "../../src/host/deno_terminal.ts";
import type { FileRead, Host } from "../../src/host/host.ts";
import { EngineServer } from "./engine_server.ts";
import { tempDir } from "./temp_dir.ts";

interface Failed {
  readonly exitCode: number;
}

interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

export interface Machine {
  /** Answers of the engine by path, without the version; others are 404. */
  readonly engine?: Readonly<Record<string, Answer | ((request: Request) => Answer) | undefined>>;
  /** What programs print, by the beginning of their command line; others do not exist. */
  readonly programs?: Readonly<Record<string, string | Failed>>;
  /** Of those that a good machine has: which are there. */
  readonly files?: readonly string[];
  /** The text of further files; null for one that is not there. */
  readonly texts?: Readonly<Record<string, string | null>>;
  /** Files that are there, but not for whoever asks. */
  readonly unreadable?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The text of the config of the service that is asked for. */
  readonly config?: string;
  /** Properties of its unit, in place of an active one's. */
  readonly unit?: Readonly<Record<string, string>>;
  /** By what the service is asked for; undefined: by the path of its config. `PATH` in programs is that path too. */
  readonly word?: string;
}

export const UNIT = {
  LoadState: "loaded",
  FragmentPath: "/etc/systemd/system/service_runner@.service",
  NeedDaemonReload: "no",
  Type: "notify",
  NotifyAccess: "main",
  User: "server-acct",
  ExecStart:
    "{ path=/usr/local/bin/service_runner ; argv[]=/usr/local/bin/service_runner /srv/config/doctor.yaml ; }",
  RuntimeDirectory: "service_runner/doctor",
  RestartPreventExitStatus: "64 78",
  LogRateLimitBurst: "100000000",
  StateDirectory: "service_runner/web",
  ExecStopPost: "{ path=/bin/sh ; argv[]=/bin/sh -c … service_runner alert --ended … ; }",
};

const ACTIVE = {
  Id: "service_runner@web.service",
  ActiveState: "active",
  SubState: "running",
  Result: "success",
  StatusText: "Running since 14:02, 1 check passes",
  MainPID: "4711",
  NRestarts: "0",
  ExecMainStatus: "0",
  StateChangeTimestamp: "@1700000000",
  UnitFileState: "enabled",
};

export function shown(unit: Readonly<Record<string, string>>): string {
  return Object.entries(unit).map(([key, value]) => `${key}=${value}\n`).join("");
}

export const GOOD = {
  engine: {
    "/_ping": { body: "OK" },
    "/version": { body: { Version: "28.0.1", ApiVersion: "1.48" } },
    "/info": {
      body: {
        LiveRestoreEnabled: true,
        LoggingDriver: "local",
        CgroupVersion: "2",
        DockerRootDir: "/var/lib/docker",
      },
    },
  },
  programs: {
    "df ": "Avail\n50000000000\n",
    "systemctl show": shown(UNIT),
    "id --user": "0\n",
    "id ": "server-acct docker\n",
    "getent passwd": "server-acct:x:998:998::/srv:/usr/sbin/nologin\n",
    "getent group": "docker:x:997:\n",
    "runuser -u server-acct -- test": "",
    "stat ": "root docker 660\n",
    "systemd-analyze": "[Journal]\n#Storage=auto\n",
    timedatectl: "yes\n",
  },
  files: ["/usr/local/bin/service_runner", "/var/log/journal"],
};

/** What doctor finds on a machine that differs from a good one. */
export async function examine(machine: Machine) {
  await using dir = await tempDir();
  const { env = {}, files = GOOD.files, texts = {}, unreadable = [], config } = machine;
  const answers: Machine["engine"] & object = { ...GOOD.engine, ...machine.engine };
  await using server = await EngineServer.start((request) => {
    const path = new URL(request.url).pathname.replace(/^\/v[\d.]+/, "");
    const found = answers[path] ?? { status: 404, body: { message: "not found" } };
    const answer = typeof found === "function" ? found(request) : found;
    return Response.json(answer.body, { status: answer.status ?? 200, headers: { "Api-Version": "1.48" } });
  });
  const path = config === undefined ? undefined : await dir.write("web.yaml", config);
  const argv = `path=/usr/local/bin/service_runner ; argv[]=/usr/local/bin/service_runner ${path} ;`;
  const unit = machine.unit && { ...UNIT, ...ACTIVE, ExecStart: `{ ${argv} }`, ...machine.unit };
  const programs = {
    ...unit && { "systemctl show": shown(unit) },
    ...machine.programs,
  };
  const host = hostOf({
    texts,
    files,
    unreadable,
    programs: { ...programs, ...without(GOOD.programs, programs) },
  }, {
    DOCKER_HOST: `unix://${server.socketPath}`,
    ...env,
  });
  const terminal = { ...denoTerminal(), isTerminal: () => false };
  const word = machine.word ?? path;
  const { stdout, exitCode } = await doctor({ word, json: true }, { host, terminal });
  const inPlace = (text: string) => text.replaceAll(`${dir.path}/`, "/dir/");
  const { findings } = JSON.parse(inPlace(stdout)) as { findings: Finding[] };
  return { exitCode, findings, bad: findings.filter(({ verdict }) => verdict !== "ok") };
}

/** The entries of `all` whose keys are not in `others`: there, the first that fits a command line counts. */
function without<T>(all: Readonly<Record<string, T>>, others: object): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !Object.hasOwn(others, key)));
}

function hostOf(
  { texts, files, unreadable, programs }: Required<
    Pick<Machine, "texts" | "files" | "unreadable" | "programs">
  >,
  env: Readonly<Record<string, string>>,
): Host {
  const real = denoHost();
  /** Undefined for a file that is the real machine's. */
  const played = (path: string): FileRead | undefined => {
    const text = texts[path];
    if (typeof text === "string") return { kind: "content", bytes: new TextEncoder().encode(text) };
    if (unreadable.includes(path)) return { kind: "error", reason: "Permission denied" };
    if (text === null) return { kind: "missing" };
    if (!GOOD.files.includes(path)) return undefined;
    return files.includes(path) ? { kind: "error", reason: "large" } : { kind: "missing" };
  };
  return {
    ...real,
    env: (name) => env[name],
    async readFile(path, limitBytes) {
      return played(path) ?? await real.readFile(path, limitBytes);
    },
    readOthersFile: (path, limitBytes, options) =>
      played(path) ?? real.readOthersFile(path, limitBytes, options),
    runProcess({ argv, onOutput }) {
      const found = Object.entries(programs).find(([beginning]) => argv.join(" ").startsWith(beginning))?.[1];
      if (found === undefined) return Promise.reject(new Error("there is no such program"));
      if (typeof found !== "string") return Promise.resolve(found.exitCode);
      onOutput("stdout", new TextEncoder().encode(found));
      return Promise.resolve(0);
    },
  };
}
