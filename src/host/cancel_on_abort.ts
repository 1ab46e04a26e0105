/**
 * Cancels the stream that is read, and so closes its connection, when the signal is aborted and when disposed of.
 * To give the signal to `fetch` is not enough: as soon as its Response has been collected as garbage, an abort does not
 * reach the body any more (Deno 2.9.6).
 */
export function cancelOnAbort(reader: ReadableStreamGenericReader, signal: AbortSignal): Disposable {
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel);
  return {
    [Symbol.dispose]() {
      signal.removeEventListener("abort", cancel);
      cancel();
    },
  };
}
