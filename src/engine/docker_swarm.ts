/**
 * The verbs of `swarm_engine.ts` as calls of the Docker Engine API. Only managers of a swarm answer most of them; what
 * another engine says of that is an EngineError with status 503. Whatever a manager is asked takes up to 20 s when its
 * swarm has just lost its leader.
 */
import { EngineError } from "../errors.ts";
import { type Call, encodePath, type EngineCalls, logSince } from "./calls.ts";
import { stringifyBody } from "./create_body.ts";
import { readMessages } from "./json_messages.ts";
import type { SwarmEngine, SwarmEvent, TaskFilters, UpdateRequest } from "./swarm_engine.ts";
import type { Service, SwarmInfo } from "./swarm_types.ts";

/** One line of SystemEvents, of the types that were asked for. */
interface EventMessage {
  readonly Type: SwarmEvent["type"];
  readonly Action: SwarmEvent["action"];
  readonly Actor: { readonly ID: string; readonly Attributes?: Readonly<Record<string, string>> | null };
}

interface Warned {
  readonly Warnings?: string[] | null;
}

/** What each verb takes, yields and throws, the interface says. */
export class DockerSwarm implements SwarmEngine {
  constructor(
    readonly calls: EngineCalls,
    /** The same of an engine that is in no swarm. */
    readonly inspectDistribution: SwarmEngine["inspectDistribution"],
  ) {}

  readonly swarmInfo: SwarmEngine["swarmInfo"] = async (signal) => {
    const operation = "ask the engine about its swarm";
    const call: Call = { operation, method: "GET", path: "/info", signal };
    return (await this.calls.ask<{ Swarm: SwarmInfo }>(call)).Swarm;
  };

  readonly createService: SwarmEngine["createService"] = async ({ spec, registryAuth }, signal) => {
    const { ID, Warnings } = await this.calls.ask<{ ID: string } & Warned>({
      operation: `create the service "${spec.Name}"`,
      method: "POST",
      path: "/services/create",
      headers: { "X-Registry-Auth": registryAuth },
      body: stringifyBody(spec),
      signal,
    });
    return { id: ID, warnings: Warnings ?? [] };
  };

  readonly updateService: SwarmEngine["updateService"] = async (id, request, signal) => {
    const operation = `update the service "${request.spec.Name}"`;
    const { Warnings } = await this.#update(operation, id, request, {}, signal);
    return { warnings: Warnings ?? [] };
  };

  readonly rollBackService: SwarmEngine["rollBackService"] = async ({ ID, Version, Spec }, signal) => {
    const operation = `roll back the service "${Spec.Name}"`;
    // The engine wants a spec that is right, and takes no notice of it.
    const request = { spec: Spec, version: Version.Index, registryAuth: undefined };
    await this.#update(operation, ID, request, { rollback: "previous" }, signal);
  };

  readonly inspectService: SwarmEngine["inspectService"] = async (nameOrId, signal) => {
    try {
      const service = await this.calls.find<Service>({
        operation: `inspect the service "${nameOrId}"`,
        method: "GET",
        path: `/services/${encodePath(nameOrId)}`,
        signal,
      });
      return service?.Spec.Name === nameOrId || service?.ID === nameOrId ? service : undefined;
    } catch (error) {
      if (error instanceof EngineError && saysBeginningOfIds(error)) return undefined;
      throw error;
    }
  };

  readonly removeService: SwarmEngine["removeService"] = (id, signal) =>
    this.calls.run({
      operation: "remove the service",
      method: "DELETE",
      path: `/services/${id}`,
      signal,
      // It is gone.
      expected: [404],
    });

  readonly listTasks: SwarmEngine["listTasks"] = (filters, signal) =>
    this.calls.ask({
      operation: "list the tasks of the service",
      method: "GET",
      path: "/tasks",
      query: { filters: JSON.stringify(taskFilters(filters)) },
      signal,
    });

  readonly listNodes: SwarmEngine["listNodes"] = (signal) =>
    this.calls.ask({ operation: "list the nodes of the swarm", method: "GET", path: "/nodes", signal });

  readonly followSwarmEvents: SwarmEngine["followSwarmEvents"] = async (signal) => {
    const body = await this.calls.stream({
      operation: "follow the events of the swarm",
      method: "GET",
      path: "/events",
      query: { filters: JSON.stringify({ scope: ["swarm"], type: ["service", "node"] }) },
      signal,
    });
    return readEvents(body);
  };

  readonly followTaskLog: SwarmEngine["followTaskLog"] = (id, since, signal) =>
    this.calls.stream({
      operation: "follow the log of the task",
      method: "GET",
      path: `/tasks/${id}/logs`,
      query: {
        follow: "1",
        stdout: "1",
        stderr: "1",
        timestamps: "1",
        since: since && logSince(since),
      },
      signal,
      raw: true,
    });

  #update(
    operation: string,
    id: string,
    { spec, version, registryAuth }: UpdateRequest,
    query: { readonly rollback?: "previous" },
    signal: AbortSignal,
  ): Promise<Warned> {
    return this.calls.ask({
      operation,
      method: "POST",
      path: `/services/${id}/update`,
      query: { version: String(version), ...query },
      headers: { "X-Registry-Auth": registryAuth },
      body: stringifyBody(spec),
      signal,
    });
  }
}

/**
 * The engine also takes the beginning of an id for a name. Where several ids begin so, no service has this name, and the
 * answer is a 400, as for a request that is wrong: only its text tells.
 */
function saysBeginningOfIds({ httpStatus, reason }: EngineError): boolean {
  return httpStatus === 400 && /^service \S+ is ambiguous \(\d+ matches found\)$/.test(reason);
}

/** As the API wants them: a list for each, none for what is not asked for. */
function taskFilters(
  { service, label, desiredState, upToDate }: TaskFilters,
): Record<string, readonly string[]> {
  return {
    ...(service !== undefined && { service: [service] }),
    ...(label !== undefined && { label: [label] }),
    ...(desiredState !== undefined && { "desired-state": desiredState }),
    ...(upToDate && { "_up-to-date": ["true"] }),
  };
}

async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SwarmEvent> {
  for await (const messages of readMessages<EventMessage>(body)) {
    for (const { Type, Action, Actor } of messages) {
      yield { type: Type, action: Action, id: Actor.ID, attributes: Actor.Attributes ?? {} };
    }
  }
}
