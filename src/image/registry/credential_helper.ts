/**
 * A program `docker-credential-NAME` that keeps credentials for the Docker CLI: a registry's address on stdin,
 * `get` as its argument, JSON on stdout. Source: the protocol of docker/docker-credential-helpers.
 */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import type { Credentials, ServerKey } from "./docker_config.ts";

export type HelperAnswer =
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly reason: string };

/** Some ask a cloud, or open a key ring. */
const TIMEOUT_MS = 30_000;
const SHOWN_LIMIT = 200;
/** By this name a helper says that the secret is an identity token. */
const TOKEN_USER = "<token>";
/** Helpers say so with a failure, and in these words. */
const NOT_FOUND = /^credentials not found in native keychain/;

/** Rejects only when `stop` is aborted. */
export async function askHelper(
  name: string,
  key: ServerKey,
  { host, stop }: { readonly host: Host; readonly stop: AbortSignal },
): Promise<HelperAnswer> {
  const argv = [`docker-credential-${name}`, "get"] as const;
  const { statusCode, failure, stdout, stderr } = await runProgram(
    { argv, stdin: key, timeoutMs: TIMEOUT_MS, stop },
    host,
  );
  if (statusCode === undefined) return { kind: "failed", reason: failure };
  return readAnswer(statusCode, stdout, stderr);
}

function readAnswer(statusCode: number, stdout: string, stderr: string): HelperAnswer {
  if (NOT_FOUND.test(stdout)) return { kind: "none" };
  const answer = parseAnswer(stdout);
  if (statusCode !== 0) {
    // Helpers give their reasons on stdout, where otherwise the secret is.
    const said = (stderr.trim() || (answer === undefined ? stdout.trim() : "")).split("\n")[0] ?? "";
    const words = said === "" ? "" : `: ${said.slice(0, SHOWN_LIMIT)}`;
    return { kind: "failed", reason: `it ended with exit code ${statusCode}${words}` };
  }
  return answer ?? { kind: "failed", reason: "its answer is not JSON with Username and Secret" };
}

function parseAnswer(stdout: string): HelperAnswer | undefined {
  try {
    const { Username: username, Secret: secret } = JSON.parse(stdout) as Record<string, unknown>;
    if (typeof username !== "string" || typeof secret !== "string") return undefined;
    const credentials = username === TOKEN_USER ? { identitytoken: secret } : { username, password: secret };
    return { kind: "credentials", credentials };
  } catch {
    return undefined;
  }
}
