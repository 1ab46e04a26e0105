/**
 * All that is wrong with a file's content, and what was probably meant by an unknown key. Loaded only when something is.
 * In: a schema and the content that it does not take. Out: problems in the words of the schema.
 */
import * as v from "valibot";
import type { Problem } from "../../errors.ts";
import { Suggestions } from "./suggestions.ts";

/** A file with more mistakes of a kind than that is no config at all; the first ones say so. */
const MOST_PROBLEMS = 200;

type Issue = v.BaseIssue<unknown>;
type Path = readonly (string | number)[];

export function allProblems(schema: v.GenericSchema, content: unknown): Problem[] {
  const { issues = [] } = v.safeParse(schema, content);
  const suggestions = new Suggestions(schema);
  const meantKeys = new Set<string>();
  const unknownKeys = issues.filter(isUnknownKey).slice(0, MOST_PROBLEMS).map((issue): Problem => {
    const path = pathOf(issue);
    const near = suggestions.nearestKey(path);
    if (near !== undefined) meantKeys.add(JSON.stringify([...path.slice(0, -1), near]));
    const advice = near === undefined ? suggestions.advice(path) : `did you mean "${near}"?`;
    const message = advice === undefined ? issue.message : `${issue.message}; ${advice}`;
    return { path, message, atKey: true };
  });
  // A key that is missing only because it is mistyped is not missing.
  const others = issues.filter((issue) =>
    !isUnknownKey(issue) && !(isMissingKey(issue) && meantKeys.has(JSON.stringify(pathOf(issue))))
  );
  return [...unknownKeys, ...others.slice(0, MOST_PROBLEMS).map(toProblem)];
}

function toProblem(issue: Issue): Problem {
  const path = pathOf(issue);
  return { path, message: withoutSecret(issue, path), atKey: issue.path?.at(-1)?.origin === "key" };
}

/** The message without the value of an environment variable or of a header, which may be a secret. */
function withoutSecret({ message, input }: Issue, path: Path): string {
  const isPrivate = path.some((key) => /^(?:environment|headers|query_parameters)$/.test(String(key)));
  return isPrivate && typeof input === "string" ? message.replace(JSON.stringify(input), '"…"') : message;
}

function pathOf(issue: Issue): Path {
  return (issue.path ?? []).map((item) => item.key as string | number);
}

/** See `section()` in `values.ts`. */
function isUnknownKey(issue: Issue): boolean {
  return issue.type === "never";
}

function isMissingKey(issue: Issue): boolean {
  return issue.type === "object_with_rest";
}
