/**
 * How somebody shows a registry who they are. In: the registry's challenge, `WWW-Authenticate`. Out: `Authorization`.
 * Source: distribution/distribution, docs/content/spec/auth (token, oauth).
 */
import { beginningOfBody } from "../../host/beginning_of_body.ts";
import type { HttpRequest, HttpResponse } from "../../host/host.ts";
import type { Credentials } from "./docker_config.ts";

const ANSWER_LIMIT_CHARACTERS = 65_536;
const LOCAL = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/;

type TokenRequest = Pick<HttpRequest, "url" | "method" | "headers" | "body">;

interface ChallengeOptions {
  /** What is wanted where the challenge does not say it, e.g. `repository:library/nginx:pull`. */
  readonly scope: string;
  readonly send: (request: TokenRequest) => Promise<HttpResponse>;
}

/** Whether it is on this machine, where nothing needs to be encrypted; `host`: with its port, if it has one. */
export function isLocal(host: string): boolean {
  return LOCAL.test(host);
}

/** Undefined if there is nothing to be said to it. Empty credentials: as anybody. @throws Error if no token is given */
export async function answerChallenge(
  challenge: string,
  credentials: Credentials,
  options: ChallengeOptions,
): Promise<string | undefined> {
  const [, bearer] = /\bBearer +(.*)/i.exec(challenge) ?? [];
  if (bearer === undefined) return /\bBasic\b/i.test(challenge) ? basic(credentials) : undefined;
  if (credentials.registrytoken !== undefined) return `Bearer ${credentials.registrytoken}`;
  const given = new Map(
    [...bearer.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
  );
  const realm = URL.parse(given.get("realm") ?? "");
  // Whoever the registry sends us to: secrets leave this machine only encrypted.
  if (realm === null || !(realm.protocol === "https:" || isLocal(realm.host))) return undefined;
  const wish = new URLSearchParams({ scope: given.get("scope") ?? options.scope });
  const service = given.get("service");
  if (service !== undefined) wish.set("service", service);
  const response = await options.send(tokenRequest(realm, wish, credentials));
  const text = await beginningOfBody(response, ANSWER_LIMIT_CHARACTERS);
  if (response.httpStatus !== 200) throw new Error(`the token server has answered ${response.httpStatus}`);
  const { access_token: accessToken, token = accessToken } = JSON.parse(text);
  if (typeof token !== "string") throw new Error("the token server has given no token");
  return `Bearer ${token}`;
}

function tokenRequest(realm: URL, wish: URLSearchParams, credentials: Credentials): TokenRequest {
  const { identitytoken } = credentials;
  if (identitytoken === undefined) {
    for (const [name, value] of wish) realm.searchParams.set(name, value);
    const authorization = basic(credentials);
    const headers = authorization === undefined ? [] : [["authorization", authorization] as const];
    return { url: realm.href, method: "GET", headers, body: undefined };
  }
  wish.set("client_id", "service_runner");
  wish.set("grant_type", "refresh_token");
  wish.set("refresh_token", identitytoken);
  const headers = [["content-type", "application/x-www-form-urlencoded"] as const];
  return { url: realm.href, method: "POST", headers, body: wish.toString() };
}

function basic({ username, password }: Credentials): string | undefined {
  if (username === undefined) return undefined;
  const pair = new TextEncoder().encode(`${username}:${password ?? ""}`);
  return `Basic ${btoa(String.fromCharCode(...pair))}`;
}
