/**
 * A network bridge for the private engine, so that it neither takes docker0 from another engine
 * nor needs a packet filter. Made with busybox's `ip`: a fresh Debian may lack iproute2.
 */
import { requireProgram } from "./debian_packages.ts";

/** The bridge is there until disposed. */
export interface PrivateBridge extends AsyncDisposable {
  readonly name: string;
}

/** Makes a bridge with an address in a /24 that no route of this machine touches. */
export async function createBridge(): Promise<PrivateBridge> {
  const busybox = await requireProgram("busybox");
  const name = `sr-test-${crypto.randomUUID().slice(0, 6)}`;
  const subnet = freeSubnet(await Deno.readTextFile("/proc/net/route"));
  await ip(busybox, ["link", "add", "name", name, "type", "bridge"]);
  const remove = () => ip(busybox, ["link", "del", name]);
  try {
    await ip(busybox, ["addr", "add", `${subnet}.1/24`, "dev", name]);
    await ip(busybox, ["link", "set", name, "up"]);
  } catch (error) {
    await remove();
    throw error;
  }
  return { name, [Symbol.asyncDispose]: remove };
}

/** The first of 10.247.0 … 10.247.255 that overlaps no entry of /proc/net/route but the default route. */
export function freeSubnet(routes: string): string {
  const taken = routes.split("\n").slice(1).flatMap((line) => {
    const [, destination, , , , , , mask] = line.split("\t");
    if (destination === undefined || mask === undefined) return [];
    return [{ destination: littleEndian(destination), mask: littleEndian(mask) }];
  });
  for (let third = 0; third < 256; third++) {
    const subnet = (10 << 24 | 247 << 16 | third << 8) >>> 0;
    const overlaps = taken.some(({ destination, mask }) => {
      const common = (mask & 0xffffff00) >>> 0;
      return mask !== 0 && ((destination ^ subnet) & common) === 0;
    });
    if (!overlaps) return `10.247.${third}`;
  }
  throw new Error("Cannot find a free subnet for the private engine in 10.247.0.0/16");
}

/** `0102000A` → 0x0A000201. */
function littleEndian(hex: string): number {
  const bytes = hex.match(/../g) ?? [];
  return parseInt(bytes.toReversed().join(""), 16) >>> 0;
}

async function ip(busybox: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(busybox, { args: ["ip", ...args] }).output();
  if (success) return;
  throw new Error(`Cannot run "busybox ip ${args.join(" ")}": ${new TextDecoder().decode(stderr).trim()}`);
}
