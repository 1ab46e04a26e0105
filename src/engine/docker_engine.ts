/** The verbs of `engine.ts` as calls of the Docker Engine API, 1.41 (Docker 20.10) and newer. */
import { EngineError, EngineUnreachableError, RegistryUnreachableError } from "../errors.ts";
import type { ContainerInspect, ImageInspect, WaitResponse } from "./api_types.ts";
import { type Call, DISK_TIMEOUT_MS, EngineCalls, FOR_EVER } from "./calls.ts";
import { type EndpointSettings, stringifyBody } from "./create_body.ts";
import type { ContainerEngine, ContainerExit, CreateRequest, PullOptions, WaitCondition } from "./engine.ts";
import { readPull } from "./pull_progress.ts";
import type { Transport } from "./transport.ts";

export class DockerEngine implements ContainerEngine {
  readonly #calls: EngineCalls;

  constructor(readonly socketPath: string, transport: Transport) {
    this.#calls = new EngineCalls(socketPath, transport);
  }

  negotiate(signal: AbortSignal): Promise<string> {
    return this.#calls.negotiate(signal);
  }

  async inspectImage(image: string, signal: AbortSignal): Promise<ImageInspect | undefined> {
    const operation = `inspect the image "${image}"`;
    const path = `/images/${encodePath(image)}/json`;
    const response = await this.#calls.call({ operation, method: "GET", path, signal, expected: [404] });
    return await bodyUnless404<ImageInspect>(response);
  }

