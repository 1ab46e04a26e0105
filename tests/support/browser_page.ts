/** A page in a real browser, as a person, a keyboard and a screen reader meet it. */
import axe from "axe-core";
import type { BrowserContext, HTTPRequest, KeyInput, Page, SerializedAXNode } from "puppeteer-core";
import { poll } from "./event_log.ts";

/** Without any: a light page of 1280 × 800 with JavaScript. */
export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  readonly javaScript?: boolean;
  /** Sent with each request, e.g. `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 30_000;

/** What axe-core found, a line for each rule; run in the page, whose own policy of scripts does not reach there. */
const VIOLATIONS = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map(({ id, impact, help, nodes }) =>
    id + " (" + impact + "): " + help + ": " + nodes.map(({ target }) => target.join(" ")).join(", ")))`;

/** Open until disposed: `await using page = await browser.open(url, { colorScheme: "dark" })`. */
export class BrowserPage implements AsyncDisposable {
  /**
   * What a page should not do, in order, as `KIND: TEXT`: `console` for errors written there or thrown, `csp` for what
   * its content security policy forbade, `request` for what failed or got a status of 400 or more, and `dialog`,
   * which is accepted.
   */
  readonly troubles: string[] = [];
  /** The URL of each request so far. */
  readonly requests: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    /** What it can do besides. */
    readonly puppeteer: Page,
    readonly screenshots: string,
    readonly javaScript: boolean,
  ) {}

  /** `screenshots`: the folder for them. */
  static async open(
    context: BrowserContext,
    url: string,
    screenshots: string,
    { width = 1280, height = 800, colorScheme = "light", javaScript = true, headers = {} }: PageOptions,
  ): Promise<BrowserPage> {
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT_MS);
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: colorScheme }]);
    await page.setJavaScriptEnabled(javaScript);
    await page.setExtraHTTPHeaders({ ...headers });
    const opened = new BrowserPage(context, page, screenshots, javaScript);
    opened.#watch();
    await page.goto(url);
    return opened;
  }

  /** The value of an expression, or of the promise that it is; also in a page that may not run JavaScript itself. */
  async evaluate<T>(expression: string): Promise<T> {
    return await this.puppeteer.evaluate(expression) as T;
  }

  /** Resolves when the expression is true, to what it is. @throws When that takes too long. */
  async until<T>(expression: string, timeoutMs = TIMEOUT_MS): Promise<T> {
    return await poll(timeoutMs, expression, async () => {
      try {
        return await this.evaluate<T>(expression) || undefined;
      } catch (error) {
        // The page is just being replaced by the next one.
        if (/context was destroyed|Cannot find context/.test((error as Error).message)) return undefined;
        throw error;
      }
    });
  }

  /** Presses and releases keys, one after the other: `Tab`, `Enter`, `a`, … */
  async press(...keys: readonly KeyInput[]): Promise<void> {
    for (const key of keys) await this.puppeteer.keyboard.press(key);
  }

  /** The whole page as `NAME.png`; yields the file. */
  async screenshot(name: string): Promise<string> {
    await Deno.mkdir(this.screenshots, { recursive: true });
    const file = `${this.screenshots}/${name}.png`;
    await Deno.writeFile(file, await this.puppeteer.screenshot({ fullPage: true }));
    return file;
  }

  /** What axe-core finds fault with, e.g. `image-alt (critical): Images must have alternative text: #logo`. */
  async violations(): Promise<string[]> {
    // It waits by timers, which a page without JavaScript has not. What the page would have run, is long left out.
    await this.puppeteer.setJavaScriptEnabled(true);
    await this.evaluate(axe.source);
    const violations = await this.evaluate<string[]>(VIOLATIONS);
    await this.puppeteer.setJavaScriptEnabled(this.javaScript);
    return violations;
  }

  /** What a screen reader is told, a line for each node, indented: `heading "Services" level=1`. */
  async accessibility(): Promise<string> {
    const root = await this.puppeteer.accessibility.snapshot({ interestingOnly: false });
    return root === null ? "" : accessibleLines(root).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }

  #watch(): void {
    const page = this.puppeteer;
    page.on("console", (message) => {
      const text = message.text();
      // A request that failed is told as such.
      if (message.type() !== "error" || text.startsWith("Failed to load resource:")) return;
      this.troubles.push(`${text.includes("Content Security Policy") ? "csp" : "console"}: ${text}`);
    });
    page.on("pageerror", (error) => this.troubles.push(`console: ${error}`));
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("requestfailed", (request) => {
      this.troubles.push(`request: ${nameOf(request)}: ${request.failure()?.errorText}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) {
        this.troubles.push(`request: ${nameOf(response.request())}: ${response.status()}`);
      }
    });
    page.on("dialog", (dialog) => {
      this.troubles.push(`dialog: ${dialog.type()} ${dialog.message()}`);
      // It may have gone with its page.
      dialog.accept().catch(() => {});
    });
  }
}

function nameOf(request: HTTPRequest): string {
  return `${request.method()} ${request.url()}`;
}

/** They group, and say nothing. */
const SILENT_ROLES = ["none", "generic"];
const NOT_SAID = ["role", "name", "children", "backendNodeId", "loaderId", "url", "elementHandle"];

function accessibleLines(node: SerializedAXNode, parentName = "", indent = ""): string[] {
  const { role, name = "", children = [] } = node;
  if (role === "InlineTextBox" || role === "StaticText" && name === parentName) return [];
  const inner = (indent: string, name: string) =>
    children.flatMap((child) => accessibleLines(child, name, indent));
  if (SILENT_ROLES.includes(role)) return inner(indent, parentName);
  const states = Object.entries(node).filter(([key, value]) =>
    !NOT_SAID.includes(key) && value !== false && value !== undefined && typeof value !== "function"
  );
  const told = [
    role,
    ...name === "" ? [] : [JSON.stringify(name)],
    ...states.map((state) => state.join("=")),
  ];
  return [`${indent}${told.join(" ")}`, ...inner(`${indent}  `, name)];
}
