/**
 * The tests' own view of the engine, by dockerode: a second opinion on what the program did with it.
 * In: the path of the engine's socket. Out: what the engine says, `undefined` for what it does not know.
 */
// @ts-types="@types/dockerode"
import Docker from "dockerode";
import { Readable } from "node:stream";

/** The label by which the program knows the containers that it made. */
export const OWNER_LABEL = "service_runner.service";

export interface ImportOptions {
  /** E.g. `service_runner-test/base:latest`. */
  readonly reference: string;
  /** A file system as tar. */
  readonly tar: Uint8Array | AsyncIterable<Uint8Array>;
  /** Dockerfile instructions, e.g. `ENV PATH=/bin`. */
  readonly changes: readonly string[];
}

/** Who may push to a registry, and pull from it. */
export interface RegistryAccount {
  readonly username: string;
  readonly password: string;
}

/** One engine, asked through its socket. */
export class EngineApi {
  readonly docker: Docker;

  constructor(readonly socketPath: string) {
    this.docker = new Docker({ socketPath });
  }

  /** The container of exactly this name or id. */
  inspect(nameOrId: string): Promise<Docker.ContainerInspectInfo | undefined> {
    return unlessMissing(this.docker.getContainer(nameOrId).inspect());
  }

  inspectImage(reference: string): Promise<Docker.ImageInspectInfo | undefined> {
    return unlessMissing(this.docker.getImage(reference).inspect());
  }

  /** The names of all containers that the program made for this service, whatever their state. */
  async ownedBy(service: string): Promise<string[]> {
    const filters = { label: [`${OWNER_LABEL}=${service}`] };
    const containers = await this.docker.listContainers({ all: true, filters });
    return containers.flatMap(({ Names }) => Names.map((name) => name.slice(1)));
  }

  /** Creates and starts a container as somebody else would; yields its id. */
  async startContainer(options: Docker.ContainerCreateOptions): Promise<string> {
    const container = await this.docker.createContainer(options);
    await container.start();
    return container.id;
  }

  /** What the engine warns of when such a container is created; it is removed again. */
  async warningsOfCreate(options: Docker.ContainerCreateOptions): Promise<string[]> {
    // dockerode does not pass the warnings on.
    using client = Deno.createHttpClient({ proxy: { transport: "unix", path: this.socketPath } });
    const headers = { "Content-Type": "application/json" };
    const request = { method: "POST", headers, body: JSON.stringify(options), client };
    const { Id, Warnings } = await (await fetch("http://docker/containers/create", request)).json();
    await this.removeContainer(Id);
    return Warnings ?? [];
  }

  /** Starts a command in a running container, and does not wait for it. */
  async exec(nameOrId: string, command: readonly string[]): Promise<void> {
    const exec = await this.docker.getContainer(nameOrId).exec({ Cmd: [...command] });
    await exec.start({ Detach: true });
  }

  /** Removes the container, running or not, if there is one. */
  async removeContainer(nameOrId: string): Promise<void> {
    await unlessMissing(this.docker.getContainer(nameOrId).remove({ force: true, v: true }));
  }

  async removeImage(reference: string): Promise<void> {
    await unlessMissing(this.docker.getImage(reference).remove({ force: true }));
  }

  async importImage(options: ImportOptions): Promise<void> {
    const { repo, tag } = splitReference(options.reference);
    const file = Readable.from(
      options.tar instanceof Uint8Array ? [options.tar] : options.tar,
    ) as unknown as string;
    // The types know neither the stream that is allowed here nor the one that is yielded.
    const answer = await this.docker.importImage(file, { repo, tag, changes: options.changes }) as unknown;
    await this.#drain(answer as NodeJS.ReadableStream);
  }

  async tagImage(source: string, target: string): Promise<void> {
    await this.docker.getImage(source).tag(splitReference(target));
  }

  async pushImage(reference: string, account?: RegistryAccount): Promise<void> {
    await this.#drain(await this.docker.getImage(reference).push({ authconfig: { ...account } }));
  }

  /** Removes every container and every network that is not the engine's own: for an engine of ours only. */
  async removeEverything(): Promise<void> {
    const containers = await this.docker.listContainers({ all: true });
    await Promise.all(containers.map(({ Id }) => this.removeContainer(Id)));
    await this.docker.pruneNetworks();
  }

  /** Reads the engine's progress to its end. @throws What the engine reports in it. */
  async #drain(stream: NodeJS.ReadableStream): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.docker.modem.followProgress(stream, (error) => error === null ? resolve() : reject(error));
    await promise;
  }
}

function splitReference(reference: string): { repo: string; tag: string } {
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
