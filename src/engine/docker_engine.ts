/** The verbs of `engine.ts` as calls of the Docker Engine API, 1.41 (Docker 20.10) and newer. */
import type { ContainerInspect, DistributionInspect, EventMessage, WaitResponse } from "./api_types.ts";
import { DISK_TIMEOUT_MS, encodePath, EngineCalls, FOR_EVER, logSince } from "./calls.ts";
import { stringifyBody } from "./create_body.ts";
import type { ContainerEngine, ContainerEvent } from "./engine.ts";
import type { Transport } from "./http/transport.ts";
import { readMessages } from "./json_messages.ts";
import { pullImage } from "./pull_image.ts";

/**
 * An engine behind a transport: `new DockerEngine(socketPath, unixTransport(socketPath).send)`. What each verb takes,
 * yields and throws, the interface says.
 */
export class DockerEngine implements ContainerEngine {
  readonly #calls: EngineCalls;

  constructor(readonly socketPath: string, transport: Transport) {
    this.#calls = new EngineCalls(socketPath, transport);
  }

  readonly negotiate: ContainerEngine["negotiate"] = (signal) => this.#calls.negotiate(signal);

  readonly inspectImage: ContainerEngine["inspectImage"] = (image, signal) => {
    const operation = `inspect the image "${image}"`;
    return this.#calls.find({ operation, method: "GET", path: `/images/${encodePath(image)}/json`, signal });
  };

