/** What a command for people is handed: the host, and the terminal of whoever typed the command. */
import { styleText } from "node:util";
import type { Host } from "../host/host.ts";
import type { ServeHttp } from "../host/http_server.ts";
import type { ReadProc } from "../host/process_identity.ts";
import type { Terminal } from "../host/terminal.ts";
import type { NotifierOptions } from "../systemd/notify.ts";

export interface CommandContext {
  readonly host: Host;
  readonly terminal: Terminal;
}

/** What a command is handed that looks at processes as well. */
export interface ProcessContext extends CommandContext {
  readonly readProc: ReadProc;
}

/** What a command is handed that is a service itself. */
export interface ServerContext extends ProcessContext {
  readonly sendDatagram: NotifierOptions["sendDatagram"];
  /** Gives memory that is free again back to the kernel. */
  readonly trimHeap: () => void;
  readonly serveHttp: ServeHttp;
}

export type Color = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";
export type Paint = (color: Color, text: string) => string;

export const NO_PAINT: Paint = (_color, text) => text;

declare module "node:util" {
  /** Not in the types of Node.js 18, which those of dockerode bring along. */
  export function styleText(format: Color, text: string, options: { validateStream: boolean }): string;
}

/** Colours for people: none where the output is read by a program, or NO_COLOR is set (no-color.org). */
export function paintFor(stream: "stdout" | "stderr", { host, terminal }: CommandContext): Paint {
  const isWanted = terminal.isTerminal(stream) && !host.env("NO_COLOR") && host.env("TERM") !== "dumb";
  return isWanted ? (color, text) => styleText(color, text, { validateStream: false }) : NO_PAINT;
}
