/** Whether the image of a service can be had, asked with the credentials that the service would use. */
import type { ServiceConfig } from "../../config/service_config.ts";
import { encodePath } from "../../engine/calls.ts";
import { parseImageReference } from "../../engine/image_reference.ts";
import { saysLoginNeeded } from "../../engine/pull_image.ts";
import { EngineError } from "../../errors.ts";
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import { serverKey } from "../../image/registry/docker_config.ts";
import {
  dockerConfigFiles,
  findRegistryAuth,
  type RegistryAuth,
} from "../../image/registry/registry_auth.ts";
import type { Logger } from "../../logging/log_record.ts";
import { type EngineQueries, isRefusal } from "../engine_queries.ts";
import { shellLine } from "../shell_words.ts";
import type { Account } from "./as_account.ts";
import { type Advice, type Finding, findings, run } from "./finding.ts";

export interface ImageOptions {
  readonly configPath: string;
  readonly engine: EngineQueries;
  /** Undefined where no unit is known: then the credentials are those of whoever asks. */
  readonly account: Account | undefined;
  readonly unit: string | undefined;
  readonly host: Host;
}

type WantedImage = Pick<ServiceConfig, "image" | "pull" | "build">;

export async function imageChecks(wanted: WantedImage, options: ImageOptions): Promise<Finding[]> {
  const { ok, problem } = findings("image");
  const { image, pull, build } = wanted;
  const reference = parseImageReference(image);
  const isHere =
    await options.engine.get("inspect the image", `/images/${encodePath(image)}/json`) !== undefined;
  if (pull === "never" || reference.kind === "id" || (pull === "missing" && isHere)) {
    if (isHere) return [ok(`${image} is there`)];
    const why = reference.kind === "id" ? "an id can not be pulled" : '"pull" is "never"';
    return [problem(`${image} is not there, and ${why}`, run(shellLine(["docker", "pull", image])))];
  }
  if (build !== undefined) return [ok(`${image} is built at the start`)];
  const asked = await askRegistry(wanted, serverKey(reference.name), {
    ...options,
    repository: reference.name,
    isHere,
  });
  // With "prefer" the service starts all the same from the image that is here.
  if (pull !== "prefer" || !isHere) return asked;
  return asked.map((finding) => finding.verdict === "problem" ? { ...finding, verdict: "warning" } : finding);
}

async function askRegistry(
  { image }: WantedImage,
  server: string,
  { engine, account, unit, configPath, repository, isHere, host }: ImageOptions & {
    readonly repository: string;
    readonly isHere: boolean;
  },
): Promise<Finding[]> {
  const { ok, warning, problem, unknown } = findings("image");
  const warnings: string[] = [];
  const credential = unit === undefined ? undefined : await loadedCredential(unit, host);
  const warn = (message: string) => void warnings.push(message);
  const auth = await credentialsFor(repository, account?.host ?? host, { credential, warn });
  const broken = warnings.map((message) => warning(message));
  const headers = { "X-Registry-Auth": auth?.header };
  try {
    const path = `/distribution/${encodePath(image)}/json`;
    if (await engine.get(`look up ${image} in its registry`, path, { headers }) !== undefined) {
      return [...broken, ok(`its registry has ${image}`)];
    }
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (error instanceof EngineError && saysLoginNeeded(error)) {
      if (account?.mayTry === false && auth === undefined) {
        return [
          unknown(
            `its registry wants a login, and only root may look for it: ${error.reason}`,
            "run this as root",
          ),
        ];
      }
      return [...broken, problem(denial(error, auth), loginAdvice(server, auth, account))];
    }
    if (!(error instanceof EngineError) || !/manifest unknown|not found/i.test(error.reason)) {
      const advice = isHere
        ? `until it answers, "pull: prefer" in ${configPath} starts the service from the image that is here`
        : "look at the network, and at the registry";
      return [...broken, problem(error.message, advice)];
    }
  }
  const advice = `correct its name or tag in ${configPath}, or push it`;
  return [...broken, problem(`its registry has no ${image}`, advice)];
}

function denial({ reason }: EngineError, auth: RegistryAuth | undefined): string {
  return auth === undefined
    ? `its registry wants a login, and the service has none: ${reason}`
    : `its registry refuses the credentials of "${auth.file}": ${reason}`;
}

/** As the README has it; `docker login` writes a file `config.json` in the folder that it is given. */
function loginAdvice(
  server: string,
  auth: RegistryAuth | undefined,
  account: Account | undefined,
): Advice {
  const login = (folder: string) =>
    shellLine(["docker", "--config", folder, "login", ...server.startsWith("https://") ? [] : [server]]);
  const file = auth?.file ?? `${account?.host.env("HOME") || "/srv"}/.docker/config.json`;
  const [, folder = "", name = ""] = /^(.*)\/([^/]*)$/.exec(file) ?? [];
  if (name === "config.json") {
    const chown = shellLine(["chown", "-R", `${account?.name ?? "server-acct"}:`, folder]);
    return {
      words: "log in again, for the service's account:",
      commands: [login(folder), chown],
    };
  }
  const passing = "/run/docker-login";
  const copy = (from: string, to: string) => shellLine(["cp", "--no-preserve=all", from, to]);
  return {
    words: `log in again; ${file} keeps its owner and mode:`,
    commands: [
      `install -d -m 700 ${passing}`,
      copy(file, `${passing}/config.json`),
      login(passing),
      copy(`${passing}/config.json`, file),
      `rm -r ${passing}`,
    ],
  };
}

/** As the service would find them; what it would warn of goes to `warn`. */
async function credentialsFor(
  repository: string,
  host: Host,
  { credential, warn }: {
    readonly credential: string | undefined;
    readonly warn: (message: string) => void;
  },
): Promise<RegistryAuth | undefined> {
  const files = dockerConfigFiles(host);
  const logger: Logger = { log: ({ message }) => warn(message) };
  const context = { host, logger, stop: new AbortController().signal };
  return await findRegistryAuth(repository, context, {
    ...files,
    credential: credential ?? files.credential,
  });
}

/** The file of `LoadCredential=docker-config:FILE`, which `systemctl show` does not print. */
async function loadedCredential(unit: string, host: Host): Promise<string | undefined> {
  const { stdout } = await runProgram({ argv: ["systemctl", "cat", "--no-pager", unit] }, host);
  return [...stdout.matchAll(/^LoadCredential=docker-config:(\/.*)$/gm)].at(-1)?.[1]?.trim();
}
