/**
 * The schemas of the config files as JSON Schema, draft 2020-12, for editors. Loaded by `service_runner schema` only.
 * The program reads each scalar as text, an editor reads `8080` as a number: where the program expects a text that may
 * look like a number, the JSON Schema allows a number, too.
 */
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { type KeyText, keyText } from "./key_texts.ts";
import type { KeyPath } from "../schema_keys.ts";

const DRAFT = "https://json-schema.org/draft/2020-12/schema";
const WHOLE_NUMBER = "^[+-]?\\d+$";
/** YAML 1.1's booleans, which are texts for newer parsers. */
const TRUTH = "^(?:[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff])$";

type Json = Record<string, unknown>;

export interface JsonSchemaOptions {
  readonly title: string;
  readonly texts: ReadonlyMap<KeyPath, KeyText>;
}

export function jsonSchemaOf(schema: v.GenericSchema, { title, texts }: JsonSchemaOptions): Json {
  const { $schema: _, ...converted } = toJsonSchema(schema, { target: "draft-2020-12", errorMode: "ignore" });
  return { $schema: DRAFT, title, ...asWritten(converted as Json, "", texts) };
}

/** What the file may hold, where the schema says what becomes of it. */
function asWritten(node: Json, path: KeyPath, texts: JsonSchemaOptions["texts"]): Json {
  // The `jsonSchema` that a schema has among its metadata overrides what was made of its parts.
  const { jsonSchema, ...rest } = node;
  const { anyOf, properties, items, additionalProperties, default: fallback, propertyNames: _, ...own } = {
    ...rest,
    ...jsonSchema as Json | undefined,
  } as Json;
  const { description, examples } = keyText(texts, path) ?? {};
  const result: Json = { ...(description !== undefined && { description }), ...withWrittenType(own) };
  if (examples !== undefined) result.examples = examples;
  if (properties !== undefined) {
    result.properties = Object.fromEntries(
      Object.entries(properties as Record<string, Json>).map(([key, value]) => [
        key,
        asWritten(value, path === "" ? key : `${path}.${key}`, texts),
      ]),
    );
  }
  if (items !== undefined) result.items = asWritten(items as Json, `${path}[]`, texts);
  if (additionalProperties !== undefined) {
    // A section allows nothing (`not: {}`) for other keys; editors have better words for `false`.
    const others = additionalProperties as Json;
    result.additionalProperties = "not" in others ? false : asWritten(others, `${path}.*`, texts);
  }
  if (Array.isArray(anyOf)) {
    // The description of the key stands once, above its alternatives.
    result.anyOf = anyOf.map((option) => {
      const { description: _, examples: __, ...inner } = asWritten(option as Json, path, texts);
      return inner;
    });
  }
  if (typeof fallback === "string") result.default = typed(fallback, own.type);
  return result;
}

function withWrittenType({ type, pattern, ...rest }: Json): Json {
  if (type === "integer") return { type: ["integer", "string"], pattern: WHOLE_NUMBER, ...rest };
  if (type === "boolean") return { type: ["boolean", "string"], pattern: TRUTH, ...rest };
  if (Array.isArray(type)) return { type: [...new Set([...type, "number"])], ...rest };
  if (type !== "string") {
    return { ...(type !== undefined && { type }), ...(pattern !== undefined && { pattern }), ...rest };
  }
  if (rest.enum !== undefined) return { ...rest };
  const takes = (samples: readonly string[]) =>
    typeof pattern !== "string" || samples.some((sample) => new RegExp(pattern, "u").test(sample));
  const types = [
    "string",
    ...takes(["1", "12", "200", "404", "1.5"]) ? ["number"] : [],
    ...takes(["true"]) ? ["boolean"] : [],
  ];
  return { type: types.length === 1 ? "string" : types, ...(pattern !== undefined && { pattern }), ...rest };
}

/** A default as the schema has it, which is text, as a person would write it. */
function typed(text: string, type: unknown): unknown {
  if (type === "boolean" || text === "true") return text === "true";
  return /^\d+$/.test(text) ? Number(text) : text;
}
