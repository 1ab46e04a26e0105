/**
 * What the program needs of libc because Deno does not have it; the only place with foreign functions.
 * In: addresses and bytes. Out: the result of the call. Sources: socket(2), sendto(2), unix(7), open(2), read(2),
 * readlink(2), poll(2), clock_gettime(2), malloc_trim(3); numbers and structures are those of Linux on x86_64 and aarch64.
 */

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const EAGAIN = 11;
const ENOBUFS = 105;
const UNIX_PATH_MAX = 108;
const CLOCK_MONOTONIC = 1;
const POLLOUT = 0x4;
const O_RDONLY = 0;
const O_CLOEXEC = 0o2000000;

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  malloc_trim: { parameters: ["usize"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

/** What became of a datagram. `full`: the receiver's queue has no room now; later it may have. */
export type SendResult =
  | { readonly kind: "sent" | "full" }
  | { readonly kind: "failed"; readonly errno: number };

export interface Libc {
  /** CLOCK_MONOTONIC in microseconds, as systemd counts time. */
  monotonicUsec(): bigint;
  /**
   * Sends a datagram to a unix socket (a path, or `@name` for an abstract one) without ever waiting.
   * @throws RangeError if the address is longer than an address can be
   */
  sendDatagram(address: string, payload: Uint8Array): SendResult;
  /** The beginning of a file of /proc, up to 4 KiB; undefined if it can not be read. */
  readProc(path: string): string | undefined;
  /** Where a symbolic link of /proc points to; undefined if it can not be read. */
  readLink(path: string): string | undefined;
  /** Whether a short write to the file descriptor would return at once, be it with an error. */
  isWritable(descriptor: number): boolean;
  /** Gives memory that the process has freed back to the kernel. */
  trimHeap(): void;
}

/** Loads libc, which is never unloaded. */
export function openLibc(): Libc {
  const { symbols } = Deno.dlopen("libc.so.6", SYMBOLS);
  const errno = () => {
    const location = symbols.__errno_location();
    return location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
  };
  let descriptor: number | undefined;

  return {
    trimHeap() {
      symbols.malloc_trim(0n);
    },

    monotonicUsec() {
      const timespec = new BigInt64Array(2);
      symbols.clock_gettime(CLOCK_MONOTONIC, new Uint8Array(timespec.buffer));
      return timespec[0]! * 1_000_000n + timespec[1]! / 1000n;
    },

    sendDatagram(address, payload) {
      descriptor ??= symbols.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      const socketAddress = unixAddress(address);
      const sent = symbols.sendto(
        descriptor,
        new Uint8Array(payload),
        BigInt(payload.length),
        MSG_DONTWAIT | MSG_NOSIGNAL,
        socketAddress,
        socketAddress.length,
      );
      if (sent >= 0) return { kind: "sent" };
      const code = errno();
      return code === EAGAIN || code === ENOBUFS ? { kind: "full" } : { kind: "failed", errno: code };
    },

    readProc(path) {
      const file = symbols.open(new TextEncoder().encode(path + "\0"), O_RDONLY | O_CLOEXEC);
      if (file < 0) return undefined;
      const content = new Uint8Array(4096);
      const length = symbols.read(file, content, BigInt(content.length));
      symbols.close(file);
      return length < 0 ? undefined : new TextDecoder().decode(content.subarray(0, Number(length)));
    },

    readLink(path) {
      const target = new Uint8Array(256);
      const length = symbols.readlink(
        new TextEncoder().encode(path + "\0"),
        target,
        BigInt(target.length),
      );
      return length < 0 ? undefined : new TextDecoder().decode(target.subarray(0, Number(length)));
    },

    isWritable(descriptor) {
      // struct pollfd: int fd, short events, short revents
      const request = new DataView(new ArrayBuffer(8));
      request.setInt32(0, descriptor, true);
      request.setInt16(4, POLLOUT, true);
      symbols.poll(new Uint8Array(request.buffer), 1n, 0);
      return request.getInt16(6, true) !== 0;
    },
  };
}

/** `struct sockaddr_un`; an abstract name has a NUL in place of the `@`, and no NUL at its end. */
function unixAddress(address: string): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(address);
  if (name.length >= UNIX_PATH_MAX) throw new RangeError(`Socket address "${address}" is too long`);
  const abstract = address.startsWith("@");
  const bytes = new Uint8Array(2 + name.length + (abstract ? 0 : 1));
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(name, 2);
  if (abstract) bytes[2] = 0;
  return bytes;
}
