/** Stands before a real registry, which answers: what it was asked for is written down. */
import type { RegistryAccount } from "./engine_api.ts";

export interface FrontOptions {
  /** Lets in only who brings a token, which this account gets by its password or its identity token. */
  readonly tokensFor?: RegistryAccount & { readonly identityToken: string };
  /** As registries do that do not tell the digest by HEAD. */
  readonly hidesDigests?: boolean;
}

const TOKEN = "a-token";
const SERVICE = "front";

/** Serves until disposed: `await using front = new RegistryFront(registry.address)`. */
export class RegistryFront implements AsyncDisposable {
  /** Host and port as they stand in an image reference, e.g. `127.0.0.1:40001`. */
  readonly address: string;
  /** E.g. `HEAD /v2/web/manifests/latest 200`. */
  readonly asked: string[] = [];
  /** While set, whoever pulls gets to know what there is, and not what is in it. */
  refusesLayers = false;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** `registry`: the address of the real one. */
  constructor(readonly registry: string, readonly options: FrontOptions = {}) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        const response = await this.#answer(request);
        this.asked.push(`${request.method} ${pathname} ${response.status}`);
        return response;
      },
    );
    this.address = `127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/token") return await this.#token(request);
    if (this.options.tokensFor !== undefined && request.headers.get("authorization") !== `Bearer ${TOKEN}`) {
      const challenge = `Bearer realm="http://${this.address}/token",service="${SERVICE}"`;
      return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
    }
    if (this.refusesLayers && pathname.includes("/blobs/")) {
      return Response.json({ errors: [{ code: "DENIED", message: "not now" }] }, { status: 403 });
    }
    const { method, headers } = request;
    const body = await request.bytes();
    const response = await fetch(`http://${this.registry}${pathname}${search}`, {
      method,
      headers,
      body: body.length === 0 ? null : body,
      redirect: "manual",
    });
    const kept = new Headers(response.headers);
    if (this.options.hidesDigests && method === "HEAD") kept.delete("docker-content-digest");
    return new Response(response.body, { status: response.status, headers: kept });
  }

  async #token(request: Request): Promise<Response> {
    const { username, password, identityToken } = this.options.tokensFor!;
    const isForm = request.method === "POST";
    const given = isForm ? new URLSearchParams(await request.text()) : new URL(request.url).searchParams;
    const isKnown = isForm
      ? given.get("grant_type") === "refresh_token" && given.get("refresh_token") === identityToken
      : request.headers.get("authorization") === `Basic ${btoa(`${username}:${password}`)}`;
    if (given.get("service") !== SERVICE || !/^repository:.+:pull$/.test(given.get("scope") ?? "")) {
      return Response.json({}, { status: 400 });
    }
    if (!isKnown) return Response.json({}, { status: 401 });
    return Response.json(isForm ? { access_token: TOKEN } : { token: TOKEN });
  }
}
