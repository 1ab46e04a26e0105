/**
 * A body that is read into one buffer, again and again, instead of a new one for each piece: where pieces come by
 * the thousand a second, memory that is allocated and given back costs more than all that is done with the bytes.
 */

const BUFFER_BYTES = 64 * 1024;

/** Each piece is valid until the next one is asked for. Whoever leaves early ends the exchange. */
export async function* bodyPieces({ body }: Response): AsyncGenerator<Uint8Array, void> {
  if (body === null) return;
  const reader = body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(BUFFER_BYTES);
  try {
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) return;
      yield value;
      buffer = value.buffer;
    }
  } finally {
    // What has broken off can not be ended any more.
    await reader.cancel().catch(() => {});
  }
}
