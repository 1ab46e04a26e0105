/**
 * `service_runner page`: serves a web page of all services, read-only.
 * In: what `status` reads, and the section `page` of the machine-wide config. Out: HTTP, until SIGTERM or SIGINT.
 */
import type { Printed } from "../cli.ts";
import { findPageConfig } from "../config/runner_config.ts";
import type { PageConfig } from "../config/page_config.ts";
import { ConfigError } from "../errors.ts";
import { EX_CONFIG, EX_UNAVAILABLE } from "../exit.ts";
import type { Host } from "../host/host.ts";
import type { ListenPlace } from "../host/http_server.ts";
import { resolvePath } from "../host/paths.ts";
import { createNotifier } from "../systemd/notify.ts";
import type { ServerContext } from "./command_context.ts";
import { Board } from "./page/board.ts";
import { Guard } from "./page/guard.ts";
import { LiveFeed } from "./page/live_feed.ts";
import { Records } from "./page/records.ts";
import { Routes } from "./page/routes.ts";
import { UsageError } from "./usage_error.ts";

export interface PageOptions {
  /** e.g. `127.0.0.1:7440`, `[::1]:7440` or `unix:/run/page.sock`; undefined for the first one. */
  readonly listen: string | undefined;
}

const DEFAULT_PLACE = "127.0.0.1:7440";
const LOOPBACK = /^(?:127\.|::1$|localhost$)/;

/** @throws UsageError */
export async function page(
  { listen = DEFAULT_PLACE }: PageOptions,
  context: ServerContext,
): Promise<Printed> {
  const { host, serveHttp } = context;
  const place = parsePlace(listen, host.cwd());
  let config: PageConfig;
  try {
    config = await findPageConfig(host);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { stderr: `${error.message}\n`, exitCode: EX_CONFIG };
  }
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) host.onSignal(signal, () => stop.abort());
  const { answer } = openRoutes(place, config, { ...context, stop: stop.signal });
  const onFault = (error: unknown) => tellFault(host, error);
  const serving = await serveHttp({ place, answer, onFault, stop: stop.signal }).catch((error: unknown) =>
    `service_runner page: Cannot listen at "${listen}": ${error instanceof Error ? error.message : error}\n`
  );
  if (typeof serving === "string") return { stderr: serving, exitCode: EX_UNAVAILABLE };
  const status = servingAt(place, serving.port);
  host.writeStderr(`${status}\n${warning(place, config)}`);
  createNotifier(host.env("NOTIFY_SOCKET"), { ...context, onFailure: onFault }).send({ ready: true, status });
  return await serving.ended.then(() => ({}), (error: unknown) => {
    onFault(error);
    return { exitCode: EX_UNAVAILABLE };
  });
}

function openRoutes(
  place: ListenPlace,
  config: PageConfig,
  { host, readProc, trimHeap, stop }: Pick<ServerContext, "host" | "readProc" | "trimHeap"> & {
    readonly stop: AbortSignal;
  },
): Routes {
  const board = new Board({ host, readProc, nowMs: () => performance.now() });
  const name = host.hostname();
  const ownNames = [name, name.split(".")[0]!, ..."host" in place ? [nameInUrl(place.host)] : []];
  return new Routes({
    host,
    config,
    board,
    guard: new Guard({ config, ownNames }),
    feed: new LiveFeed({ board, host: name, tidyUp: trimHeap, onFault: (error) => tellFault(host, error) }),
    records: new Records(host),
    stop,
  });
}

/** @throws UsageError */
function parsePlace(text: string, cwd: string): ListenPlace {
  const path = /^unix:(.+)$/s.exec(text)?.[1];
  if (path !== undefined) return { path: resolvePath(path, cwd) };
  const [, host, port] =
    /^(?:\[([\da-fA-F:.]+)\]|([^\s:/]+)):(\d{1,5})$/.exec(text)?.filter((part) => part !== undefined) ?? [];
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new UsageError(`--listen has to be ADDRESS:PORT or unix:PATH, got "${text}"`);
}

function tellFault(host: Host, error: unknown): void {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  host.writeStderr(`service_runner page: ${text}\n`);
}

function nameInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function servingAt(place: ListenPlace, port: number | undefined): string {
  return "path" in place ? `Serving at ${place.path}` : `Serving at http://${nameInUrl(place.host)}:${port}/`;
}

/** Whoever reaches the socket's file is let in by its folder. */
function warning(place: ListenPlace, { password, logs }: PageConfig): string {
  if (password !== undefined || "path" in place || LOOPBACK.test(place.host)) return "";
  const what = logs ? "states and logs" : "states";
  return `service_runner page: whoever reaches this machine sees the ${what} of its services: page.password_file is not set\n`;
}
