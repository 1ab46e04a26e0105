/** Signals → what they ask the run for; and what is said where nobody sends any. */
import { StopRequest } from "../errors.ts";
import type { Context } from "../supervisor/context.ts";

/** SIGTERM and SIGINT end the run, SIGHUP reloads, SIGUSR1 updates. */
export function listenToSignals(
  { host, logger, notifier, reloads, updates }: Context,
  stopping: AbortController,
): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    host.onSignal(signal, () => {
      // Whoever asks twice gets the same orderly end.
      if (stopping.signal.aborted) return;
      // First of all: whatever may go wrong with telling it, the stop is under way.
      stopping.abort(new StopRequest(`stopped by ${signal}`));
      notifier.send({ stopping: true, status: "Stopping" });
      logger.log({ severity: "info", source: "service", message: `Stopping, as ${signal} asks for` });
    });
  }
  host.onSignal("SIGHUP", () => reloads.make());
  host.onSignal("SIGUSR1", () => updates.make());
}

export function warnWithoutNotify({ host, logger }: Context): void {
  if (host.env("NOTIFY_SOCKET") !== undefined) return;
  const message =
    "NOTIFY_SOCKET is not set: nobody is told when the service is ready (it is set by systemd, " +
    "in a unit of Type=notify)";
  logger.log({ severity: "warn", source: "notify", message });
}
