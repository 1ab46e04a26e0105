/**
 * Asks a program `docker-credential-NAME`, which keeps credentials for the Docker CLI.
 * In: the registry's address. Out: the credentials, or why there are none. The program has the argument `get`, reads
 * the address from stdin and writes JSON to stdout: https://github.com/docker/docker-credential-helpers
 */
import type { Host } from "../../host/host.ts";
import type { Credentials, ServerKey } from "./docker_config.ts";

export type HelperAnswer =
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly reason: string };

/** Some ask a service in the cloud, or wait for a key ring. */
const TIMEOUT_MS = 30_000;
const OUTPUT_LIMIT_BYTES = 1024 * 1024;
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
): Promise<HelperAnswer> {
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  let sizeBytes = 0;
  const late = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const { statusCode } = await host.runProcess({
      argv: [`docker-credential-${name}`, "get"],
      environment: {},
      workdir: undefined,
      stdin: new TextEncoder().encode(key),
      onOutput: (stream, bytes) => {
        sizeBytes += bytes.length;
        if (sizeBytes > OUTPUT_LIMIT_BYTES) throw new Error(`it wrote more than ${OUTPUT_LIMIT_BYTES} bytes`);
        chunks[stream].push(bytes);
      },
      signal: AbortSignal.any([stop, late]),
    });
    return readAnswer(statusCode, await textOf(chunks.stdout), await textOf(chunks.stderr));
  } catch (error) {
    stop.throwIfAborted();
    if (late.aborted) return { kind: "failed", reason: `no answer within ${TIMEOUT_MS / 1000} s` };
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

function readAnswer(statusCode: number, stdout: string, stderr: string): HelperAnswer {
  if (NOT_FOUND.test(stdout)) return { kind: "none" };
  const answer = parseAnswer(stdout);
  if (statusCode !== 0) {
    // Helpers write their reason to stdout too, but what parses there may be a secret.
    const said = (stderr.trim() || (answer === undefined ? stdout.trim() : "")).split("\n")[0] ?? "";
    const words = said === "" ? "" : `: ${said.slice(0, SHOWN_CHARACTERS)}`;
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

async function textOf(chunks: readonly Uint8Array[]): Promise<string> {
  return await new Blob(chunks as Uint8Array<ArrayBuffer>[]).text();
}
