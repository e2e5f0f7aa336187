import assert from "node:assert/strict";
import { test } from "node:test";
import { withPages } from "./page_bench.ts";

/** The browser's own line about the answer that tells of a failed turn. */
const FAILED_TURN = /^Failed to load resource: the server responded with a status of 500 /;

test("a message runs, its reply streams in, and its outcome is shown", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    await page.send("hello");
    await page.says("hello", /^running, \d+ s$/);
    assert.equal(await page.box.inputValue(), "");
    const { turn, reply } = run("hello");
    turn.emit("Good ");
    await page.says("hello", "Good");
    turn.emit("morning");
    await page.says("hello", "Good morning");
    await page.says("hello", /^running/);
    reply("Good morning.");
    await page.says("hello", "Good morning.");
    await page.says("hello", /^completed in \d/);
  }));

test("a text is shown as it was written, never as markup", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    const text = "<img src=x onerror=alert(1)> **bold** &amp;";
    await page.send(text);
    await page.says(text, /^running/);
    run(text).reply("<b id='injected'>reply</b>");
    await page.says(text, "<b id='injected'>reply</b>");
    assert.equal(await page.page.locator("#messages img, #injected").count(), 0);
  }));

test("a turn that fails says so, with the error", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    await page.send("hello");
    await page.says("hello", /^running/);
    run("hello").fail(new TypeError("no such tool"));
    await page.says("hello", "failed: TypeError: no such tool");
  }, { allowed: FAILED_TURN }));

test("by default a message that finds the session busy is refused, and can be sent with enqueue", () =>
  withPages(async ({ open, run, agent }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    await page.send("two");
    await page.says("two", /^rejected, busy/);
    assert.equal(agent.runs.length, 1);
    await page.message("two").getByRole("button", { name: "Send with enqueue" }).click();
    await page.says("two", "waiting, next in line");
    run("one").reply();
    await page.says("two", /^running/);
    run("two").reply();
    await page.says("two", "re: two");
  }));

test("with enqueue each message says its place in line, moves up, and has its own turn", () =>
  withPages(async ({ open, run, agent }) => {
    const page = await open();
    for (const text of ["one", "two", "three", "four"]) await page.send(text, "enqueue");
    await page.says("one", /^running/);
    await page.says("two", "waiting, next in line");
    await page.says("three", "waiting, 2nd in line");
    await page.says("four", "waiting, 3rd in line");
    run("one").reply();
    await page.says("two", /^running/);
    await page.says("three", "waiting, next in line");
    await page.says("four", "waiting, 2nd in line");
    run("two").reply();
    await page.says("three", /^running/);
    run("three").reply();
    await page.says("four", /^running/);
    run("four").reply();
    await page.says("four", /^completed/);
    assert.deepEqual(await page.texts(), ["one", "two", "three", "four"]);
    assert.deepEqual(agent.runs.map(({ text }) => text), ["one", "two", "three", "four"]);
  }));

test("with collect the messages that wait run in one turn, and say that they were merged", () =>
  withPages(async ({ open, run }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    await page.send("two", "collect");
    await page.says("two", /^waiting/);
    await page.send("three", "collect");
    await page.says("three", /^waiting/);
    run("one").reply();
    await page.says("two", /^running, \d+ s, 2 messages in one turn$/);
    await page.says("three", "running in the turn of “two”");
    run("two+three").reply("both");
    await page.says("two", /^completed/);
    await page.says("two", "both");
    await page.says("three", "merged into the turn of “two”");
  }));

test("with interrupt the running turn is cancelled, and the message runs once it has settled", () =>
  withPages(async ({ open, run, agent }) => {
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    await page.send("two", "interrupt");
    await page.says("one", /^superseded/);
    await page.says("two", /^running/);
    assert.equal(agent.overlaps, 0);
    run("two").reply();
    await page.says("two", "re: two");
  }));

test("with steer the message joins the turn that runs, and says so; with rollback that is replaced", () =>
  withPages(async ({ open, run, agent }) => {
    agent.onSteer = () => true;
    const page = await open();
    await page.send("one");
    await page.says("one", /^running/);
    await page.send("two", "steer");
    await page.says("one", /^running, \d+ s, 2 messages in one turn$/);
    await page.says("two", "running in the turn of “one”");
    await page.send("three", "rollback");
    await page.says("one", /^superseded/);
    await page.says("two", /^superseded/);
    await page.says("three", /^running/);
    assert.ok(agent.log.some((line) => line.startsWith("rollback ")), String(agent.log));
    run("three").reply();
    await page.says("three", "re: three");
  }));
