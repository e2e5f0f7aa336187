import type { HostOptions } from "@lanekeeper/host";
import { after } from "node:test";
import type { Browser } from "playwright-core";
import { ScriptedAgent, type ScriptedRun } from "../support/scripted_agent.ts";
import { startBrowser } from "./browser.ts";
import { type ChatPage, openPage, type OpenPageOptions } from "./chat_page.ts";
import { type Site, startSite } from "./site.ts";

/** What a test of the page works with: a server of its own, in this process. */
export interface PageBench {
  readonly site: Site;
  readonly agent: ScriptedAgent;
  /** Another client: a page in a browser context of its own. */
  open(options?: OpenPageOptions): Promise<ChatPage>;
  /** The turn of this text, which the page shows as running. */
  run(text: string): ScriptedRun;
}

/** Options of {@linkcode withPages}. */
export interface PageBenchOptions extends Partial<HostOptions> {
  /** What the browser may complain of, besides answers with a status of 400 to 499. */
  readonly allowed?: RegExp;
}

let browser: Promise<Browser> | undefined;

/** The browser of a test file: started by its first test, closed after its last. */
export function theBrowser(): Promise<Browser> {
  browser ??= startBrowser();
  return browser;
}

after(async () => {
  // One that did not start has failed the tests already.
  await (await browser?.catch(() => undefined))?.close();
});

/**
 * Runs a test with a server, whose agent's turns end when the test says so, and with pages in
 * Chromium. Fails it if a browser complained of anything: an uncaught error, a breach of the content
 * security policy, a request to anywhere else.
 */
export async function withPages(
  test: (bench: PageBench) => Promise<void>,
  { allowed, ...options }: PageBenchOptions = {},
): Promise<void> {
  const agent = new ScriptedAgent();
  const site = await startSite(agent, options);
  const pages: ChatPage[] = [];
  const open: PageBench["open"] = async (pageOptions) => {
    const page = await openPage(await theBrowser(), site.address, pageOptions);
    pages.push(page);
    return page;
  };
  const run: PageBench["run"] = (text) => {
    const found = agent.runs.find((one) => one.text === text && !one.isSettled);
    if (found === undefined) throw new Error(`No turn of "${text}" runs`);
    return found;
  };
  try {
    await test({ site, agent, open, run });
    for (const page of pages) page.assertNoTrouble(allowed);
  } catch (error) {
    throw pages[0] === undefined ? error : await pages[0].explain(error);
  } finally {
    for (const page of pages) await page.close();
    // What waits would each have its turn first, and nobody is there to end it.
    agent.deaf = false;
    for (const one of agent.runs) if (!one.isSettled) one.reply();
    const sessions = site.host.queue.snapshot().map(({ session }) => session);
    await Promise.all(sessions.map((session) => site.host.queue.end(session)));
    await site.stop();
  }
}
