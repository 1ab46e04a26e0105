/**
 * A URL that is asked each minute, so that somebody notices when this machine is silent.
 * One place does it for all services: whichever process has the name. When that process ends, another one takes it.
 */
import { beginningOfBody } from "../host/beginning_of_body.ts";
import type { Host } from "../host/host.ts";
import { innermostMessage } from "../logging/innermost_message.ts";
import type { Logger } from "../logging/log_record.ts";

const INTERVAL_MS = 60_000;
const TIMEOUT_MS = 15_000;
const NAME = "service_runner-heartbeat";

export interface HeartbeatOptions {
  readonly host: Host;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
}

export class Heartbeat {
  readonly #over = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #name: { close(): void } | undefined;
  #isTold = false;

  constructor(readonly url: string, readonly options: HeartbeatOptions) {
    this.#timer = setInterval(() => void this.#beat(), INTERVAL_MS);
    void this.#beat();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#over.abort();
    this.#name?.close();
  }

  /** Never rejects. */
  async #beat(): Promise<void> {
    const { host } = this.options;
    try {
      this.#name ??= host.claimName(NAME);
      if (this.#name === undefined) return;
      const signal = AbortSignal.any([this.#over.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const tls = { authorities: undefined, insecure: false, wantsExpiry: false };
      const request = { url: this.url, method: "GET", headers: [], body: undefined, tls, signal };
      const response = await host.httpRequest(request);
      await beginningOfBody(response, 0);
      // A redirect is not followed.
      if (response.httpStatus >= 300) throw new Error(`HTTP status ${response.httpStatus}`);
      this.#isTold = false;
    } catch (error) {
      if (!this.#over.signal.aborted) this.#tell(innermostMessage(error));
    }
  }

  #tell(reason: string): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const { logger, redact } = this.options;
    const message = redact(`The heartbeat can not be sent, it is tried each minute: ${reason}`);
    logger.log({ severity: "warn", source: "alerts", message });
  }
}
