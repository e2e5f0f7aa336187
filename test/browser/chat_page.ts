import assert from "node:assert/strict";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";

/** Rather an error than a test that never ends. */
const LIMIT_MS = 20_000;

/** Options of {@linkcode openPage}. */
export interface OpenPageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
  /** Device pixels for each of CSS. Default 1. */
  readonly scale?: number;
}

/** The page in a browser context of its own, and so as a client of its own; waits until it is live. */
export async function openPage(
  browser: Browser,
  address: string,
  options: OpenPageOptions = {},
): Promise<ChatPage> {
  const { width = 1280, height = 800, theme = "light", scale = 1 } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    deviceScaleFactor: scale,
  });
  context.setDefaultTimeout(LIMIT_MS);
  const chat = new ChatPage(context, await context.newPage(), address);
  await chat.load();
  return chat;
}

/** The page as a person meets it: everything is found by what it says and what it is. */
export class ChatPage {
  readonly page: Page;
  /** What the browser complained of, and requests to anywhere else. */
  readonly troubles: string[] = [];
  readonly #context: BrowserContext;
  readonly #address: string;

  constructor(context: BrowserContext, page: Page, address: string) {
    this.page = page;
    this.#context = context;
    this.#address = address;
    page.on("pageerror", (error) => this.troubles.push(`uncaught: ${error.message}`));
    // What the content security policy forbids is told here, too.
    page.on("console", (line) => {
      if (["error", "warning"].includes(line.type())) this.troubles.push(line.text());
    });
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${address}/`) && !url.startsWith("data:")) {
        this.troubles.push(`request to ${url}`);
      }
    });
  }

  async load(): Promise<void> {
    await this.page.goto(this.#address);
    await this.live();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.live();
  }

  /** Another tab of the same client. */
  async tab(): Promise<ChatPage> {
    const tab = new ChatPage(this.#context, await this.#context.newPage(), this.#address);
    await tab.load();
    return tab;
  }

  /** All that the event stream brings from now on, as it comes over the wire. */
  async wiretap(): Promise<readonly string[]> {
    const session = await this.#context.newCDPSession(this.page);
    const heard: string[] = [];
    session.on("Network.eventSourceMessageReceived", ({ data }) => heard.push(data));
    await session.send("Network.enable");
    return heard;
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  /** Waits until the page has its session and the event stream. */
  async live(): Promise<void> {
    await this.seen(this.page.locator("#link").getByText("live", { exact: true }));
    await this.seen(this.button("Send").and(this.page.locator(":enabled")));
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: typeof name === "string" });
  }

  radio(name: string): Locator {
    return this.page.getByRole("radio", { name });
  }

  get box(): Locator {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  /** Writes a message and sends it with Enter. */
  async send(text: string, policy?: string): Promise<void> {
    if (policy !== undefined) await this.radio(policy).check();
    await this.box.fill(text);
    await this.box.press("Enter");
  }

  /** Opens the menu of Stop, makes a choice and confirms it. */
  async stopWith(...choices: string[]): Promise<void> {
    await this.button("Choose how to stop").click();
    const menu = this.page.locator("#stop-menu");
    for (const choice of choices) await menu.getByRole("radio", { name: choice }).check();
    await menu.getByRole("button", { name: "Stop" }).click();
  }

  /** The message of this text, whatever became of it. */
  message(text: string): Locator {
    const said = this.page.locator(".said").getByText(text, { exact: true });
    return this.page.getByRole("log").getByRole("listitem").filter({ has: said });
  }

  /** Waits until the message of this text says `words` of itself or of its reply. */
  async says(text: string, words: string | RegExp): Promise<void> {
    await this.seen(this.message(text).getByText(words));
  }

  async seen(locator: Locator): Promise<void> {
    await locator.waitFor({ state: "visible" });
  }

  async gone(locator: Locator): Promise<void> {
    await locator.waitFor({ state: "hidden" });
  }

  /** The texts of the messages, in the order in which the page shows them. */
  async texts(): Promise<string[]> {
    return await this.page.locator(".said").allTextContents();
  }

  /** The row of the client's own session in the table, which is there for all that do not see. */
  get ownRow(): Locator {
    return this.page.getByRole("row", { name: "(yours)" });
  }

  /** The error of a test, with what the page showed then. */
  async explain(error: unknown): Promise<Error> {
    const shown = await this.page.locator("body").ariaSnapshot().catch((why) => String(why));
    const text = `The page showed:\n${shown}\n${this.troubles.join("\n")}`;
    return new Error(`${error instanceof Error ? error.message : error}\n${text}`, {
      cause: error,
    });
  }

  /** @throws if the browser complained of anything but an answer with a status of 400 to 499. */
  assertNoTrouble(allowed: RegExp = /^$/): void {
    const refused = /^Failed to load resource: the server responded with a status of 4\d\d/;
    const left = this.troubles.filter((line) => !refused.test(line) && !allowed.test(line));
    assert.deepEqual(left, [], "the browser complained");
  }
}
