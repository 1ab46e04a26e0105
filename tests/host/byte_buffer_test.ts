import { deepEqual, equal, notEqual } from "node:assert/strict";
import { ByteBuffer, concat } from "../../src/host/byte_buffer.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function textOf(buffer: ByteBuffer): string {
  return new TextDecoder().decode(buffer.bytes.subarray(0, buffer.length));
}

Deno.test("ByteBuffer keeps all that is put into it, in order, however often it has to grow", () => {
  for (const initialBytes of [0, 1, 8, 1000]) {
    const buffer = new ByteBuffer(initialBytes);
    let expected = "";
    for (let count = 0; count < 300; count++) {
      const text = `${count}ä€€€🙂`;
      buffer.appendText(text);
      buffer.append(bytesOf(`<${text}>`), 1, bytesOf(text).length);
      const room = buffer.reserve(2);
      room[buffer.length] = 0x2c;
      buffer.commit(buffer.length + 1);
      expected += text + new TextDecoder().decode(bytesOf(text).subarray(0, -1)) + ",";
    }
    equal(textOf(buffer).length, expected.length);
    equal(textOf(buffer), expected);
  }
});

Deno.test("ByteBuffer.reserve() changes nothing of the content, and does not move what has room", () => {
  const buffer = new ByteBuffer(16);
  buffer.appendText("abc");
  const { bytes } = buffer;
  equal(buffer.reserve(13), bytes);
  notEqual(buffer.reserve(14), bytes);
  equal(textOf(buffer), "abc");
});

Deno.test("ByteBuffer.clear() gives a large array back, and keeps one that is small enough", () => {
  const buffer = new ByteBuffer(4);
  buffer.appendText("x".repeat(100));
  const large = buffer.bytes;
  buffer.clear(large.length);
  deepEqual([buffer.length, buffer.bytes === large], [0, true]);
  buffer.clear(large.length - 1);
  deepEqual([buffer.length, buffer.bytes.length], [0, 4]);
  buffer.appendText("again");
  equal(textOf(buffer), "again");
});

Deno.test("concat() yields the pieces as one, in an array of its own", () => {
  const piece = bytesOf("xaby").subarray(1, 3);
  const all = concat([piece, new Uint8Array(), bytesOf("c")]);
  equal(new TextDecoder().decode(all), "abc");
  equal(all.buffer.byteLength, 3);
  piece[0] = 0;
  equal(all[0], 0x61);
  equal(concat([]).length, 0);
});
