import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/settle.ts";
import { PATIENT, type SlackBench, withSlackHost } from "../support/slack/slack_bench.ts";
import type { Message } from "../support/slack/workspace.ts";

/** Ann's first message of a thread, and the turn that it started. */
async function running(bench: SlackBench, text: string) {
  const { slack, agent, channel } = bench;
  const root = slack.person("ann").post(text, { channel, mention: true });
  return { root, run: await agent.began(text) };
}

/** One more message of Ann's in the thread. */
function say({ slack, channel }: SlackBench, thread: Message, text: string): Message {
  return slack.person("ann").post(text, { channel, thread });
}

test("the late reply of an interrupted turn is not posted, and the new turn waits for its end (late-reply)", () =>
  withSlackHost(async (bench) => {
    const { agent, slack, channel } = bench;
    agent.deaf = true;
    const { root, run } = await running(bench, "first");
    run.turn.emit("I begin with ");
    await until(() => bench.clock.pending > 0);
    say(bench, root, "interrupt: rather this");
    await until(() => run.turn.signal.aborted);
    assert.equal(agent.running, 1, "the old turn goes on, so the new one has not begun");
    bench.clock.advance(2_000); // What it had said before would be shown by now.
    run.reply("I begin with too late");
    (await agent.began("rather this")).reply();
    await until(() => bench.surface.snapshot().tasks === 0);
    const said = slack.workspace.read(channel.id, root.ts).join("\n");
    assert.match(said, /re: rather this/);
    assert.doesNotMatch(said, /I begin|too late/);
    assert.equal(agent.overlaps, 0);
  }));

test("stop ends the turn that runs and what waits, and a message after it runs", () =>
  withSlackHost(async (bench) => {
    const { agent } = bench;
    const { root, run } = await running(bench, "first");
    say(bench, root, "second");
    await until(() => bench.host.queue.waiting === 1);
    say(bench, root, "stop");
    await until(() => run.isSettled);
    say(bench, root, "third");
    (await agent.began("third")).reply();
    await until(() => bench.surface.snapshot().tasks === 0);
    assert.deepEqual(agent.runs.map(({ text }) => text), ["first", "third"]);
    const said = await bench.replies(root, 2);
    assert.deepEqual(said.toSorted(), [
      "Stopped. Taken back, too: 1 message that waited.",
      "re: third",
    ]);
  }));

test("new begins another session in the same thread, and the old one comes to nothing", () =>
  withSlackHost(async (bench) => {
    const { agent } = bench;
    const { root, run } = await running(bench, "first");
    say(bench, root, "new");
    await until(() => {
      bench.clock.advance(0);
      return run.isSettled;
    });
    say(bench, root, "again");
    (await agent.began("again")).reply();
    await until(() => bench.surface.snapshot().tasks === 0);
    const [first, again] = agent.runs.map(({ session }) => session);
    assert.notEqual(first, again);
    assert.ok(bench.host.queue.isEnded(first as string));
    const said = await bench.replies(root, 2);
    assert.deepEqual(said.toSorted(), ["A new conversation begins here.", "re: again"]);
  }));

test("a reply that grows is shown while it does, and in the end it is whole and said once", () =>
  withSlackHost(async (bench) => {
    const { clock, channel, slack } = bench;
    const { root, run } = await running(bench, "tell");
    const last = () => slack.workspace.thread(channel.id, root.ts).at(-1);
    for (const [piece, shown] of [["Once ", "Once "], ["upon a ", "Once upon a "]] as const) {
      run.turn.emit(piece);
      await until(() => {
        clock.advance(100);
        return last()?.text === shown;
      }, shown);
      assert.ok(last()?.isStreaming);
    }
    run.reply("Once upon a time");
    await until(() => last()?.isStreaming === false);
    assert.deepEqual(await bench.replies(root, 1), ["Once upon a time"]);
  }, { surface: { limits: PATIENT } }));

test("two threads have two sessions, and one that is stuck holds up no other (NO_CROSS_SESSION_HOL)", () =>
  withSlackHost(async (bench) => {
    const { run: stuck, root } = await running(bench, "stuck");
    const { run, root: other } = await running(bench, "quick");
    run.reply();
    assert.deepEqual(await bench.replies(other, 1), ["re: quick"]);
    assert.ok(!stuck.isSettled);
    stuck.reply();
    assert.deepEqual(await bench.replies(root, 1), ["re: stuck"]);
    assert.equal(new Set(bench.agent.runs.map(({ session }) => session)).size, 2);
  }));
