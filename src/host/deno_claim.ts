/** A name that only one process can have at a time: an abstract socket, unix(7), which the kernel takes back at its end. */

export function claimName(name: string): { close(): void } | undefined {
  try {
    return Deno.listenDatagram({ transport: "unixpacket", path: `\0${name}` });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    throw error;
  }
}
