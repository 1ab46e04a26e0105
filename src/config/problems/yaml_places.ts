/**
 * Where in a YAML text a value stands.
 * In: the text and a path of keys. Out: the range of characters of the value, or of its key.
 */
import { COLLECTION_STYLE, type Event, EVENT_ID, parseEvents } from "js-yaml";
import type { Problem } from "../../errors.ts";

/** Characters from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Node extends Span {
  readonly kind: "scalar" | "sequence" | "mapping";
  readonly text: string;
  /** Of a sequence its items, of a mapping keys and values in turn. */
  readonly children: Node[];
}

/** The places of one YAML text, which is parsed once. */
export class YamlPlaces {
  readonly #root: Node | undefined;

  constructor(readonly text: string) {
    this.#root = parseTree(text);
  }

  /** The place of the deepest part of the path that exists: of a missing key, the mapping that lacks it. */
  locate({ path, atKey, part }: Problem): Span {
    let node = this.#root;
    if (node === undefined) return { start: 0, end: 1 };
    let span = headOf(node);
    for (const [depth, key] of path.entries()) {
      const found = child(node, key);
      if (found === undefined) break;
      const last = depth === path.length - 1;
      // A value that is not written at all has no place, and is shown by its key.
      if (last && !atKey && found.value.start >= 0) span = headOf(found.value);
      else if (found.key.start >= 0) span = headOf(found.key);
      node = found.value;
    }
    return part === undefined ? span : this.#partOf(span, part);
  }

  /** All of the span where the part is not found in it exactly once. */
  #partOf(span: Span, part: string): Span {
    const written = this.text.slice(span.start, span.end);
    const at = written.indexOf(part);
    if (part === "" || at === -1 || written.indexOf(part, at + 1) !== -1) return span;
    return { start: span.start + at, end: span.start + at + part.length };
  }
}

/** What is marked to show a node: a block collection by its first key or item. */
function headOf(node: Node): Span {
  const first = node.children[0];
  return node.end > node.start || first === undefined || first.start < 0 ? node : headOf(first);
}

function child(node: Node, key: string | number): { key: Node; value: Node } | undefined {
  if (node.kind === "sequence") {
    const item = node.children[Number(key)];
    return item && { key: item, value: item };
  }
  for (let index = 0; index + 1 < node.children.length; index += 2) {
    const candidate = node.children[index]!;
    if (candidate.text === String(key)) return { key: candidate, value: node.children[index + 1]! };
  }
  for (let index = 0; index + 1 < node.children.length; index += 2) {
    if (node.children[index]!.text !== "<<") continue;
    const merged = node.children[index + 1]!;
    for (const source of merged.kind === "sequence" ? merged.children : [merged]) {
      const found = child(source, key);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The first document as a tree; an alias is the very node that its anchor names. */
function parseTree(text: string): Node | undefined {
  const anchors = new Map<string, Node>();
  const open: Node[] = [];
  let root: Node | undefined;
  for (const event of parseEvents(text, {})) {
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const node = event.type === EVENT_ID.ALIAS
      ? anchors.get(text.slice(event.anchorStart, event.anchorEnd))
      : event.type === EVENT_ID.DOCUMENT
      ? undefined
      : toNode(event, text);
    // A document is not put on the stack: its POP, the last one, finds the stack empty.
    if (node === undefined) continue;
    if ("anchorStart" in event && event.type !== EVENT_ID.ALIAS && event.anchorStart >= 0) {
      anchors.set(text.slice(event.anchorStart, event.anchorEnd), node);
    }
    open.at(-1)?.children.push(node);
    root ??= node;
    if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) open.push(node);
  }
  return root;
}

function toNode(event: Exclude<Event, { type: 1 | 5 | 6 }>, text: string): Node {
  if (event.type === EVENT_ID.SCALAR) {
    const { valueStart: start, valueEnd: end } = event;
    return { kind: "scalar", start, end, text: start < 0 ? "" : text.slice(start, end), children: [] };
  }
  const kind = event.type === EVENT_ID.SEQUENCE ? "sequence" : "mapping";
  // A flow collection is shown by its bracket.
  const end = event.style === COLLECTION_STYLE.FLOW ? event.start + 1 : event.start;
  return { kind, start: event.start, end, text: "", children: [] };
}
