/** Answers of the engine that go on for a while, e.g. those of a pull: one JSON object a line. */

/** The messages of the body; in each array those that one piece of the body has completed, which may be none. */
export async function* readMessages<T>(body: ReadableStream<Uint8Array>): AsyncGenerator<T[]> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield lines.flatMap((line) => parseMessage<T>(line));
  }
  yield parseMessage<T>(rest);
}

function parseMessage<T>(line: string): T[] {
  return line.trim() === "" ? [] : [JSON.parse(line) as T];
}
