/** The create body while flags are being applied to it. */
import type { CreateBody, HostConfig } from "../../engine/create_body.ts";
import type { PlanInputs } from "../plan_inputs.ts";
import type { HealthFlags } from "../values/health.ts";
import type { NetworkAttachment } from "../values/networks.ts";

/**
 * What the flags read so far have set. Most of them set one field of the body; those that depend on each other are
 * put together at the end, in `finish_body.ts`.
 */
export interface CreateDraft {
  readonly inputs: PlanInputs;
  readonly body: Partial<CreateBody>;
  readonly host: HostConfig;
  readonly health: HealthFlags;
  readonly networks: NetworkAttachment[];
  /** `stdin`, `stdout`, `stderr`. */
  readonly attach: Set<string>;
  readonly warnings: string[];
  name: string;
  pull: string;
  platform: string;
  useApiSocket: boolean;
  contentTrust: boolean;
  help: boolean;
}

/** The draft before the first flag. */
export function newDraft(inputs: PlanInputs): CreateDraft {
  return {
    inputs,
    body: {},
    host: {},
    health: { command: "", settings: {}, none: false },
    networks: [],
    attach: new Set(),
    warnings: [],
    name: "",
    pull: "",
    platform: inputs.env("DOCKER_DEFAULT_PLATFORM") ?? "",
    useApiSocket: false,
    contentTrust: isContentTrustOn(inputs.env("DOCKER_CONTENT_TRUST") ?? ""),
    help: false,
  };
}

/** For the CLI any text but these is true. */
function isContentTrustOn(text: string): boolean {
  return !["", "0", "f", "F", "false", "FALSE", "False"].includes(text);
}
