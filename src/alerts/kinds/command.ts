/** A program on this machine: it gets our own JSON on standard input, and has delivered it if it ends with 0. */
import type { CommandTarget } from "../../config/alert_targets.ts";
import type { Kind } from "../outgoing.ts";

export const command: Kind<CommandTarget> = {
  request(message, { argv }) {
    return { via: "program", argv, stdin: `${JSON.stringify(message)}\n` };
  },
};
