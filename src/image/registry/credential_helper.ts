/**
 * Asks a program `docker-credential-NAME`, which keeps credentials for the Docker CLI.
 * In: the registry's address. Out: the credentials, or why there are none. The program has the argument `get`, reads
 * the address from stdin and writes JSON to stdout: https://github.com/docker/docker-credential-helpers
 */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import type { Credentials, Found, ServerKey } from "./docker_config.ts";

/** Some ask a service in the cloud, or wait for a key ring. */
const TIMEOUT_MS = 30_000;
/** How much of a helper's own words is shown in the log. */
const SHOWN_CHARACTERS = 200;
/** The user name that means: the secret is an identity token. */
const TOKEN_USER = "<token>";
/** What a helper writes, and fails, if it has no credentials for the registry. */
const NOT_FOUND = /^credentials not found in native keychain/;

/** Rejects only when `stop` is aborted. */
export async function askHelper(
  name: string,
  key: ServerKey,
  { host, stop }: { readonly host: Host; readonly stop: AbortSignal },
): Promise<Found> {
  const program = `docker-credential-${name}`;
  const { statusCode, failure, stdout, stderr } = await runProgram(
    { argv: [program, "get"], stdin: key, timeoutMs: TIMEOUT_MS, stop },
    host,
  );
  const broken = (reason: string): Found => ({ kind: "broken", reason: `${program}: ${reason}` });
  if (statusCode === undefined) return broken(failure);
  if (NOT_FOUND.test(stdout)) return { kind: "none" };
  const credentials = parseAnswer(stdout);
  if (statusCode !== 0) {
    // Helpers write their reason to stdout too, but what parses there may be a secret.
    const said = (stderr.trim() || (credentials === undefined ? stdout.trim() : "")).split("\n")[0] ?? "";
    const words = said === "" ? "" : `: ${said.slice(0, SHOWN_CHARACTERS)}`;
    return broken(`it ended with exit code ${statusCode}${words}`);
  }
  if (credentials === undefined) return broken("its answer is not JSON with Username and Secret");
  return { kind: "credentials", credentials };
}

function parseAnswer(stdout: string): Credentials | undefined {
  try {
    const { Username: username, Secret: secret } = JSON.parse(stdout) as Record<string, unknown>;
    if (typeof username !== "string" || typeof secret !== "string") return undefined;
    return username === TOKEN_USER ? { identitytoken: secret } : { username, password: secret };
  } catch {
    return undefined;
  }
}
