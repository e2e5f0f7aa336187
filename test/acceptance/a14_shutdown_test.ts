import assert from "node:assert/strict";
import { test } from "node:test";
import type { Agent } from "@lanekeeper/agents";
import { createHost, type ShutdownStep } from "@lanekeeper/host";
import { FakeClock } from "../support/fake_clock.ts";
import { withHost } from "../support/host_bench.ts";
import { isPending, settled, until } from "../support/settle.ts";
import { TestClient } from "../support/test_client.ts";

test("A14: intake closes, turns finish with their replies, sessions and agent end, transports close (wrong-order)", () =>
  withHost(async ({ agent, client, host }) => {
    const [ann, bob] = [client("ann"), client("bob")];
    await ann.open();
    await bob.open();
    const order: string[] = [];
    const running = ann.chat("running");
    const run = await agent.began("running");
    const waiting = ann.chat("waiting", { policy: "enqueue" });
    await until(() => host.queue.waiting === 1);
    const http: ShutdownStep = { name: "http", stop: () => void order.push("http") };
    for (const [name, chat] of Object.entries({ running, waiting })) {
      void chat.then(() => order.push(`reply to ${name}`));
    }
    const agentLog = agent.log.length;
    const stopping = host.stop({ transports: [http] });
    assert.equal(host.state, "draining");
    assert.equal((await settled(bob.chat("new"))).status, 503);
    assert.equal((await settled(bob.request("GET", "/healthz"))).body.status, "draining");
    assert.equal(agent.log.length, agentLog, "nothing was ended yet");
    run.reply();
    (await agent.began("waiting")).reply();
    const { steps, turns, running: left } = await settled(stopping);
    assert.deepEqual(left, []);
    assert.deepEqual(agent.log.slice(agentLog), [
      "run s1: waiting",
      "close s1",
      "close s2",
      "end of the agent",
    ]);
    assert.deepEqual(order, ["reply to running", "reply to waiting", "http"]);
    assert.deepEqual(steps.map(({ name, status }) => `${name} ${status}`), [
      "intake completed",
      "turns completed",
      "agent completed",
      "streams completed",
      "http completed",
    ]);
    assert.deepEqual(turns, {
      completed: 2,
      failed: 0,
      cancelled: 0,
      abandoned: [],
      closed: 2,
      closeFailed: [],
    });
    assert.equal(host.state, "stopped");
    const { status, body } = await settled(running);
    assert.deepEqual([status, body.response], [200, "re: running"]);
  }));

test("A14: the answer of the last turn is out before the transports close (busy-early)", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    const chat = ann.chat("last");
    const run = await agent.began("last");
    let wasPending: boolean | undefined;
    const http: ShutdownStep = {
      name: "http",
      stop: () => void (wasPending = ann.pending > 0),
    };
    const stopping = host.stop({ transports: [http] });
    run.reply();
    await settled(stopping);
    assert.equal(wasPending, false);
    assert.equal((await settled(chat)).status, 200);
  }));

test("A14: a stop before start is safe, and a start after it does nothing", () =>
  withHost(async ({ agent, client, host }) => {
    const { turns } = await settled(host.stop());
    assert.deepEqual(turns, {
      completed: 0,
      failed: 0,
      cancelled: 0,
      abandoned: [],
      closed: 0,
      closeFailed: [],
    });
    host.start();
    assert.equal(host.state, "stopped");
    assert.equal((await client("ann").open()).status, 503);
    assert.deepEqual(agent.log, ["end of the agent"]);
  }, { isStarted: false }));

test("A14: a second stop does nothing again and gets the report of the first", () =>
  withHost(async ({ agent, client, host }) => {
    await client("ann").open();
    const [first, second] = [host.stop(), host.stop()];
    const report = await settled(first);
    assert.equal(await settled(second), report);
    assert.equal(await settled(host.stop()), report);
    assert.deepEqual(agent.log, ["open s1", "close s1", "end of the agent"]);
  }));

test("A14: an agent that has nothing to stop is safe", async () => {
  const agent: Agent = {
    name: "plain",
    open: ({ id }) =>
      Promise.resolve({
        info: { id, projectId: "default", workingDir: "/" },
        run: () => Promise.resolve("yes"),
        close: () => Promise.resolve(),
      }),
    resume: (id) => agent.open({ id }),
  };
  const clock = new FakeClock();
  const host = createHost({ agent, clock });
  host.start();
  const ann = new TestClient(host.app, "ann");
  await ann.open();
  assert.equal((await settled(ann.chat("hello"))).body.response, "yes");
  const { steps } = await settled(host.stop());
  assert.ok(steps.every(({ status }) => status === "completed"));
  assert.deepEqual([host.queue.size, clock.pending], [0, 0]);
});

