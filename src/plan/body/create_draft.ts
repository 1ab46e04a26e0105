/** The create body while flags are being applied to it. */
import type { CreateBody, HostConfig } from "../../engine/create_body.ts";
import type { PlanInputs } from "../plan_inputs.ts";
import type { HealthFlags } from "../values/health.ts";
import type { NetworkAttachment } from "../values/networks.ts";

/**
 * What the flags have said so far. Most set a field of the body at once; the others are put together when all are
 * known (`finish_body.ts`).
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

/** Nothing said yet. */
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

/** The CLI takes any text that is no spelling of false for a yes. */
function isContentTrustOn(text: string): boolean {
  return !["", "0", "f", "F", "false", "FALSE", "False"].includes(text);
}
