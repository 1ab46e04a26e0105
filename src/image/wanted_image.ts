/** What this room is asked for, and what it is handed for it. A service's plan is such a wish. */
import type { Host } from "../host/host.ts";
import type { Logger } from "../logging/log_record.ts";
import type { Notifier } from "../systemd/notify.ts";

export interface WantedImage {
  /** As the user wrote it, e.g. `nginx` or `registry.example:5000/web:1.2`. */
  readonly image: string;
  /** When it is pulled, or built; `prefer`: what is here will do if that fails. */
  readonly pull: "always" | "prefer" | "missing" | "never";
  /** e.g. `linux/arm64`; undefined: the engine's own. */
  readonly platform: string | undefined;
  /** Undefined where it comes from a registry. */
  readonly build: WantedBuild | undefined;
}

export interface WantedBuild {
  /** A folder, absolute, as is the next. */
  readonly context: string;
  readonly dockerfile: string;
  /** The stage to end with; undefined for the last one. */
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
}

export interface ImageContext {
  readonly host: Host;
  readonly logger: Logger;
  readonly notifier: Notifier;
  /** Aborted when the service is to stop. */
  readonly stop: AbortSignal;
}
