/** A fetch whose body can be ended by its signal for as long as it is read. */

/** While a body is in use, so is its response. */
const RESPONSES = new WeakMap<ReadableStream<Uint8Array>, Response>();

/**
 * The response as it is, from now on kept as long as its body. Deno (2.9.6) hears of the signal by way of the response:
 * when that is collected, as where only the body is read on, an abort is lost and the connection stays open.
 */
export function abortable(response: Response): Response {
  if (response.body !== null) RESPONSES.set(response.body, response);
  return response;
}
