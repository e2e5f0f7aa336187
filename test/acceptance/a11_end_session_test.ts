import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionEndedError, SessionQueue } from "@lanekeeper/session-queue";
import { FakeClock } from "../support/fake_clock.ts";
import { type HostBench, withHost } from "../support/host_bench.ts";
import type { ScriptedRun } from "../support/scripted_agent.ts";
import { isPending, settled, until } from "../support/settle.ts";
import type { Answer } from "../support/test_client.ts";

/** The session s1 with one running and one waiting chat, and its end, asked for and not awaited. */
async function endingBusy({ agent, client, host }: HostBench): Promise<{
  running: Promise<Answer>;
  waiting: Promise<Answer>;
  ending: Promise<Answer>;
  run: ScriptedRun;
}> {
  const ann = client("ann");
  await ann.open();
  const running = ann.chat("running");
  const run = await agent.began("running");
  const waiting = ann.chat("waiting", { policy: "enqueue" });
  await until(() => host.queue.waiting === 1);
  const ending = ann.end();
  await until(() => host.queue.isEnded("s1"));
  return { running, waiting, ending, run };
}

test("A11: the tombstone is first: nothing is taken or revived while the last turn still runs", () =>
  withHost(async (bench) => {
    const { ending, running, waiting, run } = await endingBusy(bench);
    const { client, host, agent } = bench;
    assert.ok(!run.isSettled);
    const late = host.queue.send("s1", { text: "late" });
    assert.deepEqual([late.accepted, late.reason], [false, "ended"]);
    assert.deepEqual(await settled(late.outcome), { status: "rejected", reason: "ended" });
    await assert.rejects(settled(host.queue.resume("s1")), SessionEndedError);
    await assert.rejects(settled(host.queue.create("s1")), SessionEndedError);
    assert.equal((await settled(client("bob").open({ session_id: "s1" }))).status, 409);
    run.reply();
    await settled(Promise.all([ending, running, waiting]));
    assert.deepEqual(agent.log, ["open s1", "run s1: running", "close s1"]);
  }));

test("A11: the running turn may finish within 5 s, and its reply is delivered", () =>
  withHost(async (bench) => {
    const { ending, running, run } = await endingBusy(bench);
    bench.clock.advance(4_999);
    assert.ok(await isPending(ending));
    assert.ok(!run.turn.signal.aborted);
    run.reply();
    assert.equal((await settled(running)).body.response, "re: running");
    assert.deepEqual(await settled(ending), {
      status: 200,
      body: { ended: true, session_id: "s1", running: "settled", discarded: 1, closed: true },
    });
  }));

test("A11: after 5 s the running turn is cancelled, and its caller is told so", () =>
  withHost(async (bench) => {
    const { ending, running, run } = await endingBusy(bench);
    bench.clock.advance(5_000);
    const { status, body } = await settled(running);
    assert.ok(run.turn.signal.aborted);
    assert.deepEqual([status, body.outcome, body.cause], [409, "cancelled", "ended"]);
    assert.equal((await settled(ending)).body.running, "settled");
  }));

test("A11: every waiting caller gets an outcome at once, and none of their messages runs (end-fails-queued)", () =>
  withHost(async (bench) => {
    const { agent, client, host } = bench;
    await client("ann").open();
    const first = host.queue.send("s1", { text: "first" });
    const run = await agent.began("first");
    const waiting = Array.from({ length: 20 }, (_, n) => host.queue.send("s1", { text: `${n}` }));
    const ending = client("ann").end();
    const outcomes = await settled(Promise.all(waiting.map(({ outcome }) => outcome)));
    assert.deepEqual(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size, 1);
    assert.deepEqual(outcomes[0], { status: "cancelled", cause: "ended" });
    run.reply();
    assert.equal((await settled(first.outcome)).status, "completed");
    assert.equal((await settled(ending)).body.discarded, 20);
    assert.deepEqual(agent.runs.map(({ text }) => text), ["first"]);
  }));

test("A11: the agent's own end is called last, and once", () =>
  withHost(async (bench) => {
    const { agent, client, host } = bench;
    const { ending, running, waiting, run } = await endingBusy(bench);
    const again = [host.queue.end("s1"), host.queue.end("s1")];
    await settled(client("ann").look());
    assert.ok(!agent.log.includes("close s1"));
    agent.hold("close");
    run.reply();
    const close = await agent.asked("close");
    assert.ok(await isPending(ending));
    close.go();
    await settled(Promise.all([ending, running, waiting]));
    const reports = await settled(Promise.all(again));
    assert.ok(reports.every(({ closed }) => closed));
    assert.equal(agent.log.filter((line) => line === "close s1").length, 1);
  }));

