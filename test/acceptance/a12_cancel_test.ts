import assert from "node:assert/strict";
import { test } from "node:test";
import { withAcpHost } from "../support/acp_host.ts";
import { type HostBench, withHost } from "../support/host_bench.ts";
import type { ScriptedRun } from "../support/scripted_agent.ts";
import { isPending, settled, until } from "../support/settle.ts";
import type { Answer } from "../support/test_client.ts";

/** One running chat on s1. */
async function running({ agent, client }: HostBench): Promise<{
  chat: Promise<Answer>;
  run: ScriptedRun;
}> {
  const ann = client("ann");
  await ann.open();
  const chat = ann.chat("hello");
  return { chat, run: await agent.began("hello") };
}

test("A12: graceful asks the agent, leaves the turn its signal, and its reply counts (level-truthy)", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    const { chat, run } = await running(bench);
    const stopping = client("ann").stop({ level: "graceful" });
    await until(() => agent.log.includes("cancel s1: graceful"));
    assert.ok(!run.turn.signal.aborted);
    assert.ok(await isPending(stopping));
    run.reply("as far as I got");
    assert.equal((await settled(chat)).body.response, "as far as I got");
    assert.deepEqual(await settled(stopping), {
      status: 200,
      body: { running: "settled", discarded: 0 },
    });
    assert.deepEqual(agent.log, ["open s1", "run s1: hello", "cancel s1: graceful"]);
  }));

test("A12: immediate asks the agent and aborts the turn's signal", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    const { chat, run } = await running(bench);
    const stopping = client("ann").stop({ level: "immediate" });
    assert.deepEqual(await settled(stopping), {
      status: 200,
      body: { running: "settled", discarded: 0 },
    });
    assert.ok(run.turn.signal.aborted);
    const { status, body } = await settled(chat);
    assert.deepEqual([status, body.outcome, body.cause], [409, "cancelled", "stopped"]);
    assert.deepEqual(agent.log, ["open s1", "run s1: hello", "cancel s1: immediate"]);
  }));

test("A12: an immediate stop may follow a graceful one that was not heard", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    const { chat, run } = await running(bench);
    const graceful = client("ann").stop({ level: "graceful" });
    await until(() => agent.log.includes("cancel s1: graceful"));
    const immediate = client("ann").stop();
    await settled(Promise.all([graceful, immediate]));
    assert.ok(run.turn.signal.aborted);
    assert.equal((await settled(chat)).body.outcome, "cancelled");
    assert.deepEqual(agent.log.slice(2), ["cancel s1: graceful", "cancel s1: immediate"]);
  }));

test("A12: any other level is refused and cancels nothing (level-truthy)", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    const { chat, run } = await running(bench);
    for (const level of ["gracefully", "", true, 1]) {
      assert.deepEqual(await settled(client("ann").stop({ level })), {
        status: 400,
        body: { error: "level must be one of graceful, immediate" },
      });
    }
    assert.ok(!run.turn.signal.aborted);
    run.reply();
    assert.equal((await settled(chat)).status, 200);
    assert.deepEqual(agent.log, ["open s1", "run s1: hello"]);
  }));

for (const [name, value] of Object.entries({ "a value": true, "nothing": undefined })) {
  test(`A12: requestCancel may return ${name}`, () =>
    withHost(async (bench) => {
      bench.agent.onCancel = () => value;
      const { chat } = await running(bench);
      assert.equal((await settled(bench.client("ann").stop())).body.running, "settled");
      await settled(chat);
    }));
}

test("A12: a promise that requestCancel returns is awaited, by the stop and by the next turn (cancel-unawaited)", () =>
  withHost(async (bench) => {
    const { agent, client, host } = bench;
    const { chat } = await running(bench);
    agent.hold("cancel");
    const stopping = client("ann").stop();
    const cancel = await agent.asked("cancel");
    const next = host.queue.send("s1", { text: "next" });
    assert.ok(await isPending(stopping));
    assert.equal(agent.runs.length, 1);
    cancel.go();
    assert.equal((await settled(stopping)).body.running, "settled");
    (await agent.began("next")).reply();
    assert.equal((await settled(next.outcome)).status, "completed");
    await settled(chat);
  }));

for (
  const [name, onCancel] of Object.entries({
    "throws": () => {
      throw new Error("no connection");
    },
    "rejects": () => Promise.reject(new Error("no connection")),
  })
) {
  test(`A12: a requestCancel that ${name} throws out of no stop, and is logged (cancel-unawaited)`, () =>
    withHost(async (bench) => {
      const { agent, client, errors } = bench;
      agent.onCancel = onCancel;
      const { chat } = await running(bench);
      assert.equal((await settled(client("ann").stop())).status, 200);
      assert.equal((await settled(chat)).body.outcome, "cancelled");
      assert.deepEqual(errors(), [{
        level: "error",
        message: "requestCancel of a session failed",
        fields: { session: "s1", action: "requestCancel", error: new Error("no connection") },
      }]);
    }));
}

