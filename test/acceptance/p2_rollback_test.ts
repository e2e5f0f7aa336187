import assert from "node:assert/strict";
import { test } from "node:test";
import { withEcho } from "../support/echo_bench.ts";
import { withHost } from "../support/host_bench.ts";
import { isPending, settled, until } from "../support/settle.ts";
import type { TestClient } from "../support/test_client.ts";

const ROLLBACK = { policy: "rollback" };

test("P2: the interrupted exchange is dropped before the new message runs", () =>
  withHost(async ({ agent, client }) => {
    agent.hold("rollback");
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("first");
    await agent.began("first");
    const second = ann.chat("second", ROLLBACK);
    const dropping = await agent.asked("rollback");
    assert.ok(await isPending(second));
    assert.deepEqual(agent.log, [
      "open s1",
      "run s1: first",
      "cancel s1: immediate",
      "rollback s1: m1",
    ]);
    dropping.go();
    (await agent.began("second")).reply();
    const { status, body } = await settled(first);
    assert.deepEqual([status, body.outcome], [409, "superseded"]);
    assert.equal((await settled(second)).body.response, "re: second");
  }));

test("P2: it is not dropped before the interrupted work has settled", () =>
  withHost(async ({ agent, client }) => {
    agent.deaf = true;
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("first");
    const run = await agent.began("first");
    const second = ann.chat("second", ROLLBACK);
    assert.ok(await isPending(second));
    assert.ok(!agent.log.includes("rollback s1: m1"));
    run.reply("too late");
    agent.deaf = false;
    (await agent.began("second")).reply();
    assert.ok(agent.log.indexOf("rollback s1: m1") < agent.log.indexOf("run s1: second"));
    assert.equal((await settled(first)).body.outcome, "superseded");
    assert.equal((await settled(second)).status, 200);
  }));

test("P2: an agent that can not drop it is logged, and the message runs all the same", () =>
  withHost(async ({ agent, client, errors }) => {
    agent.hold("rollback");
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("first");
    await agent.began("first");
    const second = ann.chat("second", ROLLBACK);
    (await agent.asked("rollback")).fail(new Error("the disk is full"));
    (await agent.began("second")).reply();
    await settled(first);
    assert.equal((await settled(second)).body.response, "re: second");
    assert.deepEqual(errors().map(({ message }) => message), ["rollback of a session failed"]);
  }));

test("P2: with nothing running it is a message like any other", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const only = ann.chat("only", ROLLBACK);
    (await agent.began("only")).reply();
    assert.equal((await settled(only)).body.outcome, "completed");
    assert.deepEqual(agent.log, ["open s1", "run s1: only"]);
  }));

/** What was said in the client's session. */
async function said(ann: TestClient): Promise<string[]> {
  const { body } = await ann.request("GET", "/api/transcript");
  return body.entries.map(({ role, text }: Record<string, string>) => `${role}: ${text}`);
}

test("P2: the echo agent forgets what was rolled back, also after a crash (RESUME_FIDELITY)", () =>
  withEcho(async ({ start, answer, clock }) => {
    const ann = start().client("ann");
    await answer(ann.open());
    await answer(ann.chat("keep me"));
    const first = ann.chat("slow 9 forget me");
    await until(() => clock.pending > 0);
    const steer = ann.chat("and me", { policy: "steer" });
    await isPending(steer);
    const second = ann.chat("instead", ROLLBACK);
    const kept = [
      "user: keep me",
      "agent: You said: keep me",
      "user: instead",
      "agent: You said: instead",
    ];
    assert.equal((await answer(second)).body.response, "You said: instead");
    for (const one of [first, steer]) {
      assert.equal((await answer(one)).body.outcome, "superseded");
    }
    assert.deepEqual(await said(ann), kept);
    const again = start().client("ann");
    assert.equal((await answer(again.open({ session_id: "s1" }))).status, 200);
    assert.deepEqual(await said(again), kept);
  }));

test("P2: a mark that was torn by a crash rolls nothing back, and the transcript says the truth", () =>
  withEcho(async ({ start, answer, clock, stored, tear }) => {
    const ann = start().client("ann");
    await answer(ann.open());
    const first = ann.chat("slow 9");
    await until(() => clock.pending > 0);
    const second = ann.chat("fail", ROLLBACK);
    await answer(first);
    await answer(second);
    const lines = await stored("s1");
    const after = lines.slice(4).map((line) => `${line}\n`).join("");
    await tear("s1", after.length + 5);
    const again = start().client("ann");
    await answer(again.open({ session_id: "s1" }));
    assert.deepEqual(await said(again), ["user: slow 9", "agent: Slowly, for 9 s:"]);
  }));