  async pullImage(image: string, options: PullOptions): Promise<void> {
    const { repository, tag, platform, registryAuth, onProgress, signal } = options;
    const operation = `pull the image "${image}"`;
    const query = { fromImage: repository, tag, ...(platform === undefined ? {} : { platform }) };
    try {
      const path = "/images/create";
      const response = await this.#calls.call({
        operation,
        method: "POST",
        path,
        query,
        ...(registryAuth === undefined ? {} : { headers: { "X-Registry-Auth": registryAuth } }),
        signal,
        timeoutMs: FOR_EVER,
      });
      const failure = response.body === null ? undefined : await readPull(response.body, onProgress);
      if (failure !== undefined) throw new EngineError(operation, response.status, failure);
    } catch (error) {
      if (error instanceof EngineError && saysRegistryUnreachable(error.reason)) {
        throw new RegistryUnreachableError(operation, error.httpStatus, error.reason);
      }
      throw error;
    }
  }

  async inspectContainer(nameOrId: string, signal: AbortSignal): Promise<ContainerInspect | undefined> {
    const operation = `inspect the container "${nameOrId}"`;
    const path = `/containers/${encodePath(nameOrId)}/json`;
    const response = await this.#calls.call({ operation, method: "GET", path, signal, expected: [404] });
    const container = await bodyUnless404<ContainerInspect>(response);
    // The engine also takes the beginning of an id for a name: a container of that id is not the one asked for.
    return container?.Name === `/${nameOrId}` || container?.Id === nameOrId ? container : undefined;
  }

  async createContainer({ name, query, body }: CreateRequest, signal: AbortSignal) {
    const response = await this.#calls.call({
      operation: `create the container "${name}"`,
      method: "POST",
      path: "/containers/create",
      query: { ...query, name },
      body: stringifyBody(body),
      signal,
      timeoutMs: DISK_TIMEOUT_MS,
    });
    const created = await response.json() as { Id: string; Warnings?: string[] | null };
    return { id: created.Id, warnings: created.Warnings ?? [] };
  }

  async connectNetwork(
    network: string,
    { container, endpoint }: { container: string; endpoint: EndpointSettings },
    signal: AbortSignal,
  ): Promise<void> {
    const response = await this.#calls.call({
      operation: `connect the container to the network "${network}"`,
      method: "POST",
      path: `/networks/${encodePath(network)}/connect`,
      body: JSON.stringify({ Container: container, EndpointConfig: endpoint }),
      signal,
    });
    await response.body?.cancel();
  }

  async attachContainer(id: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#calls.call({
      operation: "attach to the container's output",
      method: "POST",
      path: `/containers/${id}/attach`,
      query: { stream: "1", stdout: "1", stderr: "1" },
      signal,
    });
    return bodyOf(response);
  }

  async followLog(
    id: string,
    { timestamps }: { readonly timestamps: boolean },
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#calls.call({
      operation: "read the container's log",
      method: "GET",
      path: `/containers/${id}/logs`,
      query: { follow: "1", stdout: "1", stderr: "1", timestamps: timestamps ? "1" : "0" },
      signal,
    });
    return bodyOf(response);
  }

  async renameContainer(id: string, name: string, signal: AbortSignal): Promise<void> {
    const response = await this.#calls.call({
      operation: `rename the container to "${name}"`,
      method: "POST",
      path: `/containers/${id}/rename`,
      query: { name },
      signal,
    });
    await response.body?.cancel();
  }

  async waitContainer(
    id: string,
    condition: WaitCondition,
    signal: AbortSignal,
  ): Promise<{ readonly exit: Promise<ContainerExit> }> {
    const response = await this.#calls.call({
      operation: "wait for the container's end",
      method: "POST",
      path: `/containers/${id}/wait`,
      query: { condition },
      signal,
    });
    const exit = this.#readExit(response, signal);
    // Whoever awaits it gets the error; until then nobody is to blame for not looking.
    exit.catch(() => {});
    return { exit };
  }

  async #readExit(response: Response, signal: AbortSignal): Promise<ContainerExit> {
    try {
      const { StatusCode, Error } = await response.json() as WaitResponse;
      return { statusCode: StatusCode, error: Error?.Message };
    } catch (error) {
      signal.throwIfAborted();
      const reason = "the connection broke off while waiting for the container's end";
      throw new EngineUnreachableError(this.socketPath, reason, true, { cause: error });
    }
  }

  async startContainer(id: string, signal: AbortSignal): Promise<void> {
    const operation = "start the container";
    const path = `/containers/${id}/start`;
    const call: Call = {
      operation,
      method: "POST",
      path,
      signal,
      expected: [304],
      timeoutMs: DISK_TIMEOUT_MS,
    };
    await (await this.#calls.call(call)).body?.cancel();
  }

  async stopContainer(id: string, signal: AbortSignal): Promise<void> {
    const operation = "stop the container";
    const path = `/containers/${id}/stop`;
    const response = await this.#calls.call({
      operation,
      method: "POST",
      path,
      signal,
      expected: [304, 404],
      timeoutMs: FOR_EVER,
    });
    await response.body?.cancel();
  }

  async followSignals(id: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#calls.call({
      operation: "follow the container's events",
      method: "GET",
      path: "/events",
      query: { filters: JSON.stringify({ container: [id], event: ["kill"] }) },
      signal,
    });
    return bodyOf(response);
  }

  async removeContainer(id: string, signal: AbortSignal): Promise<void> {
    const response = await this.#calls.call({
      operation: "remove the container",
      method: "DELETE",
      path: `/containers/${id}`,
      query: { v: "1", force: "1" },
      signal,
      // 404: it is gone. 409: somebody else's removal is under way.
      expected: [404, 409],
      timeoutMs: DISK_TIMEOUT_MS,
    });
    await response.body?.cancel();
  }
}

function bodyOf({ body }: Response): ReadableStream<Uint8Array> {
  return body ?? new ReadableStream({ start: (controller) => controller.close() });
}

async function bodyUnless404<T>(response: Response): Promise<T | undefined> {
  if (response.status !== 404) return await response.json() as T;
  await response.body?.cancel();
  return undefined;
}

/** An image reference keeps its slashes, as the API's routes want it. */
function encodePath(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

/**
 * The engine answers 500 both when a registry refuses and when it can not be reached; only the text differs:
 * that of Go's net and net/http packages, which the engine passes on.
 */
function saysRegistryUnreachable(reason: string): boolean {
  return /dial tcp|no such host|i\/o timeout|connection refused|TLS handshake timeout|Client\.Timeout|context deadline exceeded/
    .test(reason);
}
