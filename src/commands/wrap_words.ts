/** Text as lines for a terminal. */

/**
 * Lines of at most `width` characters, which break between words. A word that is longer than a line is cut, or with
 * `keepsWords` left whole, so that it can be copied.
 */
export function wrapWords(text: string, width: number, { keepsWords = false } = {}): string[] {
  const lines: string[] = [];
  let line: string[] = [];
  for (const word of text.split(" ").map((word) => [...word])) {
    if (line.length > 0 && line.length + 1 + word.length > width) {
      lines.push(line.join(""));
      line = [];
    } else if (line.length > 0) line.push(" ");
    line.push(...word);
    while (!keepsWords && line.length > width) lines.push(line.splice(0, width).join(""));
  }
  return [...lines, line.join("")];
}
