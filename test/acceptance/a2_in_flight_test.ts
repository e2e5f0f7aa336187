import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionGoneError } from "@lanekeeper/session-queue";
import { type HostBench, withHost } from "../support/host_bench.ts";
import type { ScriptedRun } from "../support/scripted_agent.ts";
import { settled, until } from "../support/settle.ts";
import type { Answer } from "../support/test_client.ts";

const IN_FLIGHT = {
  error: "a message is in flight: wait for it, or send with another policy",
  session_connected: true,
  in_flight: true,
};

test("A2: a second chat while one is in flight gets 409 at once", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("first");
    const run = await agent.began("first");
    assert.deepEqual(await settled(ann.chat("second")), {
      status: 409,
      body: { ...IN_FLIGHT, message_id: "m2", outcome: "rejected" },
    });
    assert.ok(!run.isSettled);
    run.reply();
    assert.equal((await settled(first)).status, 200);
    assert.deepEqual(agent.log, ["open s1", "run s1: first"]);
  }));

test("A2: a chat without a session gets 409", () =>
  withHost(async ({ client }) => {
    const ann = client("ann");
    const none = {
      status: 409,
      body: {
        error: "no session: create one with POST /api/session",
        session_connected: false,
      },
    };
    assert.deepEqual(await ann.chat("hello"), none);
    await ann.open();
    await ann.end();
    assert.deepEqual(await ann.chat("hello"), none);
  }));

test("A2: the in-flight mark of one client is none of another's", () =>
  withHost(async ({ agent, client }) => {
    const [ann, bob] = [client("ann"), client("bob")];
    await ann.open();
    await bob.open();
    const answers = [ann.chat("from ann"), bob.chat("from bob")];
    (await agent.began("from bob")).reply();
    (await agent.began("from ann")).reply();
    assert.deepEqual((await settled(Promise.all(answers))).map(({ status }) => status), [200, 200]);
  }));

/** Sends one chat, ends it, and sees that the next one is accepted. */
function acceptsAfter(
  end: (bench: HostBench, run: ScriptedRun) => Promise<unknown> | void,
  expected: Partial<Answer["body"]> & { status: number },
): Promise<void> {
  return withHost(async (bench) => {
    const { agent, client } = bench;
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("first");
    await end(bench, await agent.began("first"));
    const { status, body } = await settled(first);
    const { status: wanted, ...fields } = expected;
    assert.equal(status, wanted);
    assert.deepEqual({ ...body, ...fields }, body);
    bench.errors();
    if (body.session_connected === false) await ann.open();
    agent.deaf = false;
    const second = ann.chat("second");
    (await agent.began("second")).reply();
    assert.equal((await settled(second)).status, 200);
  });
}

test("A2: chat is accepted again after a reply", () =>
  acceptsAfter((_, run) => run.reply(), { status: 200, outcome: "completed" }));

test("A2: chat is accepted again after a failure", () =>
  acceptsAfter((_, run) => run.fail(new Error("no")), { status: 500, outcome: "failed" }));

test("A2: chat is accepted again after the session was gone and a new one made", () =>
  acceptsAfter((_, run) => run.fail(new SessionGoneError("s1")), {
    status: 409,
    session_connected: false,
  }));

test("A2: chat is accepted again after an immediate stop", () =>
  acceptsAfter(({ client }) => settled(client("ann").stop()), {
    status: 409,
    outcome: "cancelled",
    cause: "stopped",
    session_connected: true,
    in_flight: false,
  }));

test("A2: chat is accepted again after a graceful stop", () =>
  acceptsAfter(async ({ client }, run) => {
    const stopping = client("ann").stop({ level: "graceful" });
    run.reply("so far");
    await settled(stopping);
  }, { status: 200, response: "so far" }));

test("A2: chat is accepted again after the message was interrupted by another one", () =>
  acceptsAfter(async ({ client, agent }) => {
    const other = client("ann").chat("other", { policy: "interrupt" });
    (await agent.began("other")).reply();
    await settled(other);
  }, { status: 409, outcome: "superseded" }));

test("A2: a turn that ignores its cancel holds the session until it settles, and then chat is accepted", () =>
  withHost(async ({ agent, client, clock }) => {
    const ann = client("ann");
    await ann.open();
    agent.deaf = true;
    const first = ann.chat("deaf");
    const run = await agent.began("deaf");
    const stopping = ann.stop();
    await until(() => clock.pending > 0);
    clock.advance(5_000);
    assert.deepEqual(await settled(stopping), {
      status: 200,
      body: { running: "abandoned", discarded: 0 },
    });
    assert.deepEqual(await settled(first), {
      status: 409,
      body: {
        error: "the message was abandoned",
        session_connected: true,
        in_flight: true,
        message_id: "m1",
        outcome: "abandoned",
      },
    });
    assert.equal((await settled(ann.chat("too early"))).body.in_flight, true);
    run.reply();
    agent.deaf = false;
    await until(() => agent.running === 0);
    const second = ann.chat("second");
    (await agent.began("second")).reply();
    assert.equal((await settled(second)).status, 200);
  }));

test("A2: the end of an old session's chat frees nothing that a newer chat claimed (flag-steal)", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const old = ann.chat("on s1");
    const oldRun = await agent.began("on s1");
    await ann.open();
    const newer = ann.chat("on s2");
    const newerRun = await agent.began("on s2");
    oldRun.reply();
    assert.equal((await settled(old)).status, 200);
    assert.equal((await settled(ann.chat("while the newer one runs"))).body.in_flight, true);
    newerRun.reply();
    assert.equal((await settled(newer)).status, 200);
    assert.equal(agent.runs.length, 2);
  }));

test("A2: a refused chat frees nothing (flag-steal)", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("first");
    const run = await agent.began("first");
    for (const message of ["second", "third"]) {
      assert.equal((await settled(ann.chat(message))).body.in_flight, true);
    }
    run.reply();
    assert.equal((await settled(first)).status, 200);
    assert.equal(agent.runs.length, 1);
  }));

test("A2: a chat with another policy waits instead, in the order of acceptance", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const answers = ["one", "two", "three"].map((text) => ann.chat(text, { policy: "enqueue" }));
    for (const text of ["one", "two", "three"]) (await agent.began(text)).reply();
    const bodies = (await settled(Promise.all(answers))).map(({ body }) => body.response);
    assert.deepEqual(bodies, ["re: one", "re: two", "re: three"]);
    assert.deepEqual(agent.log.slice(1), ["run s1: one", "run s1: two", "run s1: three"]);
  }));

test("A2: chats that are collected are answered with the one reply that they share", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("first");
    const run = await agent.began("first");
    const second = ann.chat("second", { policy: "collect" });
    await settled(ann.look());
    const third = ann.chat("third", { policy: "collect" });
    await settled(ann.look());
    run.reply();
    (await agent.began("second+third")).reply("to both");
    assert.equal((await settled(first)).body.response, "re: first");
    assert.equal((await settled(second)).body.response, "to both");
    assert.deepEqual(await settled(third), {
      status: 200,
      body: {
        response: "to both",
        session_id: "s1",
        session_connected: true,
        message_id: "m3",
        outcome: "merged",
        merged_into: "m2",
      },
    });
  }));
