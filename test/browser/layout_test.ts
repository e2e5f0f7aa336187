import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatPage } from "./chat_page.ts";
import { withPages } from "./page_bench.ts";

/** Where the layout has an edge, and what is on either side of it. */
const WIDTHS = [360, 390, 768, 1019, 1020, 1100, 1280, 1440, 1920];

/** What is wider than the window, and what stands out of it at the sides. */
function overflow(page: ChatPage): Promise<string[]> {
  return page.page.evaluate(() => {
    const found: string[] = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} px wide`);
    for (const part of document.querySelectorAll("body, #log, #composer, #picture")) {
      if (part.scrollWidth > part.clientWidth) found.push(`${part.id || "body"} is too wide`);
    }
    for (const control of document.querySelectorAll("button, textarea, input, .said, .reply")) {
      if (!control.checkVisibility({ visibilityProperty: true })) continue;
      const { left, right } = control.getBoundingClientRect();
      if (left < 0 || right > clientWidth) found.push(`${control.outerHTML} is cut off`);
    }
    return found;
  });
}

/** Controls that lie on each other. */
function covered(page: ChatPage): Promise<string[]> {
  return page.page.evaluate(() => {
    const controls = [...document.querySelectorAll("button, textarea, label:has(input)")]
      .filter((control) => control.checkVisibility({ visibilityProperty: true }))
      .filter((control) => control.closest("[popover], dialog, #messages") === null);
    const name = (control: Element) => control.textContent?.trim() || control.id;
    const found: string[] = [];
    for (const [index, one] of controls.entries()) {
      const a = one.getBoundingClientRect();
      if (a.width <= 1) continue;
      for (const other of controls.slice(index + 1)) {
        const b = other.getBoundingClientRect();
        if (b.width <= 1 || one.contains(other)) continue;
        // What two buttons share is at most the width of a border.
        const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (x > 1 && y > 1) found.push(`${name(one)} and ${name(other)}`);
      }
    }
    return found;
  });
}

test("at no width does the page overflow to the side or a control cover another", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    const word = "x".repeat(300);
    await page.send(word);
    await page.says(word, /^running/);
    run(word).turn.emit("y".repeat(300));
    await page.says(word, /y{300}/);
    await page.send("refused");
    await page.says("refused", /^rejected/);
    for (let count = 0; count < 8; count++) await page.send(`waits ${count}`, "enqueue");
    await page.says("waits 7", "waiting, 8th in line");
    await page.seen(page.button("Stop"));
    for (const view of ["Lanes", "Table"]) {
      for (const width of WIDTHS) {
        await page.page.setViewportSize({ width, height: 800 });
        if (view === "Table" && width === WIDTHS[0]) await page.radio(view).check();
        assert.deepEqual(await overflow(page), [], `${view} at ${width} px`);
        assert.deepEqual(await covered(page), [], `${view} at ${width} px`);
      }
    }
  }));

for (const width of [360, 1440]) {
  test(`at ${width} px everything that a turn needs is in sight`, () =>
    withPages(async ({ open, run }) => {
      const page = await open({ width, height: width < 1020 ? 640 : 900 });
      assert.deepEqual(await overflow(page), []);
      await page.send("one");
      await page.says("one", /^running/);
      assert.deepEqual(await overflow(page), []);
      for (
        const part of [page.box, page.button("Send"), page.button("Stop"), page.message("one")]
      ) {
        const box = await part.boundingBox();
        const { width = 0, height = 0 } = page.page.viewportSize() ?? {};
        assert.ok(box !== null && box.width > 0, "a part is not shown");
        assert.ok(box.x >= 0 && box.x + box.width <= width, `a part lies at ${box.x}`);
        assert.ok(box.y >= 0 && box.y + box.height <= height, `a part lies at ${box.y}`);
      }
      await page.seen(page.page.locator("#own-lane .bar[data-state='running']"));
      run("one").reply();
      await page.says("one", "re: one");
    }));
}

test("on a phone the buttons are large enough for a finger", () =>
  withPages(async ({ open }) => {
    const page = await open({ width: 390, height: 844 });
    await page.send("one");
    await page.says("one", /^running/);
    const small = await page.page.evaluate(() =>
      [...document.querySelectorAll("main button, main label:has(input), header button")]
        .filter((control) => control.checkVisibility({ visibilityProperty: true }))
        .filter((control) => control.closest("#messages, [popover]") === null)
        .map((control) => ({
          name: control.textContent?.trim(),
          box: control.getBoundingClientRect(),
        }))
        .filter(({ box }) => box.height < 24 || box.width < 24)
        .map(({ name, box }) => `${name}: ${box.width} x ${box.height}`)
    );
    assert.deepEqual(small, []);
  }));

test("the log follows what is new, unless the reader has scrolled up", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    const { turn } = run("one");
    turn.emit("line\n".repeat(100));
    turn.emit("the end");
    await page.says("one", /the end/);
    const atEnd = (wanted: boolean) =>
      page.page.waitForFunction((expected) => {
        const log = document.querySelector("#log");
        if (log === null) return false;
        return (log.scrollHeight - log.clientHeight - log.scrollTop < 4) === expected;
      }, wanted);
    await atEnd(true);
    await page.page.getByRole("log").evaluate((log) => log.scrollTo(0, 0));
    await page.seen(page.button("Latest"));
    turn.emit("\nand more");
    await page.says("one", /and more/);
    const afterTwoFrames = await page.page.getByRole("log").evaluate((log) =>
      new Promise((resolve) =>
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(log.scrollTop)))
      )
    );
    assert.equal(afterTwoFrames, 0);
    await page.button("Latest").click();
    await atEnd(true);
    await page.gone(page.button("Latest"));
  }));