test("A14: a turn that does not end in time is cancelled, and what waits does not start (shutdown-spawn)", () =>
  withHost(async ({ agent, client, clock, host }) => {
    const ann = client("ann");
    await ann.open();
    const running = ann.chat("slow");
    await agent.began("slow");
    const waiting = ann.chat("waiting", { policy: "enqueue" });
    await until(() => host.queue.waiting === 1);
    const stopping = host.stop({ deadlineMs: 20_000 });
    assert.ok(host.queue.draining);
    assert.ok(await isPending(stopping));
    // Of the 20 s it leaves 5 s to abandon what ignores its cancel, and 2 s for the later steps.
    clock.advance(12_999);
    assert.ok(await isPending(stopping));
    assert.ok(await isPending(running));
    clock.advance(1);
    for (const chat of [running, waiting]) {
      const { status, body } = await settled(chat);
      assert.deepEqual([status, body.outcome, body.cause], [409, "cancelled", "draining"]);
    }
    const { turns } = await settled(stopping);
    assert.equal(turns?.cancelled, 2);
    assert.deepEqual(agent.runs.map(({ text }) => text), ["slow"]);
  }));

/** Moves time until the stop is over. */
async function passTime(clock: FakeClock, stopping: Promise<unknown>): Promise<number> {
  const startMs = clock.now();
  while (await isPending(stopping) && clock.now() - startMs < 120_000) clock.advance(250);
  return clock.now() - startMs;
}

test("A14: a turn that ignores its cancel is abandoned within the deadline, and named", () =>
  withHost(async ({ agent, client, clock, host }) => {
    const [ann, bob] = [client("ann"), client("bob")];
    await ann.open();
    await bob.open();
    agent.deaf = true;
    const chat = ann.chat("deaf");
    const run = await agent.began("deaf");
    let wasPending: boolean | undefined;
    const http: ShutdownStep = { name: "http", stop: () => void (wasPending = ann.pending > 0) };
    const stopping = host.stop({ transports: [http] });
    assert.ok(await passTime(clock, stopping) <= 30_000);
    const { turns } = await settled(stopping);
    assert.deepEqual([turns?.abandoned, turns?.closed], [["s1"], 2]);
    const { status, body } = await settled(chat);
    assert.deepEqual([status, body.outcome, wasPending], [409, "abandoned", false]);
    run.reply();
  }));

test("A14: a turn that cannot even be abandoned in time is named as one that still runs", () =>
  withHost(async ({ agent, client, clock, host, errors }) => {
    const ann = client("ann");
    await ann.open();
    agent.deaf = true;
    const chat = ann.chat("deaf");
    const run = await agent.began("deaf");
    const stopping = host.stop({ deadlineMs: 4_000 });
    assert.ok(await passTime(clock, stopping) <= 5_000);
    const { turns, running } = await settled(stopping);
    assert.deepEqual([turns, running], [undefined, ["s1"]]);
    assert.deepEqual(errors().map(({ message }) => message), ["Shutdown: turns timed-out"]);
    run.reply();
    assert.equal((await settled(chat)).status, 409);
    await until(() => agent.handles.length === 0);
  }));

test("A14: an agent whose ends hang holds the shutdown up no longer than its deadline", () =>
  withHost(async ({ agent, client, clock, host, errors }) => {
    await client("ann").open();
    agent.hold("close", "end");
    const http: ShutdownStep = { name: "http", stop: () => {} };
    const stopping = host.stop({ deadlineMs: 12_000, transports: [http] });
    const tookMs = await passTime(clock, stopping);
    assert.ok(tookMs <= 13_000, `it took ${tookMs} ms`);
    const { steps, turns } = await settled(stopping);
    assert.deepEqual(steps.map(({ name, status }) => `${name} ${status}`), [
      "intake completed",
      "turns completed",
      "agent timed-out",
      "streams completed",
      "http completed",
    ]);
    assert.deepEqual(turns?.closeFailed, ["s1"]);
    assert.deepEqual(errors().map(({ message }) => message), ["Shutdown: agent timed-out"]);
    for (const call of agent.held.splice(0)) call.go();
    await until(() => agent.handles.length === 0);
  }));

test("A14: a step that fails is logged and keeps no later one from being taken", () =>
  withHost(async ({ host, errors }) => {
    const order: string[] = [];
    const error = new Error("no socket");
    const transports: ShutdownStep[] = [
      {
        name: "first",
        stop: () => {
          order.push("first");
          throw error;
        },
      },
      { name: "second", stop: () => void order.push("second") },
    ];
    const { steps } = await settled(host.stop({ transports }));
    assert.deepEqual(order, ["first", "second"]);
    assert.deepEqual(steps.slice(-2).map(({ status }) => status), ["failed", "completed"]);
    assert.deepEqual(errors().map(({ message, fields }) => [message, fields["error"]]), [
      ["Shutdown: first failed", error],
    ]);
  }));

test("A14: after the stop nothing starts and every later send is rejected", () =>
  withHost(async ({ agent, client, host }) => {
    await client("ann").open();
    await settled(host.stop());
    const receipt = host.queue.send("s1", { text: "late" });
    assert.deepEqual(await settled(receipt.outcome), { status: "rejected", reason: "draining" });
    await assert.rejects(settled(host.queue.create("s9")), /draining/);
    await assert.rejects(settled(host.queue.resume("s1")), /draining/);
    assert.deepEqual(agent.log, ["open s1", "close s1", "end of the agent"]);
  }));

test("A14: a create that is under way when the stop begins leaks no handle", () =>
  withHost(async ({ agent, client, host }) => {
    agent.hold("open");
    const opening = client("ann").open();
    const open = await agent.asked("open");
    const stopping = host.stop();
    assert.equal((await settled(opening)).status, 503);
    open.go();
    await settled(stopping);
    await until(() => agent.handles.length === 0);
  }));
