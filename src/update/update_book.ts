// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read
/**
 * The account of one service's updates: what came of each goes into its memory, the status file, the log, the metrics.
 * In: results. Out: the same, told. What can not be remembered is said, and nothing else comes of it.
 */
import type { Host } from "../host/host.ts";
import type { Logger, Severity } from "../logging/log_record.ts";
import type { Metrics } from "../logging/metrics.ts";
import type { StatusFile } from "../logging/status_file.ts";
import type { UpdateResult } from "../logging/update_result.ts";
import {
  nothingRemembered,
  readUpdateMemory,
  seenAt,
  shortened,
  stateFolder,
  type UpdateMemory,
  withRefused,
  writeUpdateMemory,
} from "./update_memory.ts";

interface BookContext {
  readonly host: Host;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly statusFile: StatusFile | undefined;
}

/** What has come of it. */
interface Outcome extends Pick<UpdateResult, "state" | "from" | "to" | "why"> {
  /** What `to` is in its registry, unless that is its digest itself. */
  readonly digest?: string | null;
  /** Unless that is now. */
  readonly at?: Date;
  /** Whether people are to hear of it. */
  readonly isNews?: boolean;
}

const NEWS: readonly UpdateResult["state"][] = ["available", "updated", "taken_back"];

export class UpdateBook {
  #memory: UpdateMemory;

  private constructor(
    memory: UpdateMemory,
    readonly folder: string | undefined,
    private request: string | null,
    readonly context: BookContext,
  ) {
    this.#memory = memory;
  }

  /** `request`: the id of the request that is answered. */
  static async open(image: string, request: string | null, context: BookContext): Promise<UpdateBook> {
    const { host, logger } = context;
    const folder = stateFolder(host);
    const empty = nothingRemembered(image);
    const warn = (message: string) => logger.log({ severity: "warn", source: "service", message });
    if (folder === undefined) {
      warn("What an update comes to is not remembered: the unit needs StateDirectory=");
      return new UpdateBook(empty, folder, request, context);
    }
    const memory = await readUpdateMemory(folder, image, host).catch((error: Error) => {
      warn(error.message);
      return empty;
    });
    return new UpdateBook(memory, folder, request, context);
  }

  get memory(): UpdateMemory {
    return this.#memory;
  }

  /** From now on it is that request that is answered. */
  answer(request: string | null): void {
    this.request = request;
  }

  remember(memory: UpdateMemory): void {
    const { host, logger } = this.context;
    this.#memory = memory;
    if (this.folder === undefined) return;
    try {
      writeUpdateMemory(this.folder, memory, host);
    } catch (error) {
      const message = `What the update has come to can not be remembered: ${(error as Error).message}`;
      logger.log({ severity: "error", source: "service", message });
    }
  }

  /** From now on the image is not started again, as long as its tag means it. */
  refuse(image: Omit<NonNullable<UpdateMemory["refused"]>, "at">): void {
    this.remember(withRefused(this.#memory, image));
  }

  /** `story`: the record's, without the reason. */
  tell(
    { at = new Date(), digest, isNews, ...result }: Outcome,
    story: string,
    severity: Severity = "debug",
  ): void {
    const { logger, metrics, statusFile } = this.context;
    const { why, to } = result;
    const told: UpdateResult = {
      request: this.request,
      ...result,
      why: why && shortened(why),
      seen_at: seenAt(this.#memory, digest ?? to),
      at: at.toISOString(),
    };
    const message = why === null ? story : `${story}: ${why}`;
    const event = { news: "update", id: `${result.state} ${to}` };
    const isTold = isNews ?? NEWS.includes(result.state);
    logger.log({ severity, source: "service", message, data: result, ...isTold && { event } });
    if (result.state !== "updating") metrics.update(told);
    this.remember({ ...this.#memory, last: told });
    statusFile?.update(told);
  }
}
