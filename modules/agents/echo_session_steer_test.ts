import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import { SessionGoneError } from "@lanekeeper/session-queue";
import { drive, turn, until, withAgent } from "./_test_support.ts";
import type { TranscriptEntry } from "./agent.ts";

const said = (entries: readonly TranscriptEntry[]) =>
  entries.map(({ turnId, role, text }) => `${turnId} ${role}: ${text}`);

test("steer() is answered behind the rest of the turn, in the order in which it came", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const first = turn("one");
    const done = session.run(first);
    await until(() => first.pieces.length === 1);
    assert.equal(session.steer({ text: "two" }), true);
    assert.equal(session.steer({ text: "slow 1", sender: "ann" }), true);
    const reply = "You said: one\nYou added: two\nSlowly, for 1 s: 1 done";
    assert.equal(await drive(clock, done), reply);
    assert.equal(first.pieces.join(""), reply);
    assert.deepEqual(said(await session.transcript()), [
      "t1 user: one",
      "t1 user: two",
      "t1 user: slow 1",
      `t1 agent: ${reply}`,
    ]);
  }));

test("steer() refuses with no turn, at the end of a reply, and after a cancel of either level", () =>
  withAgent({}, async ({ agent, clock, stored }) => {
    const session = await agent.open({ id: "s1" });
    assert.equal(session.steer({ text: "early" }), false);
    const first = turn("hi", {
      onEmit: (pieces) => {
        // With the last word nothing is left to say, but the reply is not at its end yet.
        if (pieces.length === 3) session.requestCancel("graceful");
      },
    });
    const done = session.run(first);
    await until(() => first.pieces.length === 1);
    const aborted = AbortSignal.abort();
    assert.equal(session.steer({ text: "taken back" }, { signal: aborted }), false);
    await drive(clock, done);
    assert.equal(session.steer({ text: "late" }), false);
    for (const level of ["graceful", "immediate"] as const) {
      const next = turn("slow 9", { id: level });
      const ends = session.run(next);
      await until(() => clock.pending === 1);
      session.requestCancel(level);
      assert.equal(session.steer({ text: "too late" }), false);
      await drive(clock, ends.catch(() => {}));
    }
    assert.doesNotMatch(await stored("s1"), /early|taken back|late/);
  }));

test("alone N takes nothing while it is answered, and the rest of its turn does", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const answers: boolean[] = [];
    const both = turn([{ text: "alone 1" }, { text: "slow 1" }], {
      onEmit: (pieces) => {
        if (pieces.at(-1) === " 1") answers.push(session.steer({ text: "more" }));
      },
    });
    assert.match(await drive(clock, session.run(both)), /1 done\nYou added: more$/);
    assert.deepEqual(answers, [false, true]);
  }));

test("one reply takes as many messages as it may name (BOUNDED_STATE)", () =>
  withAgent({ wordDelayMs: 0 }, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const done = session.run(turn("slow 1"));
    await until(() => clock.pending === 1);
    let taken = 0;
    while (taken < 1_000 && session.steer({ text: `${taken}` })) taken++;
    assert.equal(taken, 99);
    await drive(clock, done);
  }));

test("a steered message that can not be stored fails the turn that took it", () =>
  withAgent({ onError: () => {} }, async ({ agent, clock, path }) => {
    const session = await agent.open({ id: "s1" });
    const done = session.run(turn("slow 1"));
    done.catch(() => {});
    await until(() => clock.pending === 1);
    await rm(path("s1"));
    assert.equal(session.steer({ text: "more" }), true);
    await assert.rejects(drive(clock, done), SessionGoneError);
  }));

test("rollback() drops all of a turn: what it took, what it said; and nothing of others", () =>
  withAgent({}, async ({ agent, clock, restarted, stored }) => {
    const session = await agent.open({ id: "s1" });
    await drive(clock, session.run(turn("keep", { id: "t1" })));
    const gone = turn("slow 9", { id: "t2" });
    const done = session.run(gone);
    await until(() => clock.pending === 1);
    session.steer({ text: "and this" });
    await assert.rejects(session.rollback("t2"), /Cannot roll back turn "t2": turn "t2" runs/);
    gone.abort.abort(new Error("instead"));
    await assert.rejects(drive(clock, done));
    await session.rollback("t2");
    await drive(clock, session.run(turn("new", { id: "t3" })));
    const kept = ["t1 user: keep", "t1 agent: You said: keep", "t3 user: new"];
    const all = [...kept, "t3 agent: You said: new"];
    assert.deepEqual(said(await session.transcript()), all);
    assert.deepEqual(said(await (await restarted().resume("s1")).transcript()), all);
    assert.match(await stored("s1"), /and this/, "nothing is removed from the file");
  }));

test("rollback() of what stored nothing, and of a turn that was not the last, does nothing", () =>
  withAgent({}, async ({ agent, clock, restarted }) => {
    const session = await agent.open({ id: "s1" });
    await drive(clock, session.run(turn("one", { id: "t1" })));
    await drive(clock, session.run(turn("two", { id: "t2" })));
    const before = await session.transcript();
    await session.rollback("t1");
    await session.rollback("t9");
    // The same id as in the process before: that exchange is not meant.
    const resumed = await restarted().resume("s1");
    const dead = turn("three", { id: "t2" });
    dead.abort.abort();
    await assert.rejects(resumed.run(dead));
    await resumed.rollback("t2");
    assert.deepEqual(await resumed.transcript(), before);
  }));

test("a turn whose id was used before rolls back its own entries alone", () =>
  withAgent({}, async ({ agent, clock, restarted }) => {
    const session = await agent.open({ id: "s1" });
    await drive(clock, session.run(turn("old", { id: "m1" })));
    const resumed = await restarted().resume("s1");
    await drive(clock, resumed.run(turn("between", { id: "m2" })));
    await drive(clock, resumed.run(turn("new", { id: "m1" })));
    await resumed.rollback("m1");
    await resumed.rollback("m1");
    assert.deepEqual(said(await resumed.transcript()), [
      "m1 user: old",
      "m1 agent: You said: old",
      "m2 user: between",
      "m2 agent: You said: between",
    ]);
  }));
