/**
 * A program `docker-credential-NAME` that keeps credentials for the Docker CLI: a registry's address on stdin,
 * `get` as its argument, JSON on stdout. Source: the protocol of docker/docker-credential-helpers.
 */
import { concat } from "../../host/byte_buffer.ts";
import type { Host } from "../../host/host.ts";
import type { Credentials, ServerKey } from "./docker_config.ts";

export type HelperAnswer =
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly reason: string };

/** Some ask a cloud, or open a key ring. */
const TIMEOUT_MS = 30_000;
const OUTPUT_LIMIT_BYTES = 1024 * 1024;
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
    return judge(statusCode, textOf(chunks.stdout), textOf(chunks.stderr));
  } catch (error) {
    stop.throwIfAborted();
    if (late.aborted) return { kind: "failed", reason: `no answer within ${TIMEOUT_MS / 1000} s` };
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

function judge(statusCode: number, stdout: string, stderr: string): HelperAnswer {
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

function textOf(chunks: readonly Uint8Array[]): string {
  return new TextDecoder().decode(concat(chunks));
}