  readonly pullImage: ContainerEngine["pullImage"] = (image, options) =>
    pullImage(this.#calls, image, options);

  readonly tagImage: ContainerEngine["tagImage"] = (id, { repository, tag }, signal) =>
    this.#calls.run({
      operation: `name the image "${repository}:${tag}"`,
      method: "POST",
      path: `/images/${encodePath(id)}/tag`,
      query: { repo: repository, tag },
      signal,
    });

  readonly removeImage: ContainerEngine["removeImage"] = (nameOrId, signal) =>
    this.#calls.run({
      operation: `remove the image "${nameOrId}"`,
      method: "DELETE",
      path: `/images/${encodePath(nameOrId)}`,
      signal,
      // It is gone.
      expected: [404],
      timeoutMs: DISK_TIMEOUT_MS,
    });

  readonly inspectDistribution: ContainerEngine["inspectDistribution"] = async (
    image,
    { registryAuth, signal },
  ) => {
    const { Descriptor, Platforms } = await this.#calls.ask<DistributionInspect>({
      operation: `ask the registry for the image "${image}"`,
      method: "GET",
      path: `/distribution/${encodePath(image)}/json`,
      headers: { "X-Registry-Auth": registryAuth },
      signal,
      timeoutMs: DISK_TIMEOUT_MS,
    });
    const platforms = (Platforms ?? []).map(({ architecture = "", os = "" }) => ({ architecture, os }));
    return { digest: Descriptor.digest, platforms };
  };

  readonly inspectContainer: ContainerEngine["inspectContainer"] = async (nameOrId, signal) => {
    const container = await this.#calls.find<ContainerInspect>({
      operation: `inspect the container "${nameOrId}"`,
      method: "GET",
      path: `/containers/${encodePath(nameOrId)}/json`,
      signal,
    });
    // The engine also takes the beginning of an id for a name: a container of that id is not the one asked for.
    return container?.Name === `/${nameOrId}` || container?.Id === nameOrId ? container : undefined;
  };

  readonly createContainer: ContainerEngine["createContainer"] = async ({ name, query, body }, signal) => {
    const { Id, Warnings } = await this.#calls.ask<{ Id: string; Warnings?: string[] | null }>({
      operation: `create the container "${name}"`,
      method: "POST",
      path: "/containers/create",
      query: { ...query, name },
      body: stringifyBody(body),
      signal,
      timeoutMs: DISK_TIMEOUT_MS,
    });
    return { id: Id, warnings: Warnings ?? [] };
  };

  readonly connectNetwork: ContainerEngine["connectNetwork"] = (network, { container, endpoint }, signal) =>
    this.#calls.run({
      operation: `connect the container to the network "${network}"`,
      method: "POST",
      path: `/networks/${encodePath(network)}/connect`,
      body: JSON.stringify({ Container: container, EndpointConfig: endpoint }),
      signal,
    });

  readonly attachContainer: ContainerEngine["attachContainer"] = (id, signal) =>
    this.#calls.stream({
      operation: "attach to the container's output",
      method: "POST",
      path: `/containers/${id}/attach`,
      query: { stream: "1", stdout: "1", stderr: "1" },
      signal,
      raw: true,
    });

  readonly readLog: ContainerEngine["readLog"] = (id, { follow, since, tail }, signal) =>
    this.#calls.stream({
      operation: "read the container's log",
      method: "GET",
      path: `/containers/${id}/logs`,
      query: {
        follow: follow ? "1" : "0",
        stdout: "1",
        stderr: "1",
        timestamps: "1",
        since: since && logSince(since),
        tail: tail?.toString(),
      },
      signal,
      raw: true,
    });

  readonly renameContainer: ContainerEngine["renameContainer"] = (id, name, signal) => {
    const operation = `rename the container to "${name}"`;
    const path = `/containers/${id}/rename`;
    return this.#calls.run({ operation, method: "POST", path, query: { name }, signal });
  };

  readonly waitContainer: ContainerEngine["waitContainer"] = async (id, condition, signal) => {
    const operation = "wait for the container's end";
    const path = `/containers/${id}/wait`;
    const call = { operation, method: "POST", path, query: { condition }, signal } as const;
    const response = await this.#calls.call(call);
    const exit = this.#calls.read(call, async () => {
      const { StatusCode, Error } = await response.json() as WaitResponse;
      return { statusCode: StatusCode, error: Error?.Message };
    });
    // Who awaits it gets its error; until somebody does, an error is not an unhandled one.
    exit.catch(() => {});
    return { exit };
  };

  readonly startContainer: ContainerEngine["startContainer"] = (id, signal) =>
    this.#calls.run({
      operation: "start the container",
      method: "POST",
      path: `/containers/${id}/start`,
      signal,
      // It runs already.
      expected: [304],
      timeoutMs: DISK_TIMEOUT_MS,
    });

  readonly stopContainer: ContainerEngine["stopContainer"] = (id, signal) =>
    this.#calls.run({
      operation: "stop the container",
      method: "POST",
      path: `/containers/${id}/stop`,
      signal,
      // It does not run, or is gone.
      expected: [304, 404],
      timeoutMs: FOR_EVER,
    });

  readonly followEvents: ContainerEngine["followEvents"] = async (id, kinds, signal) => {
    const body = await this.#calls.stream({
      operation: "follow the container's events",
      method: "GET",
      path: "/events",
      query: { filters: JSON.stringify({ container: [id], event: kinds }) },
      signal,
    });
    return readEvents(body);
  };

  readonly removeContainer: ContainerEngine["removeContainer"] = (id, signal) =>
    this.#calls.run({
      operation: "remove the container",
      method: "DELETE",
      path: `/containers/${id}`,
      query: { v: "1", force: "1" },
      signal,
      // It is gone, or somebody else is just removing it.
      expected: [404, 409],
      timeoutMs: DISK_TIMEOUT_MS,
    });

  readonly createExec: ContainerEngine["createExec"] = async (
    container,
    { argv, environment, workdir, hasStdin },
    signal,
  ) => {
    const body = {
      AttachStdin: hasStdin,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
      Cmd: argv,
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      WorkingDir: workdir,
    };
    const { Id } = await this.#calls.ask<{ Id: string }>({
      operation: "prepare a command in the container",
      method: "POST",
      path: `/containers/${container}/exec`,
      body: JSON.stringify(body),
      signal,
    });
    return Id;
  };

  readonly startExec: ContainerEngine["startExec"] = (id, stdin, signal) =>
    this.#calls.stream({
      operation: "run a command in the container",
      method: "POST",
      path: `/exec/${id}/start`,
      body: JSON.stringify({ Detach: false, Tty: false }),
      stdin,
      signal,
    });

  readonly inspectExec: ContainerEngine["inspectExec"] = (id, signal) => {
    const operation = "inspect a command in the container";
    return this.#calls.find({ operation, method: "GET", path: `/exec/${id}/json`, signal });
  };

  readonly swarm: ContainerEngine["swarm"] = async () => {
    const { DockerSwarm } = await import("./docker_swarm.ts");
    return new DockerSwarm(this.#calls, this.inspectDistribution);
  };
}

async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ContainerEvent> {
  for await (const messages of readMessages<EventMessage>(body)) {
    for (const { Action, Actor } of messages) {
      yield { action: Action, signal: Number(Actor?.Attributes?.signal) };
    }
  }
}
