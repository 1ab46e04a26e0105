/** What a container's exit code means: 128 + n is signal n (signal(7)), 126 and 127 are the shell's (sh(1)). */

const SIGNALS: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
};

/** The signal that ended the container, e.g. `SIGKILL`; null where it exited. */
export function signalOf(statusCode: number): string | null {
  return SIGNALS[statusCode - 128] ?? null;
}

/** e.g. `exit code 3`, `killed by SIGKILL (exit code 137)`, `out of memory (exit code 137)` */
export function exitMeaning(statusCode: number, oomKilled: boolean): string {
  const code = `exit code ${statusCode}`;
  if (oomKilled) return `out of memory (${code})`;
  const signal = signalOf(statusCode);
  if (signal !== null) return `killed by ${signal} (${code})`;
  if (statusCode === 126) return `its command can not be executed (${code})`;
  if (statusCode === 127) return `its command was not found (${code})`;
  return code;
}
