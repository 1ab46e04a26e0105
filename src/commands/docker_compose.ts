/**
 * Has Docker Compose read Compose files: interpolation, `.env`, `extends`, profiles and so on are its own.
 * In: file names. Out: `docker compose config --format json`, which needs no engine.
 */
import { ValueError } from "../errors.ts";
import { absolutePath, folderOf } from "../host/paths.ts";
import type { Host } from "../host/host.ts";
import { runProgram } from "../host/run_program.ts";

export interface ComposeRequest {
  /** As the user wrote them; `-` is standard input. */
  readonly files: readonly [string, ...string[]];
  /** Whether they are named by `-f`: then Compose merges none that is not named. */
  readonly areNamed: boolean;
  /** Undefined: the only one. */
  readonly service: string | undefined;
  /** For Compose: the values of `--profile`, `--env-file`, `--project-name`. */
  readonly options: Readonly<Record<string, readonly string[]>>;
}

export interface ComposeOutput {
  readonly json: string;
  readonly warnings: string;
  /** A file that Compose would merge unasked, and was told to. */
  readonly override: string | undefined;
}

/** Remote files that `include` names are fetched. */
const TIMEOUT_MS = 60_000;

/** `stdin`: what the file `-` holds. @throws ValueError with Compose's own words, or what to do where it is missing */
export async function askCompose(
  { files, areNamed, service, options }: ComposeRequest,
  stdin: string,
  host: Host,
): Promise<ComposeOutput> {
  const compose = await findCompose(service, host);
  const path = (file: string) => file === "-" ? file : absolutePath(file, host.cwd());
  const override = !areNamed && files.length === 1 ? await overrideOf(path(files[0]), host) : undefined;
  const words = Object.entries({
    ...options,
    file: [...files, ...override ?? []].map(path),
    "env-file": (options["env-file"] ?? []).map(path),
    // A service that is named is wanted, whatever its profile.
    ...service !== undefined && { profile: ["*"] },
  }).flatMap(([name, values]) => values.map((value) => `--${name}=${value}`));
  const end = await runProgram({
    argv: [...compose, ...words, "config", "--format=json"],
    workdir: host.cwd(),
    stdin: files.includes("-") ? stdin : undefined,
    timeoutMs: TIMEOUT_MS,
  }, host);
  if (end.statusCode === 0) return { json: end.stdout, warnings: end.stderr, override: override?.[0] };
  throw new ValueError(
    end.stderr.trim() || end.failure || `Compose has ended with exit code ${end.statusCode}`,
  );
}

/** The words that start Compose. */
async function findCompose(service = "", host: Host): Promise<readonly [string, ...string[]]> {
  const others = [];
  for (const words of [["docker", "compose"], ["docker-compose"]] as const) {
    const { stdout } = await runProgram({ argv: [...words, "version", "--short"] }, host);
    const version = /^v?(\d+)\.\S*/.exec(stdout.trim());
    if (Number(version?.[1]) >= 2) return words;
    if (version !== null) others.push(`; "${words.join(" ")}" is version ${version[0]}`);
  }
  throw new ValueError(
    `it takes Docker Compose 2 to read it, which is not installed here${others.join("")}. ` +
      "Debian 13 and later have it in the package docker-compose, Docker's own repository in " +
      "docker-compose-plugin. Or let another machine read it, and import what it prints:\n" +
      `    docker compose config --format json | service_runner import - ${service}`.trimEnd(),
  );
}

/** The file that "docker compose up" merges over one of its usual name, where no `-f` is given. */
async function overrideOf(path: string, host: Host): Promise<[string] | undefined> {
  if (!/\/(?:docker-)?compose\.ya?ml$/.test(path)) return undefined;
  const folder = folderOf(path);
  const names = (await host.listFolder(folder).catch(() => [])).map(({ name }) => name);
  const override = names.find((name) => /^(?:docker-)?compose\.override\.ya?ml$/.test(name));
  return override === undefined ? undefined : [`${folder}/${override}`];
}
