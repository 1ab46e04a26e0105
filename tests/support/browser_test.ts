/** What the tests of pages rely on: that the browser sees faults where there are some, and none where there are not. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Browser } from "./browser.ts";
import { poll } from "./event_log.ts";

const STYLE = `:root { color-scheme: light dark; }
body { background: #fff; color: #111; }
main { height: 3000px; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #333; } }`;
const SCRIPT = `document.title = "scripted";
document.querySelector("button").onclick = () => setTimeout(() => document.title = "clicked", 100);`;
const HEAD = `<!doctype html><html lang="en"><title>plain</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">`;
const PAGES: Readonly<Record<string, [type: string, content: string]>> = {
  "/style.css": ["text/css", STYLE],
  "/script.js": ["text/javascript", SCRIPT],
  "/": [
    "text/html",
    `${HEAD}<main><h1>Services</h1><button>Again</button><script src="/script.js"></script>`,
  ],
  "/faulty": [
    "text/html",
    `${HEAD}<main><h1>Services</h1><img id="logo" src="/gone.png"><script>document.title = "inline"</script>
<script src="/faulty.js"></script>`,
  ],
  "/faulty.js": ["text/javascript", `console.error("ouch"); alert("Hello"); throw new Error("thrown");`],
};

/** A server whose pages run scripts of their own files only. */
function serve(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const [type, content] = PAGES[new URL(request.url).pathname] ?? [];
    if (type === undefined) return new Response("", { status: 404 });
    const policy = "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'";
    return new Response(content ?? "", {
      headers: { "Content-Type": type, "Content-Security-Policy": policy },
    });
  });
}

/** Width and height of a PNG. */
async function sizeOf(file: string): Promise<[number, number]> {
  const view = new DataView((await Deno.readFile(file)).buffer);
  return [view.getUint32(16), view.getUint32(20)];
}

Deno.test("a browser shows a page in light and dark, with and without JavaScript, and finds its faults", async (t) => {
  await using server = serve();
  const url = `http://127.0.0.1:${server.addr.port}`;
  await using browser = await Browser.start();

  await t.step(
    "a page without a fault: keys, what a screen reader is told, the whole of it as a picture",
    async () => {
      await using page = await browser.open(`${url}/`, { width: 390, height: 844 });
      deepEqual(await page.violations(), []);
      const lines = (await page.accessibility()).split("\n");
      deepEqual(lines, [
        'RootWebArea "scripted"',
        "  main",
        '    heading "Services" level=1',
        '    button "Again"',
      ]);
      await page.press("Tab", "Enter");
      equal(await page.until("document.title === 'clicked' && document.activeElement.textContent"), "Again");
      const [width, height] = await sizeOf(await page.screenshot("browser_test-light"));
      ok(width === 390 && height > 3000, `${width} × ${height}`);
      deepEqual(page.troubles, []);
      deepEqual(page.requests.slice(0, 3), [`${url}/`, `${url}/style.css`, `${url}/script.js`]);
    },
  );

  await t.step("its dark colours are another matter", async () => {
    await using page = await browser.open(`${url}/`, { colorScheme: "dark" });
    const [violation, ...more] = await page.violations();
    match(violation ?? "", /^color-contrast \(serious\): .*: h1$/);
    deepEqual(more, []);
    await page.screenshot("browser_test-dark");
  });

  await t.step("without JavaScript", async () => {
    await using page = await browser.open(`${url}/`, { javaScript: false });
    deepEqual(await page.violations(), []);
    equal(await page.evaluate("document.title"), "plain");
    deepEqual(page.requests, [`${url}/`, `${url}/style.css`]);
  });

  await t.step("a page that does everything wrong", async () => {
    await using page = await browser.open(`${url}/faulty`);
    deepEqual(await page.violations(), ["image-alt (critical): Images must have alternative text: #logo"]);
    const troubles = await poll(10_000, "all troubles", () => {
      return Promise.resolve(page.troubles.length >= 5 ? page.troubles.toSorted() : undefined);
    });
    const [ouch, thrown, csp, dialog, request, ...more] = troubles;
    deepEqual([ouch, thrown], ["console: Error: thrown", "console: ouch"]);
    match(csp ?? "", /^csp: Executing inline script violates .*'script-src 'self''/);
    deepEqual([dialog, request], ["dialog: alert Hello", `request: GET ${url}/gone.png: 404`]);
    deepEqual(more, []);
  });
});
