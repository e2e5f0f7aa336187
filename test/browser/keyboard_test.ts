import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatPage } from "./chat_page.ts";
import { withPages } from "./page_bench.ts";

/** Role and name of what has the focus, as a screen reader tells them. */
async function focused(page: ChatPage): Promise<string> {
  const [first = ""] = (await page.page.locator(":focus").ariaSnapshot()).split("\n");
  return first.replace(/^- /, "").replace(/:$/, "").replace(/ \[.*/, "");
}

/** Whether what has the focus shows it: by an outline or, as the message box, by its frame. */
function showsFocus(page: ChatPage): Promise<boolean> {
  return page.page.evaluate(() => {
    const element = document.activeElement;
    if (element === null) return false;
    const { width, height } = element.getBoundingClientRect();
    if (width < 8 || height < 8) return false;
    // A radio button lies unseen over its label.
    const face = element.matches("input") ? element.nextElementSibling ?? element : element;
    const { outlineStyle, outlineWidth } = getComputedStyle(face);
    if (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) return true;
    const frame = element.matches("textarea") ? element.closest("form") : null;
    return frame !== null && getComputedStyle(frame).boxShadow !== "none";
  });
}

test("Tab goes through everything in the order of the page, and the focus is always visible", () =>
  withPages(async ({ open }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    await page.send("two");
    await page.says("two", /^rejected/);
    await page.page.locator(".skip").focus();
    const names: string[] = [];
    for (let stop = 0; stop < 14; stop++) {
      names.push(await focused(page));
      assert.ok(await showsFocus(page), `the focus is not visible on ${names.at(-1)}`);
      await page.page.keyboard.press("Tab");
    }
    const id = await page.page.locator("#session-id").innerText();
    assert.deepEqual(names, [
      'link "Skip to the message box"',
      `button "Copy the session id ${id}"`,
      'button "End session"',
      'button "New session"',
      'log "Messages"',
      'button "Send again"',
      'button "Send with enqueue"',
      'textbox "Message"',
      'radio "reject"',
      'button "Stop"',
      'button "Choose how to stop"',
      'button "Send"',
      'radio "Lanes"',
      'button "Show the sessions"',
    ]);
  }));

test("Enter sends, Shift and Enter starts a new line, and Enter in an input method does not send", () =>
  withPages(async ({ open }) => {
    const page = await open();
    // The page is ready to be written to.
    assert.equal(await focused(page), 'textbox "Message"');
    const { keyboard } = page.page;
    await keyboard.press("Enter");
    await keyboard.type("one");
    await keyboard.press("Shift+Enter");
    await keyboard.type("two");
    await page.box.dispatchEvent("keydown", { key: "Enter", isComposing: true });
    assert.equal(await page.box.inputValue(), "one\ntwo");
    await keyboard.press("Enter");
    await page.says("one\ntwo", /^running/);
    assert.deepEqual(await page.texts(), ["one\ntwo"]);
    assert.equal(await focused(page), 'textbox "Message"');
  }));

test("a busy policy is chosen with the arrow keys", () =>
  withPages(async ({ open }) => {
    const page = await open();
    const { keyboard } = page.page;
    await page.send("one");
    await page.says("one", /^running/);
    await keyboard.press("Tab");
    await keyboard.press("ArrowRight");
    assert.equal(await focused(page), 'radio "enqueue"');
    await keyboard.press("Shift+Tab");
    await keyboard.type("two");
    await keyboard.press("Enter");
    await page.says("two", /^waiting/);
  }));

test("the menu of Stop opens, closes with Escape, and stops, all with the keyboard", () =>
  withPages(async ({ open, agent }) => {
    const page = await open();
    const { keyboard } = page.page;
    const menu = page.page.locator("#stop-menu");
    const isOpen = (open: boolean) =>
      page.seen(page.page.locator(`#stop-more[aria-expanded="${open}"]`));
    await page.send("one");
    await page.says("one", /^running/);
    for (let stop = 0; stop < 3; stop++) await keyboard.press("Tab");
    await keyboard.press("Enter");
    await page.seen(menu.locator(":focus"));
    await isOpen(true);
    assert.equal(await focused(page), 'radio "graceful it may finish its step"');
    await keyboard.press("Escape");
    await page.gone(menu);
    await isOpen(false);
    assert.equal(await focused(page), 'button "Choose how to stop"');
    await keyboard.press("Enter");
    await page.seen(menu.locator(":focus"));
    await keyboard.press("ArrowDown");
    assert.equal(await focused(page), 'radio "immediate it is cut off"');
    for (let stop = 0; stop < 2; stop++) await keyboard.press("Tab");
    assert.equal(await focused(page), 'button "Stop"');
    await keyboard.press("Enter");
    await page.says("one", /^cancelled/);
    assert.equal(agent.running, 0);
    // Stop is gone with the turn: the focus is not lost with it.
    await page.seen(page.page.locator("#message:focus"));
  }));

test("Sending again with the keyboard leaves the focus where one can go on", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    await page.send("two");
    await page.says("two", /^rejected/);
    run("one").reply();
    await page.says("one", /^completed/);
    await page.page.getByRole("button", { name: "Send again" }).focus();
    await page.page.keyboard.press("Enter");
    await page.seen(page.page.locator("#messages").getByText(/^running/));
    assert.equal(await focused(page), 'button "Send again"');
  }));
