/** What the author of a config probably meant by a key that is not known where it stands. */
import type * as v from "valibot";
import { nearest } from "../../nearest.ts";
import { type KeyPath, keyPath, keysOf } from "../schema_keys.ts";
import { FOREIGN_KEYS } from "./foreign_keys.ts";

type Path = readonly (string | number)[];

/** More places than that are not listed one by one. */
const MOST_HOMES = 3;

export class Suggestions {
  readonly #known: readonly KeyPath[];

  constructor(schema: v.GenericSchema) {
    this.#known = [...keysOf(schema).keys()];
  }

  /** The key of the same section that is spelled almost like this one; undefined if none is. */
  nearestKey(path: Path): string | undefined {
    const before = path.length === 1 ? "" : `${keyPath(path.slice(0, -1))}.`;
    const siblings = this.#known.filter((known) => known.startsWith(before))
      .map((known) => known.slice(before.length))
      .filter((key) => !/[.[]/.test(key));
    return nearest(String(path.at(-1)), siblings);
  }

  /** For a key that is like none of its section: e.g. `it belongs under "monitor"`; undefined if nothing fits. */
  advice(path: Path): string | undefined {
    const key = String(path.at(-1));
    if (path.length > 1) return this.#home(key, path);
    return FOREIGN_KEYS.get(key.toLowerCase().replaceAll("-", "_")) ?? this.#home(key, path) ??
      FOREIGN_KEYS.get(nearest(key, FOREIGN_KEYS.keys()) ?? "");
  }

  /** Where a key of this name is known. */
  #home(key: string, path: Path): string | undefined {
    const sections = this.#known.filter((known) => known.endsWith(`.${key}`))
      .map((known) => known.slice(0, -key.length - 1));
    const here = keyPath(path.slice(0, -1));
    const outer = sections.find((section) => here.startsWith(section));
    if (outer !== undefined) return `it belongs one level up, under "${outer}"`;
    if (sections.length === 0) return undefined;
    const homes = sections.map((section) => `"${section}"`);
    const shown = homes.length > MOST_HOMES ? [...homes.slice(0, MOST_HOMES - 1), "others"] : homes;
    return `it belongs under ${shown.join(" or ")}`;
  }
}
