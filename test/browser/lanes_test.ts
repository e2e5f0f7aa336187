import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatPage } from "./chat_page.ts";
import { withPages } from "./page_bench.ts";

/** The cells of the client's own session in the table, as soon as they are these. */
async function rowIs(page: ChatPage, ...cells: (string | RegExp)[]): Promise<void> {
  let row = page.ownRow;
  for (const [index, text] of cells.entries()) {
    const cell = page.page.locator(`td:nth-child(${index + 2})`).getByText(text, { exact: true });
    row = row.filter({ has: cell });
  }
  await row.waitFor({ state: "attached" });
}

/** A bar of the client's own lane. */
function bar(page: ChatPage, state: string) {
  return page.page.locator(`#own-lane .bar[data-state="${state}"]`);
}

test("a lane shows who runs, who waits and how each message ended; the table says the same", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    const chips = page.page.locator("#own-lane .chip");
    for (const text of ["one", "two", "three"]) await page.send(text, "enqueue");
    await page.says("three", "waiting, 2nd in line");
    await page.seen(bar(page, "running"));
    assert.deepEqual(await chips.allTextContents(), ["1", "2"]);
    const owner = run("one").turn.id.slice(-6);
    assert.equal(await page.page.locator("#own-lane .owner").innerText(), owner);
    const generation = await page.page.locator("#own-lane .guard").innerText();
    await rowIs(page, "running", `guard ${generation}, owner ${owner}`, "2 messages", "none");

    run("one").reply();
    await page.says("two", /^running/);
    await page.seen(bar(page, "completed"));
    run("two").fail(new Error("no"));
    await page.says("three", /^running/);
    await page.seen(bar(page, "failed").locator(".mark"));
    await page.gone(chips);
    await page.button("Stop").click();
    await page.seen(bar(page, "stopping"));
    await page.button("Stop now").click();
    await page.seen(bar(page, "cancelled").locator(".mark"));
    await page.gone(bar(page, "stopping"));
    await rowIs(page, "idle", "none", "none", "cancelled, failed, completed");
  }, { allowed: /status of 500 / }));

test("the lanes of other sessions come, change and go with them", () =>
  withPages(async ({ open, run, site }) => {
    const page = await open();
    await page.seen(page.page.getByText("Other sessions get their lanes here"));
    await site.call("another", "POST", "/api/session", {});
    const lane = page.page.locator("#other-lanes .label");
    await page.seen(lane.getByText("idle"));
    const answer = site.call("another", "POST", "/api/chat", { message: "one" });
    await page.seen(page.page.locator("#other-lanes .bar[data-state='running']"));
    run("one").reply();
    assert.equal((await answer).status, 200);
    await page.seen(page.page.locator("#other-lanes .bar[data-state='completed']"));
    await site.call("another", "DELETE", "/api/session");
    await page.seen(page.page.locator("#other-lanes .label[data-state='ended']"));
    await page.seen(page.page.locator("#lanes-count").getByText("1 session"));
  }));

test("the present stays where it is: a turn that runs grows, one that ended moves to the left", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    run("one").reply();
    await page.seen(bar(page, "completed"));
    const left = () => bar(page, "completed").evaluate((node) => node.getBoundingClientRect().left);
    const before = await left();
    // Polled by the browser itself, once a frame.
    await page.page.waitForFunction(
      (start) => {
        const node = document.querySelector("#own-lane .bar");
        return node !== null && node.getBoundingClientRect().left < start - 2;
      },
      before,
      { polling: "raf" },
    );
    await page.send("two");
    await page.says("two", /^running/);
    const { clip, right } = await bar(page, "running").evaluate((node) => ({
      clip: node.closest(".clip")?.getBoundingClientRect().right ?? NaN,
      right: node.getBoundingClientRect().right,
    }));
    assert.ok(right > clip, `a running bar that ends at ${right} does not reach ${clip}`);
  }));

test("of many that wait, the lane shows the first ones and counts the rest", () =>
  withPages(async ({ open }) => {
    const page = await open();
    const texts = ["one", "two", "three", "four", "five", "six", "seven"];
    for (const text of texts) await page.send(text, "enqueue");
    await page.says("seven", "waiting, 6th in line");
    await page.seen(page.page.locator("#own-lane .more").getByText("+2"));
    assert.deepEqual(
      await page.page.locator("#own-lane .chip").allTextContents(),
      ["1", "2", "3", "4"],
    );
  }));

test("a bar under the pointer says what it stands for, and a click shows its message", () =>
  withPages(async ({ open }) => {
    const page = await open();
    for (const text of ["one", "two"]) await page.send(text, "enqueue");
    await page.says("two", /^waiting/);
    await page.page.locator("#own-lane .chip").hover();
    await page.seen(page.page.locator("#tip").getByText("waiting, number 1 in your session"));
    await page.seen(page.page.locator("#tip").getByText("two"));
    await page.page.locator("#own-lane .chip").click();
    await page.seen(page.page.locator("li.revealed", { hasText: "two" }));
  }));

test("Table shows the table in place of the lanes, and the panel folds away", () =>
  withPages(async ({ open }) => {
    const page = await open();
    const picture = page.page.locator("#picture");
    await page.seen(picture);
    await page.radio("Table").check();
    await page.gone(picture);
    await page.seen(page.page.getByRole("columnheader", { name: "Last outcomes" }));
    await page.radio("Lanes").check();
    await page.seen(picture);
    const fold = page.button("Show the sessions");
    await fold.click();
    await page.gone(picture);
    assert.equal(await fold.getAttribute("aria-expanded"), "false");
    await fold.click();
    await page.seen(picture);
  }));
