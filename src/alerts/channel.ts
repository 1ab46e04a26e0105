/**
 * One channel: messages go out one after the other, in their order; what can not be delivered now waits.
 * In: messages. Out: requests, and records of the log about a channel that takes none. Never waited for while the service
 * runs, and bounded in what it keeps.
 */
import type { AlertTarget } from "../config/alert_targets.ts";
import type { Host } from "../host/host.ts";
import { pause } from "../host/pause.ts";
import type { Logger } from "../logging/log_record.ts";
import { LONGEST_WAIT_MS, type Waiting } from "./alert_state.ts";
import { requestOf, verdictOf } from "./kinds/kinds.ts";
import type { Message } from "./message.ts";
import type { Verdict } from "./outgoing.ts";
import { shown } from "./private_text.ts";
import { send } from "./send.ts";
import { lastingFor } from "./sentences.ts";

const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 300_000;
/** What is wrong with a token or URL is put right by somebody, and then by a restart, which tries at once. */
const REFUSED_WAIT_MS = 600_000;
const MOST_WAITING = 100;
/** Older news help nobody any more. */
const LONGEST_AGE_MS = 3 * 24 * 3_600_000;
/** A channel that comes and goes is not news each time. */
const QUIET_MS = 600_000;

export interface ChannelOptions {
  readonly host: Host;
  readonly logger: Logger;
  /** Leaves out what is secret. */
  readonly redact: (text: string) => string;
  /** Called when what waits has changed. */
  readonly onChange: () => void;
}

export class Channel {
  readonly #closing = new AbortController();
  readonly #deadline = new AbortController();
  #running: Promise<void> | undefined;
  #isRunning = false;
  #failures = 0;
  /** How often a message could not be delivered, each try counted. */
  failed = 0;
  /** No try before this moment, by our own rules; what the other side asks for stands in `waiting`. */
  #notBeforeMs = 0;
  /** Since when it takes nothing, and whether the log has told of it. */
  #trouble: { readonly sinceMs: number; readonly isTold: boolean } | undefined;
  #toldMs = -Infinity;

  /** `waiting`: what an earlier process has left; goes on being what waits. */
  constructor(readonly target: AlertTarget, readonly waiting: Waiting, readonly options: ChannelOptions) {}

  push(message: Message): void {
    const { messages } = this.waiting;
    messages.push(message);
    if (messages.length > MOST_WAITING) {
      // The first one may be on its way.
      this.#lose(messages[1] as Message, "too many wait");
    }
    this.start();
  }

  /** Sends what has not been tried yet, for at most `graceMs`; `isLastChance`: also what has been tried in vain. */
  async close(graceMs: number, isLastChance: boolean): Promise<void> {
    const timer = setTimeout(() => this.#deadline.abort(new Error("the program ends")), graceMs);
    this.#closing.abort();
    await this.#running;
    if (isLastChance) {
      this.#notBeforeMs = 0;
      this.start();
      await this.#running;
    }
    clearTimeout(timer);
    const { length } = this.waiting.messages;
    if (length > 0 && !this.#trouble?.isTold) {
      this.#log("notice", `Alerts by ${this.target.name} wait for the next start: ${length}`);
    }
  }

  /** Sends what waits, one after the other. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#running = this.#run().catch((error: unknown) => {
      // A bug in here must not end the service.
      const message = `Cannot go on sending alerts by ${this.target.name}: ${(error as Error).message}`;
      this.options.logger.log({ severity: "error", source: "alerts", message, exception: error });
    });
  }

  async #run(): Promise<void> {
    const { waiting } = this;
    try {
      for (let head = waiting.messages[0]; head !== undefined; head = waiting.messages[0]) {
        if (Date.now() - Date.parse(head.at) > LONGEST_AGE_MS) {
          this.#lose(head, "it has waited for three days");
          continue;
        }
        const waitMs = Math.max(waiting.notBeforeMs, this.#notBeforeMs) - Date.now();
        if (waitMs > 0) {
          const isOver = await pause(waitMs, this.#closing.signal).then(() => false, () => true);
          if (isOver) return;
        }
        this.#settle(head, await this.#deliver(head));
        this.options.onChange();
      }
    } finally {
      // At once: what comes a moment later starts anew.
      this.#isRunning = false;
    }
  }

  async #deliver(message: Message): Promise<Verdict> {
    const { target, options: { host } } = this;
    return verdictOf(await send(requestOf(message, target), host, this.#deadline.signal), target, Date.now());
  }

  #settle(message: Message, verdict: Verdict): void {
    const { name } = this.target;
    if (verdict.kind !== "delivered") this.failed++;
    switch (verdict.kind) {
      case "delivered":
        this.#forget(message);
        this.#tellWell();
        if (verdict.remark === undefined) return;
        return this.#log("warn", `An alert by ${name} has not reached everybody`, verdict.remark);
      case "dropped":
        this.#forget(message);
        return this.#log("error", `An alert by ${name} is not taken, and given up`, verdict.reason);
      case "refused":
        this.#notBeforeMs = Date.now() + REFUSED_WAIT_MS;
        return this.#tellTrouble("error", verdict.reason);
      case "away":
        this.#notBeforeMs = Date.now() + this.#backoffMs();
        if (verdict.waitMs !== undefined && verdict.waitMs > 0) {
          this.waiting.notBeforeMs = Date.now() + Math.min(verdict.waitMs, LONGEST_WAIT_MS);
        }
        return this.#tellTrouble("warn", verdict.reason);
    }
  }

  #forget(message: Message): void {
    const { waiting } = this;
    waiting.messages.splice(waiting.messages.indexOf(message), 1);
    waiting.notBeforeMs = this.#notBeforeMs = this.#failures = 0;
  }

  #lose(message: Message, why: string): void {
    const { messages } = this.waiting;
    messages.splice(messages.indexOf(message), 1);
    this.#log("warn", `An alert by ${this.target.name} is lost`, why);
    this.options.onChange();
  }

  /** Twice as long each time; up to half of that less, so that the services of a machine do not all come at once. */
  #backoffMs(): number {
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures++, MOST_WAIT_MS);
    return waitMs * (0.5 + Math.random() / 2);
  }

  #tellTrouble(severity: "warn" | "error", reason: string): void {
    // It is the end of the program that has broken it off.
    if (this.#trouble?.isTold || this.#deadline.signal.aborted) return;
    const isTold = Date.now() - this.#toldMs >= QUIET_MS;
    this.#trouble = { sinceMs: this.#trouble?.sinceMs ?? Date.now(), isTold };
    if (!isTold) return;
    this.#toldMs = Date.now();
    const advice = severity === "error" ? ", until it is put right in the machine-wide config" : "";
    this.#log(severity, `Alerts can not be delivered by ${this.target.name}, they wait${advice}`, reason);
  }

  #tellWell(): void {
    if (this.#trouble?.isTold) {
      const lasted = lastingFor(Date.now() - this.#trouble.sinceMs);
      this.#log("notice", `Alerts are delivered by ${this.target.name} again, after ${lasted}`);
    }
    this.#trouble = undefined;
  }

  /** `reason`: what the other side says. */
  #log(severity: "notice" | "warn" | "error", what: string, reason = ""): void {
    const message = reason === "" ? what : `${what}: ${shown(reason, this.options.redact)}`;
    this.options.logger.log({ severity, source: "alerts", message });
  }
}
