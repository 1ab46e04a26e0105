/** What this room is asked for, and what it is handed to do it. A service's plan has all of `WantedImage`. */
import type { Host } from "../host/host.ts";
import type { Logger } from "../logging/log_record.ts";
import type { Notifier } from "../systemd/notify.ts";

export interface WantedImage {
  /** As the user wrote it, e.g. `nginx` or `registry.example:5000/web:1.2`. */
  readonly image: string;
  /** When to pull or build it. `prefer`: always, but if that fails the image that the engine has will do. */
  readonly pull: "always" | "prefer" | "missing" | "never";
  /** e.g. `linux/arm64`; undefined: the engine's own. */
  readonly platform: string | undefined;
  /** How to build it; undefined: it is pulled from a registry. */
  readonly build: WantedBuild | undefined;
}

export interface WantedBuild {
  /** The folder that the build may copy files from. Absolute, as is the next path. */
  readonly context: string;
  readonly dockerfile: string;
  /** The stage to end with; undefined for the last one. */
  readonly target: string | undefined;
  /** The values of the Dockerfile's `ARG`s. */
  readonly args: Readonly<Record<string, string>>;
  /** Files, by the ids that `RUN --mount=type=secret` has for them; BuildKit only. */
  readonly secrets: Readonly<Record<string, string>> | undefined;
  /** Images from which steps may be taken. */
  readonly cacheFrom: readonly string[] | undefined;
}

export interface ImageContext {
  readonly host: Host;
  readonly logger: Logger;
  readonly notifier: Notifier;
  /** Aborted when the service is to stop. */
  readonly stop: AbortSignal;
}
