/**
 * All that is wrong with a file's content, with what was probably meant. Loaded only when something is.
 * In: a schema and the content that it does not take. Out: problems in the words of the schema.
 */
import * as v from "valibot";
import type { Problem } from "../../errors.ts";
import { Suggestions } from "./suggestions.ts";

/** Each pass finds one more unknown key of a mapping; a file with more than that is no config at all. */
const PASS_LIMIT = 200;

/** Of several unknown keys in one mapping the validator names only the first: it goes, and the next one shows. */
export function allProblems(schema: v.GenericSchema, content: unknown): Problem[] {
  const problems = new Map<string, Problem>();
  const suggestions = new Suggestions(schema, content);
  for (let pass = 0; pass < PASS_LIMIT; pass++) {
    const issues = v.safeParse(schema, content).issues ?? [];
    for (const issue of issues) {
      const path = pathOf(issue);
      const key = JSON.stringify([path, issue.message]);
      if (!problems.has(key)) problems.set(key, toProblem(issue, path, suggestions));
    }
    const unknown = issues.filter(isUnknownKey);
    if (unknown.length === 0) break;
    for (const issue of unknown) {
      const item = issue.path?.at(-1);
      if (item !== undefined) delete (item.input as Record<string, unknown>)[String(item.key)];
    }
  }
  return withoutMistyped([...problems.values()]);
}

/** A key that is missing only because it is mistyped is not missing. */
function withoutMistyped(problems: readonly Problem[]): Problem[] {
  const meant = new Set(problems.flatMap(({ path, message, atKey }) => {
    const key = atKey ? /did you mean "(.*)"\?$/.exec(message)?.[1] : undefined;
    return key === undefined ? [] : [JSON.stringify([...path.slice(0, -1), key])];
  }));
  return problems.filter(({ path, message }) => message !== "is missing" || !meant.has(JSON.stringify(path)));
}

function toProblem(
  issue: v.BaseIssue<unknown>,
  path: (string | number)[],
  suggestions: Suggestions,
): Problem {
  const message = withoutSecret(issue, path);
  if (isUnknownKey(issue)) {
    const meant = message.includes("did you mean") ? "" : suggestions.forKey(path);
    return { path, message: message + meant, atKey: true };
  }
  if (!message.includes("got ")) return { path, message, atKey: issue.path?.at(-1)?.origin === "key" };
  // What is not shown already is not to be shown here: it may be a secret.
  const meant = suggestions.forValue(issue, path);
  return { path, message: message + (message.endsWith('"…"') ? meant.replace(/\[.*\]/, '["…"]') : meant) };
}

/** The value of a variable, or of a header, is nobody's business. */
function withoutSecret({ message, input }: v.BaseIssue<unknown>, path: readonly (string | number)[]): string {
  const isPrivate = path.some((key, depth) =>
    depth < path.length - 1 && (key === "environment" || key === "headers")
  );
  return isPrivate && typeof input === "string" ? message.replace(JSON.stringify(input), '"…"') : message;
}

function pathOf(issue: v.BaseIssue<unknown>): (string | number)[] {
  return (issue.path ?? []).map((item) => item.key as string | number);
}

function isUnknownKey(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === "strict_object" && issue.expected === "never";
}
