/** README.md and .github/docs: no block that nothing tries, no link that leads nowhere. */
import { deepEqual, ok } from "node:assert/strict";
import { type Page, prose, readPage, readPages } from "../support/pages.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const README_LINES = 270;

/**
 * Kinds of blocks, and what tries them:
 * `yaml` is a service's config, `yaml swarm` one of a swarm, and `yaml machine` the machine-wide one
 * (tests/commands/schema_test.ts), `yaml prometheus` is for Prometheus (tests/integration/prometheus_test.ts), `ini` a
 * drop-in,
 * `sh` is run by root, `sh follow` shows new lines until Ctrl-C, `text COMMAND` is what that prints,
 * `text refused` what is said of the config in it (all: tests/e2e/pages_test.ts).
 */
const KINDS = /^(yaml( swarm| machine| prometheus)?|ini|sh( follow)?|text .+)$/;
/** `sh NAME_test`: another test runs it, because it takes more than a host: a download, a checkout, a registry. */
const OTHER_TEST = /^sh (\w+_test)$/;
const OTHER_TESTS_LIMIT = 4;

Deno.test("every block of the pages is of a kind that a test runs", async () => {
  const others: string[] = [];
  for (const page of await readPages()) {
    for (const { language, kind } of page.blocks) {
      const info = `${language} ${kind}`.trim();
      const [, other] = OTHER_TEST.exec(info) ?? [];
      if (other === undefined) ok(KINDS.test(info), `${page.path}: no test runs blocks of "${info}"`);
      else others.push(`${other} ${page.path}`);
    }
    // The other way to write a block, which nothing would see.
    ok(!/^(?: {4}|\t)/m.test(prose(page)), `${page.path} has an indented block`);
  }
  ok(others.length <= OTHER_TESTS_LIMIT, others.join("\n"));
  for (const [name, path] of others.map((other) => other.split(" ") as [string, string])) {
    const source = await Deno.readTextFile(await findTest(name));
    ok(source.includes(`"${path}"`), `${name} does not read ${path}`);
  }
});

async function findTest(name: string): Promise<string> {
  for (const folder of ["demo", "e2e", "integration"]) {
    const path = `${ROOT}tests/${folder}/${name}.ts`;
    if (await Deno.stat(path).catch(() => undefined)) return path;
  }
  throw new Error(`Cannot find ${name}.ts`);
}

Deno.test("the README is short, links every page, and each link leads somewhere", async () => {
  const pages = await readPages();
  const readme = pages[0] as Page;
  ok(readme.text.split("\n").length <= README_LINES, `more than ${README_LINES} lines`);
  const linked = linksOf(readme);
  deepEqual(pages.slice(1).map(({ path }) => path).filter((path) => !linked.includes(path)), []);
  const others = await Promise.all(
    ["CONTRIBUTING", "SECURITY"].map((name) => readPage(`.github/${name}.md`)),
  );
  for (const page of [...pages, ...others]) {
    const folder = page.path.slice(0, page.path.lastIndexOf("/") + 1);
    for (const link of linksOf(page)) {
      const [target = "", anchor] = link.split("#");
      const path = target === "" ? page.path : `${folder}${target}`;
      const text = await Deno.readTextFile(`${ROOT}${path}`).catch(() => undefined);
      ok(text !== undefined, `${page.path} links ${link}`);
      ok(anchor === undefined || anchorsOf(text).includes(anchor), `${page.path} links ${link}`);
    }
  }
});

/** But those to other sites. */
function linksOf(page: Page): string[] {
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => !/^https?:/.test(link));
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}
