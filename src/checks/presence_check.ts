/** `check_container_present`: whether a container runs, the service's own or the one of exactly that name. */
import { DEFAULT_OPTIONS } from "../config/check_options.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import { type Check, failing } from "./check.ts";

/** The key has no options. */
const FREQUENCY_TICKS = 5;

/** `name`: of the container, for the user to read; `nameOrId`: for the engine to find it. */
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
      // The engine says `Running` also of a container that has ended and waits for its restart policy.
      const isRunning = container?.State.Running === true && container.State.Status !== "restarting";
      if (isRunning) return { ok: true };
      const status = container === undefined ? "does not exist" : `is ${container.State.Status}`;
      return failing(`the container "${name}" ${status}`, { container: name });
    },
  };
}
