/**
 * The tests' own view of the engine, by dockerode: a second opinion on what the program did with it.
 * In: the path of the engine's socket. Out: what the engine says, `undefined` for what it does not know.
 */
// @ts-types="@types/dockerode"
import Docker from "dockerode";
import { PlainEngine, splitReference } from "./plain_engine.ts";

/** The label by which the program knows the containers that it made. */
export const OWNER_LABEL = "service_runner.service";

/** Who may push to a registry, and pull from it. */
export interface RegistryAccount {
  readonly username: string;
  readonly password: string;
}

/** One engine, asked through its socket. */
export class EngineApi extends PlainEngine {
  readonly docker: Docker;

  constructor(socketPath: string) {
    super(socketPath);
    this.docker = new Docker({ socketPath });
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

  async tagImage(source: string, target: string): Promise<void> {
    await this.docker.getImage(source).tag(splitReference(target));
  }

  async pushImage(reference: string, account?: RegistryAccount): Promise<void> {
    await this.#drain(await this.docker.getImage(reference).push({ authconfig: { ...account } }));
  }

  /** The same image, by its id too, in another engine. */
  async copyImage(reference: string, other: EngineApi): Promise<void> {
    const saved = await this.docker.getImage(reference).get();
    await this.#drain(await other.docker.loadImage(saved));
  }

  /** Reads the engine's progress to its end. @throws What the engine reports in it. */
  async #drain(stream: NodeJS.ReadableStream): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.docker.modem.followProgress(stream, (error) => error === null ? resolve() : reject(error));
    await promise;
  }
}
