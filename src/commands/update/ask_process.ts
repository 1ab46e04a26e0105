/**
 * Asks the process of a running service to update itself, and follows it.
 * In: the unit, and what is wanted. Out: what has come of it, as the service itself tells it in its status file.
 */
import type { Host } from "../../host/host.ts";
import { pause } from "../../host/pause.ts";
import { isAlive, processIdentity, type ReadProc } from "../../host/process_identity.ts";
import type { ServiceStatus } from "../../logging/service_status.ts";
import { LAST_FAILURE_FILE_NAME } from "../../logging/status_file.ts";
import { isFinal, type UpdateResult } from "../../logging/update_result.ts";
import { readLastUpdate } from "../../update/update_memory.ts";
import {
  hasUpdateRequest,
  takeUpdateRequest,
  type UpdateRequest,
  writeUpdateRequest,
} from "../../update/update_request.ts";
import type { ServiceUnit } from "../doctor/find_service.ts";
import { readStatus, readStatusFile } from "../status/service_row.ts";
import { runtimeFolder, stateFolder } from "../status/units.ts";
import type { Wish } from "./outcome.ts";

const LOOK_MS = 200;
/** A service that does not say in this time what it makes of the request has refused it. */
const PATIENCE_MS = 10_000;
const LIMIT_BYTES = 4096;

export interface AskOptions {
  readonly host: Host;
  readonly readProc: ReadProc;
  /** Gets the service's own words, again and again. */
  readonly onStatus: (status: string) => void;
  readonly stop: AbortSignal;
}

/** Undefined if it has ended before it has heard of the request. @throws Error with the reason why nothing came of it */
export async function askProcess(
  service: ServiceUnit,
  wish: Wish,
  options: AskOptions,
): Promise<UpdateResult | undefined> {
  const process = new ServiceProcess(service, options);
  const status = await process.firstStatus(options);
  if (status === undefined) return undefined;
  if (!("update" in status)) {
    throw new Error(
      `an older service_runner runs it, which has to be restarted once: systemctl restart ${service.unit}`,
    );
  }
  if (status.update !== null && !isFinal(status.update)) {
    const isBack = wish.action === "rollback";
    // What is on probation can be taken back at once.
    const isOver = isBack ? ({ state }: UpdateResult) => state !== "updating" : isFinal;
    const others = await process.follow(status.update.request, { ...options, isOver });
    // What somebody else has asked for is as good, unless they only wanted to know.
    const isEnough = !isBack && (wish.action === "check" || others?.state !== "available");
    if (others === undefined || isEnough) return others;
  }
  const id = crypto.randomUUID();
  try {
    process.ask({ id, action: wish.action, force: wish.force });
    return await process.follow(id, { ...options, isOver: isFinal });
  } finally {
    // A request that nobody has taken would be carried out whenever the service is next asked for anything.
    await takeUpdateRequest(process.folder, options.host).catch(() => {});
  }
}

class ServiceProcess {
  readonly folder: string;
  readonly #pid: number;
  readonly #identity: string | undefined;

  constructor(readonly service: ServiceUnit, readonly options: Pick<AskOptions, "host" | "readProc">) {
    const folder = runtimeFolder(service.properties);
    if (folder === undefined) throw new Error("its unit has no RuntimeDirectory=");
    this.folder = folder;
    this.#pid = Number(service.properties.get("MainPID"));
    this.#identity = processIdentity(this.#pid, options.readProc);
  }

  /** Waits for what the process writes first; undefined if it ends before. */
  async firstStatus({ stop }: AskOptions): Promise<ServiceStatus | undefined> {
    const lateMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const { status, unreadable } = await this.#read();
      if (status !== undefined) return status;
      if (unreadable !== undefined) throw this.#notAllowed(unreadable);
      if (!this.#isAlive()) return undefined;
      if (performance.now() > lateMs) throw new Error(`it has written no status into ${this.folder}`);
      await pause(LOOK_MS, stop);
    }
  }

  ask(request: UpdateRequest): void {
    try {
      writeUpdateRequest(this.folder, request, this.options.host);
      this.options.host.sendSignal(this.#pid, "SIGUSR1");
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      if (code !== "EACCES" && code !== "EPERM") throw error;
      throw this.#notAllowed(message);
    }
  }

  /** What comes of this request; undefined if the process ends before it has heard of it. */
  async follow(
    id: string | null,
    { isOver, onStatus, stop }: AskOptions & { readonly isOver: (result: UpdateResult) => boolean },
  ): Promise<UpdateResult | undefined> {
    let isDueSinceMs: number | undefined;
    let wasHeard = false;
    for (;;) {
      const stillLives = this.#isAlive();
      const { status } = await this.#read();
      wasHeard ||= status?.update?.request === id;
      // Once it was heard, also what somebody else has made of it: they may have taken it back.
      const update = wasHeard ? status?.update ?? undefined : undefined;
      if (update !== undefined && isOver(update)) return update;
      if (!stillLives) return await this.#lastWords(id, update !== undefined);
      if (status !== undefined) onStatus(status.status);
      const isTaken = !await hasUpdateRequest(this.folder, this.options.host);
      if (update === undefined && (isTaken || status?.phase === "ready")) {
        isDueSinceMs ??= performance.now();
        if (performance.now() > isDueSinceMs + PATIENCE_MS) {
          throw new Error(`it has refused, see: service_runner logs ${this.service.name}`);
        }
      }
      await pause(LOOK_MS, stop);
    }
  }

  /** Of a process that has ended: what stands in the memory of updates outlives it. */
  async #lastWords(id: string | null, hasBegun: boolean): Promise<UpdateResult | undefined> {
    const folder = stateFolder(this.service.properties);
    const last = folder === undefined ? null : readLastUpdate(folder, this.options.host);
    const own = last?.request === id ? last : undefined;
    if (own !== undefined && isFinal(own)) return own;
    if (own === undefined && !hasBegun) return undefined;
    const failure = await this.options.host.readFile(`${this.folder}/${LAST_FAILURE_FILE_NAME}`, LIMIT_BYTES);
    const reason = failure.kind === "content" ? `: ${new TextDecoder().decode(failure.bytes)}` : "";
    throw new Error(`the service has ended meanwhile${reason}`);
  }

  #read() {
    const { properties } = this.service;
    return readStatus(properties, readStatusFile(properties, this.options.host));
  }

  #notAllowed(reason: string): Error {
    return new Error(`only root or ${this.service.account} may ask it for that: ${reason}`);
  }

  #isAlive(): boolean {
    return this.#identity !== undefined && isAlive(this.#identity, this.options.readProc);
  }
}
