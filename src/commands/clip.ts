/** Cuts a text to so many characters, the last of which then tells that there is more. */
export function clip(text: string, length: number): string {
  // A character takes two units at most, so that no more of a long text has to be looked at.
  const characters = [...text.slice(0, length * 2 + 1)];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
