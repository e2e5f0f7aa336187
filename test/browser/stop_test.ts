import assert from "node:assert/strict";
import { test } from "node:test";
import { withPages } from "./page_bench.ts";

test("Stop asks the turn to stop, and a second press cuts it off", () =>
  withPages(async ({ open, agent }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    await page.button("Stop").click();
    await page.says("one", /^stopping/);
    const levels = () => agent.log.filter((line) => line.startsWith("cancel"));
    assert.deepEqual(levels().map((line) => line.split(": ")[1]), ["graceful"]);
    assert.equal(agent.running, 1);
    await page.button("Stop now").click();
    await page.says("one", /^cancelled/);
    assert.deepEqual(levels().map((line) => line.split(": ")[1]), ["graceful", "immediate"]);
    assert.equal(agent.running, 0);
  }));

test("a turn that was asked to stop may finish, and its reply arrives", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    await page.button("Stop").click();
    await page.says("one", /^stopping/);
    run("one").reply("so far");
    await page.says("one", "so far");
    await page.seen(page.page.getByRole("status").getByText("Stopped: the turn settled"));
  }));

test("Stop keeps what waits, unless it is told to discard it", () =>
  withPages(async ({ open }) => {
    const page = await open();
    for (const text of ["one", "two", "three"]) await page.send(text, "enqueue");
    await page.says("three", "waiting, 2nd in line");
    await page.stopWith("immediate");
    await page.says("one", /^cancelled/);
    await page.says("two", /^running/);
    await page.says("three", "waiting, next in line");
    await page.stopWith("immediate", "discard");
    await page.says("two", /^cancelled/);
    await page.says("three", /^cancelled/);
    await page.seen(page.page.getByText("Stopped: the turn settled; 1 waiting message discarded"));
  }));

test("a turn that ignores its cancel is abandoned and keeps the session busy until it settles", () =>
  withPages(async ({ open, run, agent }) => {
    agent.deaf = true;
    const page = await open();
    await page.send("deaf");
    await page.says("deaf", /^running/);
    await page.stopWith("immediate");
    await page.says("deaf", /^abandoned/);
    await page.seen(page.page.locator("#own-lane .bar.early[data-state='abandoned'] .mark"));
    await page.send("two", "enqueue");
    await page.says("two", /^waiting/);
    agent.deaf = false;
    run("deaf").reply("too late");
    await page.says("two", /^running/);
    await page.gone(page.page.getByText("too late"));
  }, { abandonAfterMs: 50 }));

test("Stop is there while there is something to stop, and only then", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    await page.gone(page.button("Stop"));
    await page.send("one");
    await page.seen(page.button("Stop"));
    await page.says("one", /^running/);
    run("one").reply();
    await page.gone(page.button("Stop"));
  }));
