/** Text of a config as messages may show it: without what may be secret, and as long as before. */

/**
 * The values of environment variables, of headers that say who asks, of keys that are called token, key, secret or
 * password, and passwords in URLs.
 */
const SECRETS = [
  /(?<=(?:^|[\s"'[,=]|-[a-z]*e)(?:[A-Z0-9_]*|[\w-]*(?:token|key|secret|passw(?:or)?d))=)(?!["']?[\],]|\s)[^\n]+?(?=["']?\s*(?:[\],\n]|$))/gm,
  /(?<=\b[A-Z][A-Z0-9_]{2,}["']?:[ \t]+["']?)[^\s"'{[][^\n,}]*/g,
  /(?<=\b(?:authorization|cookie|proxy-authorization|[\w-]*(?:token|key|secret|password))["']?:[ \t]+\[?["']?)[^\s"'{[][^\n,}\]]*/gi,
  /(?<=:\/\/[^/\s:@]*:)[^/\s@]+(?=@)/g,
];

/** The keys under which every value is private; also as people mistype the first one. */
const PRIVATE_KEY = /^(\s*(?:- +)*)["']?(?:env\w*|headers|query_parameters)["']?[ \t]*:/;
/** The same within braces: then the rest of the line is. */
const PRIVATE_IN_LINE = /[{,][ \t]*["']?(?:env\w*|headers|query_parameters)["']?[ \t]*:/;
const ENTRY = /^(\s*(?:- +)*(?:"[^"]*"|'[^']*'|[^\s:'"[\]{}][^:]*):)/;

/** A file's text with asterisks for what may be secret. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((shown, secret) => shown.replace(secret, asterisks), withoutPrivateValues(text));
}

/** A message without passwords and queries of URLs and image names that it quotes. */
export function withoutCredentials(message: string): string {
  return message.replace(/(?<=["/][^"/:@\s]*:)[^"/@\s]+(?=@)/g, "…").replace(
    /(?<=[?&][^=&"\s]*=)[^&"\s]+/g,
    "…",
  );
}

function withoutPrivateValues(text: string): string {
  /** How far the key is indented under which the lines are private. */
  let indent: number | undefined;
  return text.split("\n").map((line) => {
    const depth = line.search(/[^\s-]/);
    if (indent !== undefined && depth !== -1 && depth <= indent) indent = undefined;
    if (indent !== undefined) return maskedFrom(line, ENTRY.exec(line)?.[1]?.length ?? line.search(/\S/));
    const key = PRIVATE_KEY.exec(line);
    if (key !== null) indent = depth;
    const start = key ?? PRIVATE_IN_LINE.exec(line);
    return start === null ? line : maskedFrom(line, start.index + start[0].length);
  }).join("\n");
}

function maskedFrom(line: string, at: number): string {
  return at === -1 ? line : line.slice(0, at) + line.slice(at).replace(/[^\s\r]/g, "*");
}

function asterisks(value: string): string {
  return "*".repeat(value.length);
}
