/** A run that fails: what is said of it, and what systemd gets to hear. */
import { ConfigError, EngineError, EngineUnreachableError, HostError, NotReadyError } from "../errors.ts";
import { type Ending, errorEnding, EX_SOFTWARE } from "../exit.ts";
import { FAILURE } from "../logging/log_record.ts";
import { printableLines } from "../printable.ts";
import type { Context } from "../supervisor/context.ts";

/**
 * Logs why the run has failed; a problem in the config also goes to stderr, with the lines around it.
 * `isFirst`: false where another failure has come before, which is what people are told of.
 */
export function reportFailure(
  error: unknown,
  { host, logger }: Context,
  { isFirst = true }: { readonly isFirst?: boolean } = {},
): Ending {
  const message = error instanceof Error ? error.message : String(error);
  const isEngines = error instanceof EngineError || error instanceof EngineUnreachableError;
  const isExpected = isEngines ||
    [ConfigError, HostError, NotReadyError].some((kind) => error instanceof kind);
  logger.log({
    ...isFirst && FAILURE,
    severity: "fatal",
    source: isEngines ? "docker" : "service",
    message,
    // The backtrace of an expected error is of no use to the operator.
    ...(isExpected ? {} : { exception: error }),
    ...(error instanceof NotReadyError && { data: error.circumstances }),
  });
  if (error instanceof ConfigError) host.writeStderr(printableLines(`${message}\n`));
  return errorEnding(error);
}

/** What nobody has caught may have left anything half done: the service ends, as when it is asked to. */
export function stopForDefect(
  error: unknown,
  { logger, notifier }: Context,
  stopping: AbortController,
): Ending {
  const message = `The service ends, by a fault of service_runner: ${
    error instanceof Error ? error.message : error
  }`;
  const ending = { ...errorEnding(error), exitCode: EX_SOFTWARE, status: message };
  stopping.abort(error);
  logger.log({ ...FAILURE, severity: "fatal", source: "service", message, exception: error });
  notifier.send({ stopping: true, status: message });
  return ending;
}
