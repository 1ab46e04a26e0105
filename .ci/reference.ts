/**
 * `deno task reference`: writes the page of all keys, from what the validator and the editors have.
 * In: the JSON Schemas and the texts of the keys. Out: .github/docs/keys.md, between its marks.
 */
import { schema } from "../src/commands/schema.ts";
import { type KeyText, SERVICE_KEYS } from "../src/config/editor/key_texts.ts";
import { RUNNER_KEYS } from "../src/config/editor/runner_key_texts.ts";

const PAGE = new URL("../.github/docs/keys.md", import.meta.url);
const BEGIN = "<!-- deno task reference writes what follows -->\n";
const END = "<!-- deno task reference ends here -->\n";

interface SchemaNode {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

if (import.meta.main) {
  await Deno.writeTextFile(PAGE, withReference(await Deno.readTextFile(PAGE)));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE.pathname] }).output();
}

/** The page with the tables as they ought to be. */
export function withReference(page: string): string {
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END);
  if (begin < BEGIN.length || end < begin) throw new Error(`keys.md lacks the marks "${BEGIN.trim()}"`);
  const service = table(SERVICE_KEYS, JSON.parse(schema("service").stdout));
  const runner = table(RUNNER_KEYS, JSON.parse(schema("runner").stdout));
  const content = `\nOf a service's config:\n\n${service}\nOf the machine-wide config:\n\n${runner}\n`;
  return page.slice(0, begin) + content + page.slice(end);
}

function table(texts: ReadonlyMap<string, KeyText>, root: SchemaNode): string {
  const defaults = new Map<string, unknown>();
  collect(root, "", defaults);
  const rows = [...texts].map(([key, { description }]) =>
    `| \`${key}\` | ${shown(defaultOf(key, defaults))} | ${
      description.replaceAll("|", "\\|").replace(/([<>*])/g, "\\$1")
    } |\n`
  );
  return `| key | default | meaning |\n| --- | --- | --- |\n${rows.join("")}`;
}

/** `check_*` stands for the kinds of checks that do not say it better themselves. */
function defaultOf(key: string, defaults: ReadonlyMap<string, unknown>): unknown {
  const kinds = ["exe", "tcp"].map((kind) => key.replace("check_*", `check_${kind}`));
  return kinds.map((path) => defaults.get(path)).find((value) => value !== undefined);
}
function shown(value: unknown): string {
  return value === undefined ? "" : `\`${value}\``;
}

function collect(node: SchemaNode, path: string, defaults: Map<string, unknown>): void {
  if (node.default !== undefined) defaults.set(path, node.default);
  for (const option of node.anyOf ?? []) collect(option, path, defaults);
  if (node.items !== undefined) collect(node.items, `${path}[]`, defaults);
  for (const [key, value] of Object.entries(node.properties ?? {})) {
    collect(value, path === "" ? key : `${path}.${key}`, defaults);
  }
}
