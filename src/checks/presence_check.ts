/** `check_container_present`: whether a container runs, the service's own or one of exactly that name. */
import { DEFAULT_OPTIONS } from "../config/check_options.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import { type Check, failing } from "./check.ts";

/** As in the original; the key has no frequency of its own. */
const FREQUENCY_TICKS = 5;

/** `name`: what the user knows it by; `nameOrId`: what the engine is asked for. */
export function presenceCheck(
  engine: ContainerEngine,
  { name, nameOrId }: { readonly name: string; readonly nameOrId: string },
): Check {
  return {
    ...DEFAULT_OPTIONS,
    frequencyTicks: FREQUENCY_TICKS,
    kind: "check_container_present",
    name: `container ${name}`,
    async run(signal) {
      const container = await engine.inspectContainer(nameOrId, signal);
      // One that is started again and again counts as running for the engine, between its ends.
      const isRunning = container?.State.Running === true && container.State.Status !== "restarting";
      if (isRunning) return { ok: true };
      const status = container === undefined ? "does not exist" : `is ${container.State.Status}`;
      return failing(`the container "${name}" ${status}`, { container: name });
    },
  };
}
