/**
 * Who may look. In: a request. Out: why it is not answered, or nothing.
 * A page of another site can send a browser here, by a name of its own that leads to this machine (DNS rebinding): only
 * names are answered that are meant.
 */
import { sha256Of } from "../../config/load_config.ts";
import type { PageConfig } from "../../config/page_config.ts";
import { NEVER, pause } from "../../host/pause.ts";

export interface GuardOptions {
  readonly config: PageConfig;
  /** Names and addresses of this machine. */
  readonly ownNames: readonly string[];
}

const METHODS = ["GET", "HEAD"];
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
/** Who guesses passwords has to wait, and only so many may wait at once. */
const WRONG_PASSWORD_MS = 1_000;
const MOST_WAITING = 50;

export class Guard {
  readonly #names: ReadonlySet<string>;
  #waiting = 0;

  constructor(private readonly options: GuardOptions) {
    const { config: { hosts }, ownNames } = options;
    this.#names = new Set([...LOOPBACK, ...ownNames, ...hosts].map((name) => name.toLowerCase()));
  }

  async refuse(request: Request): Promise<Response | undefined> {
    if (!METHODS.includes(request.method)) {
      return refusal(405, "Only GET and HEAD are answered: nothing can be changed here", {
        Allow: METHODS.join(", "),
      });
    }
    const name = hostName(request.headers.get("host"));
    if (name === undefined || !this.#names.has(name) || !this.#isNamed(request.url)) {
      return refusal(
        421,
        `This page is not served by the name ${
          JSON.stringify(name ?? "")
        }: if it is meant, add it to page.hosts`,
      );
    }
    const { password } = this.options.config;
    if (password === undefined || await isRight(request, password)) return undefined;
    return await this.#refusePassword(request.headers.has("authorization"));
  }

  /** A request line may have a host of its own; what comes by a socket's file has none. */
  #isNamed(url: string): boolean {
    const parsed = URL.parse(url);
    if (parsed === null) return false;
    return parsed.protocol === "http+unix:" ||
      (parsed.protocol === "http:" && this.#names.has(parsed.hostname.replace(/\.$/, "")));
  }

  async #refusePassword(isWrong: boolean): Promise<Response> {
    const headers = { "WWW-Authenticate": 'Basic realm="service_runner", charset="UTF-8"' };
    if (!isWrong) return refusal(401, "A password is needed", headers);
    if (this.#waiting >= MOST_WAITING) return refusal(429, "Too many wrong passwords just now", {});
    this.#waiting++;
    await pause(WRONG_PASSWORD_MS, NEVER);
    this.#waiting--;
    return refusal(401, "The password is wrong", headers);
  }
}

/** Without the port. */
function hostName(header: string | null): string | undefined {
  return /^(\[[\da-f:.]+\]|[^\s:/@]+)\.?(?::\d+)?$/.exec(header?.toLowerCase() ?? "")?.[1]?.replace(
    /\.$/,
    "",
  );
}

/** Any user name goes. Compared as digests, so that the time it takes says nothing of the password. */
async function isRight(request: Request, password: string): Promise<boolean> {
  const given = /^Basic +([A-Za-z\d+/=]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (given === undefined) return false;
  const [own, other] = await Promise.all([sha256Of(password), sha256Of(passwordIn(given))]);
  return own === other;
}

function passwordIn(credentials: string): string {
  try {
    const bytes = Uint8Array.from(atob(credentials), (character) => character.charCodeAt(0));
    const text = new TextDecoder().decode(bytes);
    return text.slice(text.indexOf(":") + 1);
  } catch {
    return "";
  }
}

function refusal(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { "Content-Type": "text/plain; charset=utf-8", ...headers },
  });
}
