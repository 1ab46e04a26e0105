/**
 * What digest a tag has in its registry now, without pulling it.
 * In: the image's name. Out: its digest, asked of the registry by HEAD, which Docker Hub does not count as a pull.
 * Source: the OCI distribution spec 1.1, "Pulling manifests".
 */
import type { ContainerEngine } from "../../engine/engine.ts";
import { parseImageReference } from "../../engine/image_reference.ts";
import type { HttpRequest, HttpResponse } from "../../host/host.ts";
import type { ImageContext } from "../wanted_image.ts";
import { findRegistryAuth, type RegistryAuth } from "./registry_auth.ts";
import { answerChallenge, isLocal } from "./registry_challenge.ts";

type DigestContext = Omit<ImageContext, "notifier">;

/** Of one request. */
const PATIENCE_MS = 10_000;
const HUB = "docker.io";
const HUB_HOST = "registry-1.docker.io";
/** A list of images for several platforms, or one image; the OCI's and Docker's. */
const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/**
 * The digest, e.g. `sha256:…`. If the registry does not tell us, the engine asks: it knows of mirrors, certificates and
 * proxies that we do not know of.
 * @throws EngineError with the registry's reason; EngineUnreachableError; the reason of `stop` when that is aborted
 */
export async function remoteDigest(
  image: string,
  engine: ContainerEngine,
  context: DigestContext,
): Promise<string> {
  const reference = parseImageReference(image);
  let found: Promise<RegistryAuth | undefined> | undefined;
  const auth = async () => {
    if (reference.kind === "name") found ??= findRegistryAuth(reference.name, context);
    return await found;
  };
  if (reference.kind === "name") {
    const { name, digest, tag = "latest" } = reference;
    const told = await askRegistry(name, digest ?? tag, { auth, context });
    if (told !== undefined) return told;
  }
  const registryAuth = (await auth())?.header;
  const { digest } = await engine.inspectDistribution(image, { registryAuth, signal: context.stop });
  return digest;
}

/** Undefined if the registry does not tell it, whatever the reason. `auth`: asked only if the registry wants it. */
async function askRegistry(
  repository: string,
  tag: string,
  { auth, context }: {
    readonly auth: () => Promise<RegistryAuth | undefined>;
    readonly context: DigestContext;
  },
): Promise<string | undefined> {
  const host = repository.slice(0, repository.indexOf("/"));
  const path = repository.slice(host.length + 1);
  // The engine, too, asks those of its own machine without TLS if it is not told otherwise.
  const origin = `${isLocal(host) ? "http" : "https"}://${host === HUB ? HUB_HOST : host}`;
  const send = sender(context);
  const head = (more: HttpRequest["headers"]) =>
    send({
      method: "HEAD",
      url: `${origin}/v2/${path}/manifests/${tag}`,
      headers: [["accept", MANIFESTS], ...more],
      body: undefined,
    });
  try {
    let response = await head([]);
    if (response.httpStatus === 401) {
      const challenge = response.headers.get("www-authenticate") ?? "";
      const credentials = (await auth())?.credentials ?? {};
      const scope = `repository:${path}:pull`;
      const authorization = await answerChallenge(challenge, credentials, { scope, send });
      if (authorization === undefined) return undefined;
      response = await head([["authorization", authorization]]);
    }
    const digest = response.headers.get("docker-content-digest") ?? "";
    return response.httpStatus === 200 && /^[a-z0-9]+:[a-f0-9]{32,}$/.test(digest) ? digest : undefined;
  } catch {
    context.stop.throwIfAborted();
    // What keeps us from an answer the engine will meet, too, and tell, unless it knows a way around it.
    return undefined;
  }
}

/** Sends what is given, with a limit of its own to how long that may take. */
function sender({ host, stop }: DigestContext) {
  const tls = { authorities: undefined, insecure: false, wantsExpiry: false };
  return (request: Omit<HttpRequest, "tls" | "signal">): Promise<HttpResponse> =>
    host.httpRequest({ ...request, tls, signal: AbortSignal.any([stop, AbortSignal.timeout(PATIENCE_MS)]) });
}
