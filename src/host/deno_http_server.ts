/** The real HTTP server. Loaded only by the command that needs it. */
import type { HttpServing } from "./http_server.ts";

export async function serveHttp({ place, answer, onFault, stop }: HttpServing) {
  // What an earlier process has left would be in the way.
  if ("path" in place) await removeSocket(place.path);
  const options = {
    signal: stop,
    onListen: () => {},
    onError: (error: unknown) => {
      onFault(error);
      return new Response("It is a fault of service_runner\n", { status: 500 });
    },
  };
  const server = "path" in place
    ? Deno.serve({ ...options, path: place.path }, answer)
    : Deno.serve({ ...options, hostname: place.host, port: place.port }, answer);
  const port = "port" in server.addr ? server.addr.port : undefined;
  return { port, ended: server.finished };
}

/** Unless somebody listens there, as it is then not ours to remove. */
async function removeSocket(path: string): Promise<void> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) await Deno.remove(path);
    return;
  }
  throw new Deno.errors.AddrInUse("somebody listens there");
}
