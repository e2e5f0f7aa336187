import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/settle.ts";
import { PATIENT, type SlackBench, withSlackHost } from "../support/slack/slack_bench.ts";
import type { Message } from "../support/slack/workspace.ts";

const LIMITS = { surface: { limits: PATIENT } };

/** Ann's post, and the turn that it started. */
async function running(bench: SlackBench, { isDirect = false } = {}) {
  const { slack, agent, channel } = bench;
  const ann = slack.person("ann");
  const asked = isDirect ? ann.direct("tell") : ann.post("tell", { channel, mention: true });
  return { asked, run: await agent.began("tell") };
}

/** Lets the time pass until a thread, or a direct conversation, shows this of the bot. */
async function shows({ slack, clock }: SlackBench, asked: Message, ...texts: string[]) {
  const thread = asked.channel.startsWith("D") ? undefined : asked.ts;
  const shown = () => slack.workspace.read(asked.channel, thread).slice(1).join("|");
  const wanted = texts.map((text) => `bot: ${text}`).join("|");
  await until(() => {
    clock.advance(100);
    return shown() === wanted;
  }, wanted);
}

/** The turn is over, and its message has its outcome. */
async function over({ surface, host }: SlackBench) {
  await until(() => surface.snapshot().tasks === 0 && host.queue.running === 0, "the end");
}

test("a stream that Slack ends by itself goes on in the same message, and nothing is said twice", () =>
  withSlackHost(async (bench) => {
    const { asked, run } = await running(bench);
    const { workspace, recorder } = bench.slack;
    run.turn.emit("One ");
    await shows(bench, asked, "One ");
    workspace.endStreams();
    run.turn.emit("two ");
    await shows(bench, asked, "One two ");
    run.turn.emit("three ");
    await shows(bench, asked, "One two three ");
    run.reply("One two three four");
    await over(bench);
    await shows(bench, asked, "One two three four");
    assert.equal(recorder.callsOf("chat.appendStream").length, 1);
  }, LIMITS));

test("a stream that has ended by itself when the reply comes is completed all the same", () =>
  withSlackHost(async (bench) => {
    const { asked, run } = await running(bench);
    run.turn.emit("One ");
    await shows(bench, asked, "One ");
    bench.slack.workspace.endStreams();
    run.reply("One two");
    await over(bench);
    await shows(bench, asked, "One two");
  }, LIMITS));

for (const method of ["chat.startStream", "chat.appendStream", "chat.stopStream"]) {
  test(`the answer to ${method} is lost: the reply arrives, and nothing is said twice`, () =>
    withSlackHost(async (bench) => {
      const { asked, run } = await running(bench);
      bench.slack.faults.next(method, { kind: "cut-after" });
      run.turn.emit("One ");
      await shows(bench, asked, "One ");
      if (method === "chat.appendStream") {
        run.turn.emit("two ");
        await shows(bench, asked, "One two ");
      }
      run.reply("One two three");
      await over(bench);
      await shows(bench, asked, "One two three");
      assert.ok(!bench.slack.workspace.thread(asked.channel, asked.ts).at(-1)?.isStreaming);
    }, LIMITS));
}

test("a stop that Slack never got is made once more, and the reply arrives", () =>
  withSlackHost(async (bench) => {
    const { asked, run } = await running(bench);
    run.turn.emit("One ");
    await shows(bench, asked, "One ");
    bench.slack.faults.next("chat.stopStream", { kind: "cut" });
    run.reply("One two");
    await over(bench);
    await shows(bench, asked, "One two");
  }, LIMITS));

for (const isDirect of [false, true]) {
  const where = isDirect ? "a direct conversation" : "a thread";
  test(`the answer to a reply's post in ${where} is lost: it is found, and not posted again`, () =>
    withSlackHost(async (bench) => {
      const { asked, run } = await running(bench, { isDirect });
      bench.slack.faults.next("chat.postMessage", { kind: "cut-after" });
      run.reply("**All** of it & [more](https://more.example)");
      await over(bench);
      await shows(bench, asked, "**All** of it & [more](https://more.example)");
    }, LIMITS));
}

test("a reply's post that Slack never got is not said again: the person is told that it failed", () =>
  withSlackHost(async (bench) => {
    const { asked, run } = await running(bench);
    bench.slack.faults.next("chat.postMessage", { kind: "cut" });
    run.reply("All of it");
    await over(bench);
    const [failure] = bench.failures();
    assert.match(String(failure?.error), /Cannot call chat.postMessage/);
    assert.match((await bench.replies(asked, 1)).join(), /^Sorry, that did not work/);
  }, LIMITS));

test("a reply whose turn fails ends as broken off, and not as if somebody had stopped it", () =>
  withSlackHost(async (bench) => {
    const { asked, run } = await running(bench);
    run.turn.emit("Half ");
    await shows(bench, asked, "Half ");
    run.fail(new Error("the agent is gone"));
    await over(bench);
    assert.equal(bench.failures().length, 1);
    const [note, sorry] = await bench.replies(asked, 2);
    assert.equal(note, "Half \n\n_Broken off._");
    assert.match(String(sorry), /^Sorry/);
  }, LIMITS));
