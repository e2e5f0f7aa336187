import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatPage } from "./chat_page.ts";
import { contrastFindings } from "./contrast.ts";
import { withPages } from "./page_bench.ts";

/** What Chromium tells a screen reader of a part of the page: role and name, a line each. */
async function tree(page: ChatPage, selector: string): Promise<string[]> {
  const snapshot = await page.page.locator(selector).ariaSnapshot();
  return snapshot.split("\n").map((line) => line.trim());
}

const WITH_NAMES =
  /^- (button|link|radio|textbox|checkbox|combobox|group|region|log|table|dialog|columnheader|rowheader|img)\b/;

/** What has a role that needs a name, and has none. */
function nameless(lines: readonly string[]): string[] {
  return lines.filter((line) => WITH_NAMES.test(line) && !/^- \w+ "[^"]+"/.test(line));
}

test("everything that one can act on or go to has a name", () =>
  withPages(async ({ open }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    await page.send("two");
    await page.says("two", /^rejected/);
    const lines = await tree(page, "body");
    assert.deepEqual(nameless(lines), []);
    for (
      const line of [
        "- banner:",
        "- main:",
        '- heading "lanekeeper" [level=1]',
        '- region "Chat":',
        '- log "Messages":',
        '- textbox "Message":',
        '- group "When busy":',
        '- radio "reject" [checked]',
        '- region "Sessions":',
        '- button "Show the sessions" [expanded]',
        '- table "Sessions, newest outcome first":',
        '- list "Legend":',
      ]
    ) assert.ok(lines.includes(line), `${line} is not among\n${lines.join("\n")}`);
    await page.button("Choose how to stop").click();
    const menu = await tree(page, "#stop-menu");
    assert.deepEqual(nameless(menu), []);
    assert.ok(menu.includes('- group "Waiting messages":'), menu.join("\n"));
    await page.page.keyboard.press("Escape");
    await page.button("End session").click();
    const [dialog = ""] = await tree(page, "dialog");
    assert.match(dialog, /^- dialog "This session has messages without an outcome/);
  }));

test("the whole reply is said to a screen reader once it is there, its pieces are not", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    const said = page.page.locator("#announce[aria-live='polite']");
    // The event stream tells of the outcome before the answer brings the reply.
    let release = () => {};
    const held = new Promise<void>((resolve) => release = resolve);
    await page.page.route("**/api/chat", async (route) => {
      const response = await route.fetch();
      await held;
      await route.fulfill({ response });
    });
    await page.send("one");
    await page.says("one", /^running/);
    run("one").turn.emit("Well, ");
    await page.says("one", "Well,");
    run("one").reply("Well, yes.");
    await page.says("one", /^completed/);
    assert.equal(await said.textContent(), "");
    release();
    await said.getByText("Agent: Well, yes.").waitFor({ state: "attached" });
  }));

test("an outcome without a reply is said to a screen reader", () =>
  withPages(async ({ open }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    await page.send("two");
    await page.page.locator("#announce").getByText("Message “two”: rejected, busy")
      .waitFor({ state: "attached" });
  }));

for (const theme of ["light", "dark"] as const) {
  test(`every text has a contrast of 4.5 to 1 or more in the ${theme} theme`, () =>
    withPages(async ({ open, run }) => {
      const page = await open({ theme });
      await page.send("failing");
      await page.says("failing", /^running/);
      await page.send("refused");
      await page.says("refused", /^rejected/);
      await page.send("next", "enqueue");
      await page.says("next", /^waiting/);
      run("failing").fail(new Error("no"));
      await page.says("next", /^running/);
      await page.send("later", "enqueue");
      await page.says("later", /^waiting/);
      await page.button("Stop").click();
      await page.seen(page.page.getByRole("status").getByText(/^Stopp/));
      assert.deepEqual(await contrastFindings(page.page), []);
      await page.radio("Table").check();
      await page.seen(page.page.getByRole("columnheader", { name: "Session" }));
      assert.deepEqual(await contrastFindings(page.page), []);
    }, { allowed: /status of 500 / }));
}
