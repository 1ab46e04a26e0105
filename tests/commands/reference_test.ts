/** The page of all keys is that of the program. */
import { equal } from "node:assert/strict";
import { withReference } from "../../.ci/reference.ts";
import { readPage } from "../support/pages.ts";

/** Without the blanks and dashes that make a table of Markdown pretty, and without its line breaks. */
function bare(markdown: string): string {
  return markdown.replace(/ +/g, " ").replace(/-{3,}/g, "---").replace(/\s*\n\s*/g, "\n");
}

Deno.test("the page has all keys, as `deno task reference` writes them", async () => {
  const { text } = await readPage(".github/docs/keys.md");
  equal(bare(text), bare(withReference(text)));
});
