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
const SIGKILL = 9;
/** By which a container is asked to end; others, like SIGHUP, ask for something else. */
const ENDING_SIGNALS = [2, 3, 15, SIGKILL];

/** What is known of an end beside the exit code. */
export interface EndCircumstances {
  readonly oomKilled: boolean;
  /** The signals that the engine has sent it of late, on somebody's behalf or since it goes down itself. */
  readonly signals: readonly number[];
  /** Whether the container does not exist any more. */
  readonly isRemoved: boolean;
}

/** The signal that ended the container, e.g. `SIGKILL`; null where it exited. */
export function signalOf(statusCode: number): string | null {
  return SIGNALS[statusCode - 128] ?? null;
}

/** e.g. `The container has ended by itself: exit code 3` */
export function exitStory(statusCode: number, circumstances: EndCircumstances): string {
  const isFromOutside = circumstances.signals.some((number) => ENDING_SIGNALS.includes(number));
  const beginning = isFromOutside && !circumstances.oomKilled
    ? "The container was ended from outside"
    : "The container has ended by itself";
  return `${beginning}: ${exitMeaning(statusCode, circumstances)}`;
}

/** e.g. `exit code 3`, `out of memory (exit code 137)` */
export function exitMeaning(statusCode: number, circumstances: EndCircumstances): string {
  const code = `exit code ${statusCode}`;
  const words = wordsFor(statusCode, circumstances);
  return words === undefined ? code : `${words} (${code})`;
}

function wordsFor(statusCode: number, circumstances: EndCircumstances): string | undefined {
  if (circumstances.oomKilled) return "out of memory";
  const signal = signalOf(statusCode);
  if (signal === "SIGKILL") return killed(circumstances);
  const { signals } = circumstances;
  if (signals.includes(statusCode - 128)) return `ended by ${signal}, which was sent through Docker`;
  if (signal !== null) return `killed by ${signal}`;
  if (statusCode === 126) return "its command can not be executed";
  if (statusCode === 127) return "its command was not found";
  const last = signals.findLast((number) => ENDING_SIGNALS.includes(number));
  return last === undefined ? undefined : `after ${SIGNALS[last]}, which was sent through Docker`;
}

/** SIGKILL says of itself nothing at all. */
function killed({ signals, isRemoved }: EndCircumstances): string {
  if (!signals.includes(SIGKILL)) {
    return "killed by SIGKILL, not by way of Docker: by somebody on the host, or by the kernel for want of memory";
  }
  if (isRemoved) return "killed and removed by way of Docker, as by docker rm --force";
  const before = signals[signals.lastIndexOf(SIGKILL) - 1];
  if (before === undefined) return "killed by way of Docker, as by docker kill";
  return `killed, since it did not heed ${
    SIGNALS[before] ?? `signal ${before}`
  }: by docker stop, or Docker goes down`;
}
