/** A real browser without a window: Debian's Chromium, which asks nobody but this machine. */
import puppeteer, { type Browser as Chromium } from "puppeteer-core";
import { BrowserPage, type PageOptions } from "./browser_page.ts";
import { ensurePrograms, requireProgram } from "./debian_packages.ts";
import { poll } from "./event_log.ts";
import { processesWith } from "./processes.ts";
import { type TempDir, tempDir } from "./temp_dir.ts";

/** The folder that keeps the screenshots of all tests; without it each goes with its browser. */
const SCREENSHOTS_VARIABLE = "SERVICE_RUNNER_TEST_SCREENSHOTS";
/** A busy machine takes its time to load a program of this size. */
const START_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 30_000;

const ARGUMENTS = [
  // It refuses to run as root with one.
  "--no-sandbox",
  "--disable-gpu",
  "--no-proxy-server",
  // What it would like to know of its maker, and a page of others, is not found.
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
];

/** Runs until disposed: `await using browser = await Browser.start()`. */
export class Browser implements AsyncDisposable {
  private constructor(readonly chromium: Chromium, readonly dir: TempDir) {}

  static async start(): Promise<Browser> {
    await ensurePrograms([{ program: "chromium", package: "chromium" }]);
    const executablePath = await requireProgram("chromium");
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await tempDir("service_runner-browser-"));
    const home = `${dir.path}/home`;
    const chromium = await puppeteer.launch({
      executablePath,
      args: ARGUMENTS,
      userDataDir: `${dir.path}/profile`,
      env: {
        ...Deno.env.toObject(),
        HOME: home,
        XDG_CONFIG_HOME: home,
        XDG_CACHE_HOME: home,
        TMPDIR: dir.path,
      },
      timeout: START_TIMEOUT_MS,
      // It ends when the other end of the pipe is gone, however the test ends; signals are not its business.
      pipe: true,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    stack.move();
    return new Browser(chromium, dir);
  }

  /** A page in a window of its own that shares no cookies and no storage with the others, when it has loaded. */
  async open(url: string, options: PageOptions = {}): Promise<BrowserPage> {
    const context = await this.chromium.createBrowserContext();
    const folder = Deno.env.get(SCREENSHOTS_VARIABLE) ?? `${this.dir.path}/screenshots`;
    try {
      return await BrowserPage.open(context, url, folder, options);
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chromium.close();
    // Its helpers end a moment later, and write until then.
    await poll(END_TIMEOUT_MS, "the end of the browser", () => {
      return Promise.resolve(processesWith(this.dir.path).length === 0 || undefined);
    });
    await this.dir[Symbol.asyncDispose]();
  }
}
