/** The verbs of `engine.ts` as calls of the Docker Engine API, 1.41 (Docker 20.10) and newer. */
import { EngineUnreachableError } from "../errors.ts";
import type { ContainerInspect, ExecInspect, ImageInspect, WaitResponse } from "./api_types.ts";
import { buildImage } from "./build_image.ts";
import { bodyUnless404, type Call, DISK_TIMEOUT_MS, EngineCalls, FOR_EVER } from "./calls.ts";
import { readEvents } from "./container_events.ts";
import { type EndpointSettings, stringifyBody } from "./create_body.ts";
import type {
  BuildOptions,
  ContainerEngine,
  ContainerEvent,
  ContainerExit,
  CreateRequest,
  ExecRequest,
  LogOptions,
  PullOptions,
  WaitCondition,
} from "./engine.ts";
import { createExec, inspectExec, startExec } from "./exec.ts";
import { pullImage } from "./pull_image.ts";
import type { Transport } from "./http/transport.ts";

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

  pullImage(image: string, options: PullOptions): Promise<void> {
    return pullImage(this.#calls, image, options);
  }

  buildImage(options: BuildOptions): Promise<void> {
    return buildImage(this.#calls, options);
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
      raw: true,
    });
    return bodyOf(response);
  }

  async readLog(
    id: string,
    { follow, since, tail }: LogOptions,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#calls.call({
      operation: "read the container's log",
      method: "GET",
      path: `/containers/${id}/logs`,
      query: {
        follow: follow ? "1" : "0",
        stdout: "1",
        stderr: "1",
        timestamps: "1",
        ...(since && { since: `${since.seconds}.${String(since.nanos).padStart(9, "0")}` }),
        ...(tail !== undefined && { tail: String(tail) }),
      },
      signal,
      raw: true,
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

  async followEvents(
    id: string,
    kinds: readonly ContainerEvent[],
    signal: AbortSignal,
  ): Promise<AsyncIterable<ContainerEvent>> {
    const response = await this.#calls.call({
      operation: "follow the container's events",
      method: "GET",
      path: "/events",
      query: { filters: JSON.stringify({ container: [id], event: kinds }) },
      signal,
    });
    return readEvents(bodyOf(response));
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

  createExec(container: string, request: ExecRequest, signal: AbortSignal): Promise<string> {
    return createExec(this.#calls, container, { request, signal });
  }

  async startExec(id: string, stdin: Uint8Array | undefined, signal: AbortSignal) {
    return bodyOf(await startExec(this.#calls, id, { stdin, signal }));
  }

  inspectExec(id: string, signal: AbortSignal): Promise<ExecInspect | undefined> {
    return inspectExec(this.#calls, id, signal);
  }
}

function bodyOf({ body }: Response): ReadableStream<Uint8Array> {
  return body ?? new ReadableStream({ start: (controller) => controller.close() });
}

/** An image reference keeps its slashes, as the API's routes want it. */
function encodePath(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