test("A12: an agent without requestCancel is cancelled by its signal", () =>
  withHost(async (bench) => {
    bench.agent.onCancel = undefined;
    const { chat, run } = await running(bench);
    assert.equal((await settled(bench.client("ann").stop())).status, 200);
    assert.ok(run.turn.signal.aborted);
    assert.equal((await settled(chat)).body.outcome, "cancelled");
  }));

test("A12: a stop without a session gets 409, one without a turn does nothing", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    assert.deepEqual(await ann.stop(), {
      status: 409,
      body: {
        error: "no session: create one with POST /api/session",
        session_connected: false,
      },
    });
    await ann.open();
    assert.deepEqual(await ann.stop(), { status: 200, body: { running: "none", discarded: 0 } });
    assert.deepEqual(await settled(host.queue.stop("nobody")), { running: "none", discarded: 0 });
    assert.deepEqual(agent.log, ["open s1"]);
  }));

test("A12: a stop of an idle session hits no later turn (sticky)", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    await ann.stop();
    await ann.stop({ level: "graceful" });
    const chat = ann.chat("hello");
    const run = await agent.began("hello");
    assert.ok(!run.turn.signal.aborted);
    run.reply();
    assert.equal((await settled(chat)).status, 200);
  }));

for (const queued of ["discard", "keep"] as const) {
  test(`A12: a stop treats all that waits alike: queued "${queued}" (stop-tail)`, () =>
    withHost(async (bench) => {
      const { agent, client, host } = bench;
      const { chat } = await running(bench);
      const waiting = ["one", "two", "three"].map((text) => host.queue.send("s1", { text }));
      const stopping = client("ann").stop({ queued });
      if (queued === "keep") {
        for (const text of ["one", "two", "three"]) (await agent.began(text)).reply();
      }
      assert.deepEqual((await settled(stopping)).body, {
        running: "settled",
        discarded: queued === "keep" ? 0 : 3,
      });
      const ends = await settled(Promise.all(waiting.map(({ outcome }) => outcome)));
      const wanted = queued === "keep" ? "completed" : "cancelled";
      assert.deepEqual(ends.map(({ status }) => status), [wanted, wanted, wanted]);
      await settled(chat);
    }));
}

test("A12: an agent that ignores both levels holds no stop up for ever", () =>
  withHost(async (bench) => {
    const { agent, client, clock } = bench;
    agent.deaf = true;
    const { chat, run } = await running(bench);
    const graceful = client("ann").stop({ level: "graceful" });
    await until(() => agent.log.includes("cancel s1: graceful"));
    clock.advance(10_000);
    assert.deepEqual((await settled(graceful)).body, { running: "asked", discarded: 0 });
    const immediate = client("ann").stop();
    await until(() => agent.log.includes("cancel s1: immediate"));
    clock.advance(5_000);
    assert.deepEqual((await settled(immediate)).body, { running: "abandoned", discarded: 0 });
    assert.equal((await settled(chat)).body.outcome, "abandoned");
    run.reply();
  }));

test("A12: a cancelled turn keeps the session until it has settled (overlap-cancel)", () =>
  withHost(async (bench) => {
    const { agent, client, host } = bench;
    agent.deaf = true;
    const { chat, run } = await running(bench);
    const next = host.queue.send("s1", { text: "next" });
    const stopping = client("ann").stop({ queued: "keep" });
    await until(() => run.turn.signal.aborted);
    await settled(client("ann").look());
    assert.equal(agent.runs.length, 1);
    agent.deaf = false;
    run.fail(new Error("stopped"));
    (await agent.began("next")).reply();
    assert.equal((await settled(next.outcome)).status, "completed");
    await settled(Promise.all([chat, stopping]));
  }));

test("A12: an agent that is a child process is cancelled at both levels, and its reply counts at one", () =>
  withAcpHost(async ({ client, said }) => {
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("hold");
    await said("one ");
    assert.equal((await ann.stop({ level: "graceful" })).body.running, "settled");
    assert.equal((await first).body.response, "one late");
    const second = ann.chat("hold error");
    await said("one ");
    assert.equal((await ann.stop()).body.running, "settled");
    assert.equal((await second).body.outcome, "cancelled");
    assert.equal((await ann.chat("on")).body.response, "You said: on");
  }));
