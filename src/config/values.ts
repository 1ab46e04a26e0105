/**
 * The kinds of values that a config file has, as schemas.
 * In: text, since the YAML is read without types: `--cpus, 1.50` stays as it was written, and `8080` serves for
 * a text as well as for a number. Out: typed values. The messages say what is allowed.
 */
import * as v from "valibot";

function shown(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : JSON.stringify(value);
}

/** A message like `must be a text, got a list`. */
export function mustBe(allowed: string) {
  return (issue: v.BaseIssue<unknown>) => `must be ${allowed}, got ${shown(issue.input)}`;
}

/** Any scalar, also a number or `true`, as its text. */
export const text = v.pipe(v.string(mustBe("a text")), v.metadata({ jsonSchema: { type: "string" } }));

export function textMatching(pattern: RegExp, allowed: string) {
  return v.pipe(text, v.regex(pattern, mustBe(allowed)));
}

export function wholeNumber(least: number, most: number) {
  const allowed = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.string(mustBe(allowed)),
    v.check(
      (input) => /^[+-]?\d+$/.test(input) && Number(input) >= least && Number(input) <= most,
      mustBe(allowed),
    ),
    v.transform(Number),
    v.metadata({ jsonSchema: { type: "integer", minimum: least, maximum: most } }),
  );
}

/** What YAML 1.1 took for a boolean, as the original did; undefined if the text is not one. */
export function truth(input: string): boolean | undefined {
  if (/^(?:true|yes|on)$/i.test(input)) return true;
  return /^(?:false|no|off)$/i.test(input) ? false : undefined;
}

/** One of these words. */
export function oneOf<const W extends readonly string[]>(words: W) {
  return v.picklist(words, mustBe(`one of ${words.join(", ")}`));
}

/** true or false, in YAML's spellings. */
export const flag = v.pipe(
  v.string(mustBe("true or false")),
  v.check((input) => truth(input) !== undefined, mustBe("true or false")),
  v.transform((input) => truth(input) === true),
  v.metadata({ jsonSchema: { type: "boolean" } }),
);

/** A regular expression of JavaScript, Unicode aware. */
export const regularExpression = v.pipe(
  text,
  v.check(
    (input) => typeof compile(input) !== "string",
    (issue) => `must be a regular expression of JavaScript: ${compile(issue.input)}`,
  ),
  v.transform((input) => compile(input) as RegExp),
  v.metadata({ jsonSchema: { type: "string", format: "regex" } }),
);

/** The pattern, or what is wrong with it, e.g. `Unterminated group`. */
function compile(input: string): RegExp | string {
  try {
    return new RegExp(input, "u");
  } catch (error) {
    // The message begins with the pattern, which is shown anyway.
    const reason = (error as Error).message.replace(`Invalid regular expression: /${input}/u: `, "");
    return /\(\?[a-z]+\)/.test(input) ? `${reason}; write a flag as in "(?i:…)"` : reason;
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(?:\d+(?:ms|d|h|m|s))+$/;
const DURATION_RULE = "a duration such as 500ms, 10s or 1h30m";

/** `10s`, `1h30m`, `500ms`, `14d` → milliseconds. */
export const duration = v.pipe(
  v.string(mustBe(DURATION_RULE)),
  v.regex(DURATION, mustBe(DURATION_RULE)),
  v.transform((input) =>
    [...input.matchAll(/(\d+)([a-z]+)/g)]
      .reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0)
  ),
  v.metadata({ jsonSchema: { type: "string", pattern: DURATION.source } }),
);

/** A list; one that is missing, or has nothing behind its key, is empty. */
export function listOf<S extends v.GenericSchema<unknown>>(item: S) {
  return v.nullish(v.array(item, mustBe("a list")), []);
}

/** A value, or a list of them, which must not be empty. */
export function oneOrMore<S extends v.GenericSchema<unknown>>(item: S) {
  const allowed = mustBe("a value or a list of values");
  return v.pipe(
    v.union([item, v.pipe(v.array(item), v.nonEmpty("must not be an empty list"))], allowed),
    v.transform((input): v.InferOutput<S>[] => Array.isArray(input) ? input : [input as v.InferOutput<S>]),
  );
}

export function mapOf<S extends v.GenericSchema<unknown>>(value: S) {
  // A record alone would take a list, too.
  return v.pipe(
    v.custom<Record<string, unknown>>(isMapping, mustBe("a mapping")),
    v.record(v.string(), value, mustBe("a mapping")),
  );
}

/** A mapping with these keys and no others. Each unknown key is an issue of its own, of type `never`. */
export function section<E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    v.custom<Record<string, unknown>>(isMapping, mustBe("a mapping")),
    v.objectWithRest(entries, v.never("is not known here"), "is missing"),
    // A mapping with unknown keys has failed by now, so the type is without them.
    v.transform((known) => known as v.InferOutput<v.ObjectSchema<E, undefined>>),
  );
}

function isMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A host by its name or address, without anything around it. */
export const host = v.pipe(
  text,
  v.check(isHost, mustBe("the name or address of a host, without scheme, port and path")),
);

function isHost(input: string): boolean {
  if (input.includes(":")) return URL.canParse(`http://[${input.replace(/^\[(.*)\]$/, "$1")}]/`);
  return /^[\p{L}\p{N}_.-]+$/u.test(input) && URL.canParse(`http://${input}/`);
}

/** Header fields with their values, RFC 9110 §5.1 and §5.5. */
export function headersOf<S extends v.GenericSchema<unknown>>(value: S) {
  return v.pipe(
    v.custom<Record<string, unknown>>(isMapping, mustBe("a mapping")),
    v.record(
      v.pipe(v.string(), v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, mustBe("the name of a header"))),
      value,
      mustBe("a mapping"),
    ),
  );
}

export const headerValue = v.pipe(
  text,
  // deno-lint-ignore no-control-regex -- they are what must not be in it
  v.regex(/^[^\x00-\x08\x0a-\x1f\x7f]*$/, mustBe("one line of text")),
);
