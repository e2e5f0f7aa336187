import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatPage } from "./chat_page.ts";
import { withPages } from "./page_bench.ts";

/** What the page calls its session. */
async function sessionId(page: ChatPage): Promise<string> {
  return await page.page.locator("#session-id").innerText();
}

/** Waits until the page shows another session than this. */
async function otherThan(page: ChatPage, id: string): Promise<void> {
  await page.gone(page.page.locator("#session-id").getByText(id, { exact: true }));
  await page.live();
}

test("New session ends the one before and starts an empty one", () =>
  withPages(async ({ open, run, site, agent }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    run("one").reply();
    await page.says("one", /^completed/);
    const before = await sessionId(page);
    await page.button("New session").click();
    await otherThan(page, before);
    await page.gone(page.message("one"));
    await page.seen(page.page.getByText("One turn at a time"));
    assert.equal(site.host.queue.size, 1);
    assert.equal(agent.handles.length, 1);
    await page.send("two");
    await page.says("two", /^running/);
    assert.notEqual(run("two").session, before);
  }));

test("New session asks first while messages have no outcome; Escape keeps the session", () =>
  withPages(async ({ open }) => {
    const page = await open();
    for (const text of ["one", "two"]) await page.send(text, "enqueue");
    await page.says("two", /^waiting/);
    const before = await sessionId(page);
    const dialog = page.page.getByRole("dialog");
    await page.button("New session").click();
    await page.seen(dialog.getByText("what waits is cancelled"));
    await page.page.keyboard.press("Escape");
    await page.gone(dialog);
    assert.equal(await sessionId(page), before);
    await page.button("End session").click();
    await dialog.getByRole("button", { name: "Keep it" }).click();
    await page.gone(dialog);
    await page.says("two", /^waiting/);
    await page.button("New session").click();
    await dialog.getByRole("button", { name: "End session" }).click();
    await otherThan(page, before);
    await page.seen(page.page.locator("#other-lanes .point[data-state='cancelled'] .mark"));
    assert.deepEqual(await page.texts(), []);
  }));

test("End session leaves none, and one can be started again", () =>
  withPages(async ({ open, site }) => {
    const page = await open();
    await page.button("End session").click();
    await page.seen(page.page.getByText("There is no session now"));
    assert.equal(await sessionId(page), "no session");
    assert.equal(site.host.queue.size, 0);
    assert.ok(await page.button("Send").isDisabled());
    await page.button("Start a session").click();
    await page.live();
    await page.send("one");
    await page.says("one", /^running/);
  }));

test("a session that its host ended is replaced, and what was written stays to be read", () =>
  withPages(async ({ open, run, site }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    const { session } = run("one");
    const before = await sessionId(page);
    run("one").reply();
    await page.says("one", "re: one");
    await site.host.queue.end(session);
    await otherThan(page, before);
    await page.seen(page.page.getByRole("log").getByText(`Could not resume session ${before}`));
    await page.says("one", "re: one");
    await page.send("two");
    await page.says("two", /^running/);
  }));

test("two clients have a session each, see both lanes, and nothing of each other's texts", () =>
  withPages(async ({ open, run }) => {
    const [one, two] = [await open(), await open()];
    const [oneHeard, twoHeard] = [await one.wiretap(), await two.wiretap()];
    await one.send("zebra");
    await one.says("zebra", /^running/);
    await two.send("giraffe");
    await two.says("giraffe", /^running/);
    await two.send("giraffe, too", "enqueue");
    await two.says("giraffe, too", /^waiting/);
    run("zebra").turn.emit("Zebras");
    await one.says("zebra", "Zebras");
    for (const page of [one, two]) {
      await page.seen(page.page.locator("#own-lane .bar[data-state='running']"));
      await page.seen(page.page.locator("#other-lanes .bar[data-state='running']"));
      await page.seen(page.page.locator("#lanes-busy").getByText("2 running, 1 waiting"));
    }
    await one.seen(one.page.locator("#other-lanes .chip"));
    run("zebra").reply("Zebras have stripes.");
    run("giraffe").reply("Giraffes have spots.");
    await two.says("giraffe, too", /^running/);
    await one.says("zebra", "Zebras have stripes.");
    assert.match(oneHeard.join("\n"), /zebra/);
    assert.match(twoHeard.join("\n"), /giraffe/);
    assert.doesNotMatch(oneHeard.join("\n"), /giraffe/i);
    assert.doesNotMatch(twoHeard.join("\n"), /zebra/i);
    for (const [page, foreign] of [[one, /giraffe/i], [two, /zebra/i]] as const) {
      // All that there is, also what is not shown.
      const html = await page.page.evaluate(() => document.documentElement.outerHTML);
      assert.doesNotMatch(html, foreign);
    }
  }));

test("a second tab of the same client has the same session and shows what the first one sends", () =>
  withPages(async ({ open, run, site }) => {
    const page = await open();
    const tab = await page.tab();
    await page.send("one");
    await tab.says("one", /^running/);
    run("one").turn.emit("streamed");
    await tab.says("one", "streamed");
    run("one").reply("streamed to both");
    await tab.says("one", /^completed/);
    assert.equal(await sessionId(tab), await sessionId(page));
    assert.equal(site.host.queue.size, 1);
    tab.assertNoTrouble();
  }));

test("The page says which agent answers, and suggests the words of echo to nobody else", () =>
  withPages(async ({ open, agent }) => {
    const page = await open();
    await page.seen(page.page.locator("#where").getByText(new RegExp(`^${agent.name} · `)));
    await page.seen(page.page.getByText("One turn at a time"));
    assert.equal(await page.page.locator("#suggestions").isVisible(), false);
  }));
