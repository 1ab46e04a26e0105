/**
 * Asks a program `docker-credential-NAME`, which keeps credentials for the Docker CLI.
 * In: the registry's address. Out: the credentials, or why there are none. The program has the argument `get`, reads
 * the address from stdin and writes JSON to stdout: https://github.com/docker/docker-credential-helpers
 */
import { concat } from "../../host/byte_buffer.ts";
import type { Host } from "../../host/host.ts";
import { innermostMessage } from "../../logging/innermost_message.ts";
import type { Credentials, Found, ServerKey } from "./docker_config.ts";

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
): Promise<Found> {
  const program = `docker-credential-${name}`;
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  let sizeBytes = 0;
  const late = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const { statusCode } = await host.runProcess({
      argv: [program, "get"],
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
    return readAnswer(statusCode, textOf(chunks.stdout), textOf(chunks.stderr));
  } catch (error) {
    stop.throwIfAborted();
    const reason = late.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : innermostMessage(error);
    return { kind: "broken", reason: `${program}: ${reason}` };
  }
}

/** @throws Error if the helper has failed, or its answer can not be used */
function readAnswer(statusCode: number, stdout: string, stderr: string): Found {
  if (NOT_FOUND.test(stdout)) return { kind: "none" };
  const credentials = parseAnswer(stdout);
  if (statusCode !== 0) {
    // Helpers write their reason to stdout too, but what parses there may be a secret.
    const said = (stderr.trim() || (credentials === undefined ? stdout.trim() : "")).split("\n")[0] ?? "";
    const words = said === "" ? "" : `: ${said.slice(0, SHOWN_CHARACTERS)}`;
    throw new Error(`it ended with exit code ${statusCode}${words}`);
  }
  if (credentials === undefined) throw new Error("its answer is not JSON with Username and Secret");
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

function textOf(chunks: readonly Uint8Array[]): string {
  return new TextDecoder().decode(concat(chunks));
}
