/** README.md and the pages in .github/docs, and what of them can be tried: their fenced blocks. */

const ROOT = new URL("../../", import.meta.url).pathname;
const FOLDER = ".github/docs";

/** A page, by its path from the root of the project. */
export interface Page {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Of a fenced block ```` ```LANGUAGE KIND ````. */
export interface Block {
  readonly language: string;
  /** What stands behind the language; often nothing. */
  readonly kind: string;
  readonly text: string;
  /** The heading that it stands under. */
  readonly heading: string;
}

/** README.md first, the others by name. */
export async function readPages(): Promise<Page[]> {
  const names = (await Array.fromAsync(Deno.readDir(`${ROOT}${FOLDER}`))).map(({ name }) => name).sort();
  return await Promise.all(["README.md", ...names.map((name) => `${FOLDER}/${name}`)].map(readPage));
}

/** `path` from the root of the project. */
export async function readPage(path: string): Promise<Page> {
  const text = await Deno.readTextFile(`${ROOT}${path}`);
  return { path, text, blocks: blocksOf(text) };
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let heading = "";
  for (const [, title, info = "", content = ""] of text.matchAll(/^##* (.*)$|^```(.*)\n([^]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    else {
      const [language = "", ...kind] = info.split(" ");
      blocks.push({ language, kind: kind.join(" "), text: content, heading });
    }
  }
  return blocks;
}

/** The first block of commands under a heading of a page. @throws When there is none. */
export async function pageCommands(path: string, heading: string): Promise<string> {
  const { blocks } = await readPage(path);
  const block = blocks.find((block) => block.language === "sh" && block.heading === heading);
  if (block === undefined) throw new Error(`Cannot find commands under "${heading}" in ${path}`);
  return block.text;
}

/** What is left of a page without its fenced blocks. */
export function prose(page: Page): string {
  return page.text.replace(/^```.*\n[^]*?^```$/gm, "");
}
