/** `data.items[0].name`: where in a JSON document a value stands. */

/** A leading `$`, a key behind a dot, a list position in brackets, or any key in brackets and quotes. */
const STEP = /^(?:\$(?=[.[]|$)|\.?([^.[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])/;

/** The keys and list positions in order; undefined where the text is no such path. `$` is the whole document. */
export function parseJsonPath(path: string): (string | number)[] | undefined {
  const keys: (string | number)[] = [];
  let rest = path;
  while (rest !== "") {
    const [step, key, position, quoted] = STEP.exec(rest) ?? [];
    const isFirst = rest === path;
    if (step === undefined || (isFirst && step.startsWith("."))) return undefined;
    if (key !== undefined && !isFirst && !step.startsWith(".")) return undefined;
    if (key !== undefined) keys.push(key);
    if (position !== undefined) keys.push(Number(position));
    if (quoted !== undefined) keys.push(JSON.parse(quoted) as string);
    rest = rest.slice(step.length);
  }
  return path === "" ? undefined : keys;
}
