/** All keys that the schema of a config knows, by their paths. */
import type * as v from "valibot";

/** The parts of valibot's schemas that can hold keys; which of them there are depends on the type. */
interface AnySchema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, AnySchema>>;
  readonly item?: AnySchema;
  readonly value?: AnySchema;
  readonly wrapped?: AnySchema;
  readonly options?: readonly unknown[];
  readonly pipe?: readonly unknown[];
}

/** e.g. `monitor.check_http[].expected.status`: list positions are `[]`, keys that the user chooses `*`. */
export type KeyPath = string;

/** Every key that the schema knows, with the schema of its value. */
export function keysOf(schema: v.GenericSchema): Map<KeyPath, v.GenericSchema> {
  const found = new Map<KeyPath, v.GenericSchema>();
  walk(schema as unknown as AnySchema, "", found);
  return found;
}

function walk(schema: AnySchema, path: KeyPath, found: Map<KeyPath, v.GenericSchema>): void {
  for (const part of partsOf(schema)) {
    for (const [key, value] of Object.entries(part.entries ?? {})) {
      const inner = path === "" ? key : `${path}.${key}`;
      found.set(inner, value as unknown as v.GenericSchema);
      walk(value, inner, found);
    }
    if (part.type === "array" && part.item) walk(part.item, `${path}[]`, found);
    if (part.type === "record" && part.value) walk(part.value, `${path}.*`, found);
    if (part.type === "union") {
      for (const option of part.options ?? []) walk(option as AnySchema, path, found);
    }
    if (part.wrapped) walk(part.wrapped, path, found);
  }
}

/** The schema itself, or of one with a pipe all that the pipe holds. */
function partsOf(schema: AnySchema): AnySchema[] {
  if (schema.pipe === undefined) return [schema];
  return (schema.pipe as AnySchema[]).flatMap((part) => part === schema ? [] : partsOf(part));
}

/** e.g. `["monitor", "check_http", 0, "path"]` → `monitor.check_http[].path` */
export function keyPath(path: readonly (string | number)[]): KeyPath {
  return path.map((key, depth) => typeof key === "number" ? "[]" : depth === 0 ? key : `.${key}`).join("");
}