test("A11: an agent that ignores its cancel holds no end up for ever (hang-on-cancel)", () =>
  withHost(async (bench) => {
    const { agent, clock, client } = bench;
    agent.deaf = true;
    const { ending, running, run } = await endingBusy(bench);
    clock.advance(5_000);
    await until(() => run.turn.signal.aborted);
    assert.ok(await isPending(ending));
    clock.advance(5_000);
    assert.equal((await settled(ending)).body.running, "abandoned");
    const { status, body } = await settled(running);
    assert.deepEqual([status, body.outcome], [409, "abandoned"]);
    run.reply("late");
    assert.equal((await settled(client("ann").look())).body.connected, false);
    assert.deepEqual(agent.handles, []);
  }));

test("A11: an agent whose own end hangs or throws holds no end up for ever", () =>
  withHost(async ({ agent, clock, client, errors }) => {
    const [ann, bob] = [client("ann"), client("bob")];
    await ann.open();
    await bob.open();
    agent.hold("close");
    const [first, second] = [ann.end(), bob.end()];
    const [hanging, failing] = [await agent.asked("close"), await agent.asked("close")];
    const error = new Error("no connection");
    failing.fail(error);
    assert.equal((await settled(second)).body.closed, false);
    assert.deepEqual(errors().map(({ fields }) => fields), [
      { session: "s2", action: "close", error },
    ]);
    clock.advance(5_000);
    assert.equal((await settled(first)).body.closed, false);
    hanging.go();
    agent.handles.splice(agent.handles.indexOf("s2"), 1);
  }));

test("A11: a resume of an ended session fails with a clear error", () =>
  withHost(async ({ client }) => {
    const ann = client("ann");
    await ann.open();
    await ann.end();
    assert.deepEqual(await ann.open({ session_id: "s1" }), {
      status: 409,
      body: {
        error: 'Cannot resume session "s1": it was ended',
        type: "SessionEndedError",
        session_connected: false,
      },
    });
  }));

test("A11: an explicit resume that fails leaves the tombstone; one that succeeds takes it away (early-clear)", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    await ann.end();
    agent.hold("resume");
    const failing = host.queue.resume("s1", { revive: true });
    (await agent.asked("resume")).fail(new Error("no connection"));
    await assert.rejects(settled(failing), /no connection/);
    assert.ok(host.queue.isEnded("s1"));
    assert.equal(host.queue.send("s1", { text: "still ended?" }).reason, "ended");

    const reviving = host.queue.resume("s1", { revive: true });
    const call = await agent.asked("resume");
    assert.equal(host.queue.send("s1", { text: "not yet" }).reason, "ended");
    call.go();
    await settled(reviving);
    assert.ok(!host.queue.isEnded("s1"));
    agent.unhold("resume");
    assert.equal((await ann.open({ session_id: "s1" })).status, 200);
    const chat = ann.chat("back");
    (await agent.began("back")).reply();
    assert.equal((await settled(chat)).status, 200);
  }));

test("A11: a message that is sent after the end settles at once (behind-sentinel, send-after-stop)", () =>
  withHost(async ({ agent, client, host }) => {
    await client("ann").open();
    await client("ann").end();
    const receipt = host.queue.send("s1", { text: "anybody?" });
    assert.deepEqual(await settled(receipt.outcome), { status: "rejected", reason: "ended" });
    assert.deepEqual([agent.runs.length, host.queue.size], [0, 0]);
  }));

test("A11: a turn that waits for its own session's end is cancelled, and both terminate (self-end)", () =>
  withHost(async ({ agent, client, clock, host }) => {
    const ann = client("ann");
    await ann.open();
    const chat = ann.chat("end yourself");
    const run = await agent.began("end yourself");
    const ending = host.queue.end("s1");
    void ending.then(() => run.reply("after my end"));
    clock.advance(5_000);
    assert.equal((await settled(ending)).running, "settled");
    assert.equal((await settled(chat)).body.cause, "ended");
  }));

test("A11: a turn may end its own session, finishes, and the session is closed behind it (self-end)", async () => {
  const clock = new FakeClock();
  const closed: string[] = [];
  const queue = new SessionQueue<string, string, string>({
    open: (session) => session,
    close: (handle) => void closed.push(handle),
    run: async (turn) => {
      turn.endSession();
      assert.ok(queue.isEnded(turn.session));
      await null;
      return "good bye";
    },
    clock,
  });
  await queue.create("s1");
  const last = queue.send("s1", "end yourself");
  const waiting = queue.send("s1", "never");
  assert.equal(await settled(last.result()), "good bye");
  assert.deepEqual(await settled(waiting.outcome), { status: "cancelled", cause: "ended" });
  await until(() => queue.size === 0);
  assert.deepEqual([closed, clock.pending], [["s1"], 0]);
});

test("A11: tombstones have a limit, and the oldest is forgotten first (tomb-growth)", () =>
  withHost(async ({ client, host }) => {
    const ann = client("ann");
    for (let count = 0; count < 5; count++) await ann.open();
    await settled(ann.end());
    await until(() => host.queue.size === 0);
    assert.equal(host.queue.tombstones, 3);
    const ended = ["s1", "s2", "s3", "s4", "s5"].filter((id) => host.queue.isEnded(id));
    assert.deepEqual(ended, ["s3", "s4", "s5"]);
  }, { limits: { tombstonesMax: 3 } }));
