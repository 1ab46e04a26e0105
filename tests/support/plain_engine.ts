/**
 * What the demo and the private engine need of the Docker Engine API, by fetch alone: it takes no package.
 * In: the path of the engine's socket. Out: what the engine says, `undefined` for what it does not know.
 */
// @ts-types="@types/dockerode"
import type Docker from "dockerode";

export interface ImportOptions {
  /** E.g. `service_runner-test/base:latest`. */
  readonly reference: string;
  /** A file system as tar. */
  readonly tar: Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Dockerfile instructions, e.g. `ENV PATH=/bin`. */
  readonly changes: readonly string[];
}

export interface EngineCall {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly json?: unknown;
  readonly body?: BodyInit;
}

/** One engine, asked through its socket. */
export class PlainEngine {
  constructor(readonly socketPath: string) {}

  /** The container of exactly this name or id. */
  inspect(nameOrId: string): Promise<Docker.ContainerInspectInfo | undefined> {
    return this.#find(`/containers/${nameOrId}/json`);
  }

  inspectImage(reference: string): Promise<Docker.ImageInspectInfo | undefined> {
    return this.#find(`/images/${reference}/json`);
  }

  /** What the engine warns of when such a container is created; it is removed again. */
  async warningsOfCreate(options: Docker.ContainerCreateOptions): Promise<string[]> {
    const text = await this.ask("/containers/create", { method: "POST", json: options });
    const { Id, Warnings } = JSON.parse(text);
    await this.removeContainer(Id);
    return Warnings ?? [];
  }

  /** Starts a command in a running container, and does not wait for it. */
  async exec(nameOrId: string, command: readonly string[]): Promise<void> {
    const json = { Cmd: command };
    const { Id } = JSON.parse(await this.ask(`/containers/${nameOrId}/exec`, { method: "POST", json }));
    await this.ask(`/exec/${Id}/start`, { method: "POST", json: { Detach: true } });
  }

  /** Removes the container, running or not, if there is one. */
  async removeContainer(nameOrId: string): Promise<void> {
    await this.#remove(`/containers/${nameOrId}`, { force: "1", v: "1" });
  }

  async removeImage(reference: string): Promise<void> {
    await this.#remove(`/images/${reference}`, { force: "1" });
  }

  async importImage({ reference, tar, changes }: ImportOptions): Promise<void> {
    const query = new URLSearchParams({ fromSrc: "-", ...splitReference(reference) });
    for (const change of changes) query.append("changes", change);
    const body = tar instanceof Uint8Array ? tar : ReadableStream.from(tar);
    // The status comes before the engine has read the tar: only the text says whether it liked it.
    const text = await this.ask(`/images/create?${query}`, { method: "POST", body });
    if (/"errorDetail":/.test(text)) throw new Error(`Cannot import "${reference}": ${text.slice(-1000)}`);
  }

  /** Removes every container and every network that is not the engine's own: for an engine of ours only. */
  async removeEverything(): Promise<void> {
    const containers: { Id: string }[] = JSON.parse(await this.ask("/containers/json?all=1"));
    await Promise.all(containers.map(({ Id }) => this.removeContainer(Id)));
    await this.ask("/networks/prune", { method: "POST" });
  }

  async #find<T>(path: string): Promise<T | undefined> {
    return await unlessMissing(this.ask(path).then((text) => JSON.parse(text) as T));
  }

  async #remove(path: string, query: Readonly<Record<string, string>>): Promise<void> {
    await unlessMissing(this.ask(`${path}?${new URLSearchParams(query)}`, { method: "DELETE" }));
  }

  /** The engine's answer, read to its end. @throws With `statusCode`, as dockerode does, when it refuses. */
  async ask(path: string, { method = "GET", json, body }: EngineCall = {}): Promise<string> {
    using client = Deno.createHttpClient({ proxy: { transport: "unix", path: this.socketPath } });
    // No name, which Deno would look up, and no address that is in NO_PROXY.
    const response = await fetch(`http://[100::]${path}`, {
      client,
      method,
      ...(json === undefined ? {} : { headers: { "Content-Type": "application/json" } }),
      body: json === undefined ? body ?? null : JSON.stringify(json),
    });
    const text = await response.text();
    if (response.ok) return text;
    const error = new Error(`The engine answers ${method} ${path} with ${response.status}: ${text.trim()}`);
    throw Object.assign(error, { statusCode: response.status });
  }
}

/** `repo` and `tag`, as the engine wants them. */
export function splitReference(reference: string): { repo: string; tag: string } {
  const colon = reference.lastIndexOf(":");
  if (colon <= reference.lastIndexOf("/")) return { repo: reference, tag: "latest" };
  return { repo: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}
