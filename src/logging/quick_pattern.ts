/**
 * Whether a pattern needs a few milliseconds at the most for any text of 4 KiB: nothing in it that repeats a group, and so
 * few repetitions that trying all their lengths is quadratic. Others may be as quick; of them that is not known.
 */
export function isQuick({ source }: RegExp): boolean {
  // An escape and a class stand for one character, and so many times the same is no choice.
  const plain = source.replace(/\\.|\[(?:\\.|[^\]\\])*\]/gsu, "x").replace(/(?<!\))\{\d+\}/g, "");
  if (/\)[*+?{]/.test(plain)) return false;
  const isAnchored = plain.startsWith("^") && !plain.includes("|");
  const repetitions = plain.match(/[*+{]/g)?.length ?? 0;
  return repetitions <= (isAnchored ? 2 : 1);
}
