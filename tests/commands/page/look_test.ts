/** The page in a real browser, as it looks: in all sizes and colours, and whatever others have written. */
import { deepEqual, equal } from "node:assert/strict";
import { Browser } from "../../support/browser.ts";
import type { BrowserPage } from "../../support/browser_page.ts";
import { PageBed, type PageBedOptions } from "../../support/page_bed.ts";
import { type PlayedService, up } from "../../support/played_service.ts";
import { HOSTILE, hostile, journal, services, twentyChecks } from "./scenes.ts";

const WIDTHS = [360, 1280, 1920];
const SCHEMES = ["light", "dark"] as const;
/** Whoever has listened for so long has been told of all, once more, by the page itself. */
const LIVE = `document.querySelector(".facts time, main > p") !== null && performance.now() > 400`;

/** What sticks out, at either side, of the window or of what holds it. */
const STICKING_OUT =
  `[...document.querySelectorAll("body *:not(.hidden, .hidden *, path)")].filter((element) => {
  const { left, right, width } = element.getBoundingClientRect();
  const outer = element.closest(".service, .records, header, body").getBoundingClientRect();
  return width > 0 && (left < outer.left - 1 || right > outer.right + 1);
}).map((element) => element.outerHTML.slice(0, 100))`;

/** What stands where something else of the same element stands. */
const OVERLAPPING =
  `[...document.querySelectorAll("body, header, main, .services, .service, .facts, .facts div, .checks, " +
  ".checks li, .run, form, .rows, .record")].flatMap((parent) => {
    const inner = [...parent.children].filter((child) => !child.matches(".hidden") && child.offsetWidth !== 0)
      .map((child) => [child, child.getBoundingClientRect()]);
    if (parent.matches(".record") && getComputedStyle(parent).display !== "grid") return [];
    return inner.slice(1).filter(([, a], index) => {
      const [, b] = inner[index];
      return a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    }).map(([child]) => child.outerHTML.slice(0, 100));
  })`;

const BARS = `[...new Set([...document.querySelectorAll(".history")].map((picture) => {
  const { a, d } = picture.getScreenCTM();
  return [a, d, picture.getBoundingClientRect().height].join(" ");
}))]`;

interface View {
  /** Of its pictures. */
  readonly name: string;
  readonly path: string;
  readonly troubles?: readonly string[];
}

async function look(browser: Browser, bed: PageBed, { name, path, troubles = [] }: View): Promise<void> {
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      await using page = await browser.open(bed.url + path, { width, height: 900, colorScheme });
      await page.until(LIVE);
      await page.screenshot(`page-${name}-${width}-${colorScheme}`);
      await isInOrder(page, `${name} ${width} ${colorScheme}`);
      deepEqual(
        page.troubles,
        troubles.map((trouble) => trouble.replace("URL", new URL(path, bed.url).href)),
      );
    }
  }
}

async function isInOrder(page: BrowserPage, what: string): Promise<void> {
  const wider = await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
  equal(wider, false, `${what}: it scrolls sideways`);
  deepEqual(await page.evaluate(STICKING_OUT), [], `${what}: sticks out`);
  deepEqual(await page.evaluate(OVERLAPPING), [], `${what}: overlaps`);
  const bars = await page.evaluate<string[]>(BARS);
  deepEqual(bars, bars.length === 0 ? [] : ["1 1 24"], `${what}: the bars' scale`);
  deepEqual(await page.violations(), [], what);
}

async function machine(played: readonly PlayedService[], options: Partial<PageBedOptions> = {}) {
  return await PageBed.start({ services: played, ...options });
}

Deno.test("the page looks well, in light and dark, on a telephone and on a wall", async (t) => {
  await using browser = await Browser.start();

  for (const count of [1, 12, 100]) {
    await t.step(count === 1 ? "1 service" : `${count} services`, async () => {
      await using bed = await machine(services(count));
      await look(browser, bed, { name: `${count}`, path: "/" });
    });
  }

  await t.step("no service, and an address that leads nowhere", async () => {
    await using bed = await machine([]);
    await look(browser, bed, { name: "none", path: "/" });
    const troubles = ["request: GET URL: 404"];
    await look(browser, bed, { name: "not-found", path: "/service/<b>x", troubles });
  });

  await t.step("one service with twenty checks, without its log", async () => {
    await using bed = await machine([twentyChecks, up("web")], { journal });
    await look(browser, bed, { name: "checks", path: "/service/busy" });
  });

  await t.step("hostile texts everywhere: nothing of them runs", async () => {
    const played = HOSTILE.map((_, turn) => hostile(`hostile-${turn}`, turn));
    await using bed = await machine(played, { journal, config: { page: { logs: true } } });
    await look(browser, bed, { name: "hostile", path: "/" });
    for (const turn of HOSTILE.keys()) {
      await using page = await browser.open(`${bed.url}/service/hostile-${turn}`, { width: 360 });
      await isInOrder(page, `hostile ${turn}`);
      equal(await page.evaluate("document.querySelectorAll('.rows li').length"), journal.entries.length);
      deepEqual(page.troubles, []);
    }
    const query = `?level=&text=${encodeURIComponent("<script>")}`;
    await look(browser, bed, { name: "records", path: `/service/hostile-5${query}` });
    await look(browser, bed, { name: "all-records", path: "/service/hostile-2" });
  });
});
