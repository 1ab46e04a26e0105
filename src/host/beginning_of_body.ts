/** The beginning of an answer's body as text, of at least so many characters if there are so many; the rest is not read. */
export async function beginningOfBody(
  { body }: { readonly body: ReadableStream<Uint8Array> | null },
  characters: number,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > characters) break;
  }
  return text;
}
