/** The engine's stream format, made by hand. */

/** A frame as the engine sends it: type, three zeros, length, payload. */
export function frame(type: number, payload: string | Uint8Array): Uint8Array {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const result = new Uint8Array(8 + bytes.length);
  result[0] = type;
  new DataView(result.buffer).setUint32(4, bytes.length);
  result.set(bytes, 8);
  return result;
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
