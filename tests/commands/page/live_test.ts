/** The page in a real browser while things happen: who looks, listens or has only a keyboard learns of them. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Browser } from "../../support/browser.ts";
import { poll } from "../../support/event_log.ts";
import { PageBed } from "../../support/page_bed.ts";
import { down, failing, playedCheck, up } from "../../support/played_service.ts";
import { entryOf } from "../logs/journal_entries.ts";
import { journal } from "./scenes.ts";

const SOON_MS = 2000;
/** systemctl is asked about all units twice a minute. */
const NEXT_LIST_MS = 45_000;
const LONG_MS = 30_000;

const state = (name: string) => `document.getElementById("${name}:state").textContent`;
const ANNOUNCED = `document.getElementById(":announcement").textContent`;
/** The first message has come: there are no news in it. */
const LISTENS = `typeof told !== "undefined" && told.size > 0`;
const FOCUSED = `document.activeElement.getAttribute("href") ?? document.activeElement.tagName`;
const VISIBLE = `[...document.querySelectorAll("li.service:not([hidden])")].map(({ id }) => id).join()`;

Deno.test("the page is kept up to date", async (t) => {
  await using bed = await PageBed.start({
    services: [up("a"), up("b"), up("records"), up("filter")],
    config: { page: { logs: true } },
    journal,
  });
  await using browser = await Browser.start();

  await t.step("a check fails, a unit fails: seen, said and counted within two seconds", async () => {
    await using page = await browser.open(`${bed.url}/`);
    await page.until(LISTENS);
    match(await page.evaluate<string>("document.body.textContent"), /4 services; none needs somebody/);
    equal(await page.evaluate(ANNOUNCED), "");
    await bed.play(failing("a"));
    await page.until(`${state("a")} === "1 of 2 checks fail"`, SOON_MS);
    equal(await page.evaluate(`document.getElementById(":announcement").getAttribute("role")`), "status");
    await page.until(`${ANNOUNCED}.includes("a: 1 of 2 checks fail")`, SOON_MS);
    match(await page.evaluate<string>("document.title"), /^\(1\) /);
    await bed.play(down("b"));
    await page.until(`${state("b")} === "failed (3)"`, SOON_MS);
    match(await page.evaluate<string>("document.title"), /^\(2\) /);
    equal(
      await page.evaluate(`document.getElementById(":summary").textContent`),
      "4 services; 2 need somebody: a, b",
    );
    await bed.play(up("a"), up("b"));
    await page.until(`document.title.startsWith("(") === false`, SOON_MS);
    deepEqual(page.troubles, []);
  });

  await t.step("by keyboard: each service has its turn, what is focused is seen, and stays so", async () => {
    await using page = await browser.open(`${bed.url}/`);
    await page.until(LISTENS);
    const seen: string[] = [];
    for (let turn = 0; turn < 5; turn++) {
      await page.press("Tab");
      seen.push(await page.evaluate<string>(FOCUSED));
      const outline = "getComputedStyle(document.activeElement).outline";
      match(await page.evaluate<string>(outline), / solid 3px$/, seen.at(-1));
    }
    deepEqual(seen, ["INPUT", "/service/a", "/service/b", "/service/filter", "/service/records"]);
    // One that needs somebody has a link in the summary, which is drawn anew with each change.
    await bed.play(down("b"));
    await page.until(`${state("b")} === "failed (3)"`, SOON_MS);
    await page.evaluate(`document.querySelector("a[href='#b']").focus()`);
    await bed.play(failing("a"));
    await page.until(`document.title.startsWith("(2)")`, SOON_MS);
    equal(await page.evaluate(FOCUSED), "#b");
    await bed.play(up("a"), up("b"));
    await page.until(`document.title.startsWith("(") === false`, SOON_MS);
  });

  await t.step("the filter: by name and by state, by keyboard", async () => {
    await using page = await browser.open(`${bed.url}/`);
    await page.press("Tab", "r", "e", "c", "o");
    equal(await page.until(VISIBLE), "records");
    equal(await page.evaluate(`document.getElementById(":found").textContent`), "1 of 4");
    for (let turn = 0; turn < 4; turn++) await page.press("Backspace");
    await page.puppeteer.keyboard.type("failed");
    equal(await page.evaluate(VISIBLE), "");
    await bed.play(down("b"));
    await page.until(`${VISIBLE} === "b"`, SOON_MS);
    // Whoever is there stays there, also when it is no longer what was looked for.
    await page.press("Tab");
    equal(await page.evaluate(FOCUSED), "/service/b");
    await bed.play(up("b"));
    await page.until(`${state("b")} === "active"`, SOON_MS);
    equal(await page.evaluate(FOCUSED), "/service/b");
    deepEqual(page.troubles, []);
  });

  await t.step("checks come and go: the list of them is drawn anew, the focus stays", async () => {
    await using page = await browser.open(`${bed.url}/`);
    await using own = await browser.open(`${bed.url}/service/b`);
    await page.until(LISTENS);
    await own.until(LISTENS);
    await page.evaluate(`document.querySelector("a[href='/service/b']").focus()`);
    await bed.play(up("b", { checks: [playedCheck("http /"), playedCheck("a new one")] }));
    for (const shown of [page, own]) {
      await shown.until(`document.body.textContent.includes("a new one")`, SOON_MS);
      ok(
        !(await shown.evaluate<string>(`document.querySelector("[id='b:check1']").textContent`)).includes(
          "tcp",
        ),
      );
      deepEqual(shown.troubles, []);
    }
    equal(await page.evaluate(FOCUSED), "/service/b");
    equal(await own.evaluate("document.querySelectorAll('.rows li').length"), journal.entries.length);
  });

  await t.step("records as they come, hostile ones too", async () => {
    await using page = await browser.open(`${bed.url}/service/a`);
    await bed.log(entryOf({ message: "<img src=x onerror=alert(1)> has come" }));
    await page.until(
      `document.querySelector(".rows").textContent.includes("<img src=x onerror=alert(1)> has")`,
    );
    const rows = "document.querySelector('.rows')";
    ok(await page.evaluate(`${rows}.scrollTop + ${rows}.clientHeight > ${rows}.scrollHeight - 5`));
    deepEqual(page.troubles, []);
  });

  await t.step("services come and go", async () => {
    await using page = await browser.open(`${bed.url}/`);
    await page.until(LISTENS);
    await page.evaluate(`document.querySelector("a[href='/service/records']").focus()`);
    await bed.play(up("c"));
    await bed.remove("a");
    await page.until(`${VISIBLE} === "b,c,filter,records"`, NEXT_LIST_MS);
    match(await page.evaluate<string>(ANNOUNCED), /c is new; a is gone/);
    equal(await page.evaluate(FOCUSED), "/service/records");
    deepEqual(page.troubles, []);
  });

  await t.step("the connection is lost, which is told, and comes back", async () => {
    await using page = await browser.open(`${bed.url}/`);
    await page.until(LISTENS);
    await bed.stopPage();
    await page.until(
      `document.getElementById(":connection").textContent.startsWith("No connection")`,
      SOON_MS,
    );
    deepEqual(await page.violations(), []);
    await page.screenshot("page-no-connection");
    await bed.remove("c");
    await bed.play(down("b"));
    await bed.startPage();
    await page.until(`document.getElementById(":connection").textContent === ""`, LONG_MS);
    await page.until(`${state("b")} === "failed (3)" && ${VISIBLE} === "b,filter,records"`, SOON_MS);
  });

  await t.step("without JavaScript the page is of use, and so is the form of the log", async () => {
    await using page = await browser.open(`${bed.url}/`, { javaScript: false });
    deepEqual(await page.violations(), []);
    match(await page.evaluate<string>("document.body.innerText"), /1 needs somebody: b[^]*failed \(3\)/);
    equal(await page.evaluate(`document.querySelector("header input").offsetWidth`), 0);
    await bed.play(up("b"));
    await poll(SOON_MS, "a service that is up again", async () => {
      return /"failed"/.test(await (await fetch(`${bed.url}/api/services`)).text()) ? undefined : true;
    });
    await page.press("Tab", "Enter");
    await page.until(`!document.body.innerText.includes("failed (3)")`);
    await page.press("Tab", "Tab", "Enter");
    await page.until(`location.pathname === "/service/b"`);
    deepEqual(await page.violations(), []);
    await page.puppeteer.type("[name=text]", "level warn");
    await page.press("Enter");
    await page.until(`location.search === "?level=&text=level+warn"`);
    deepEqual(
      await page.evaluate(`[...document.querySelectorAll(".message")].map((line) => line.textContent)`),
      [
        "A record of the level warn",
      ],
    );
    equal(await page.evaluate(`document.querySelector("[name=text]").value`), "level warn");
    deepEqual(page.troubles, []);
  });
});
