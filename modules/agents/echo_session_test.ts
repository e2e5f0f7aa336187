import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import { SessionGoneError } from "@lanekeeper/session-queue";
import { countListeners, drive, turn, until, withAgent } from "./_test_support.ts";

const REASON = new Error("stop it");

test("a reply comes word by word, one delay apart, and is what was emitted", () =>
  withAgent({ wordDelayMs: 40 }, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const times: number[] = [];
    const said = turn("a  bc\nd", { onEmit: () => times.push(clock.now()) });
    assert.equal(await drive(clock, session.run(said)), "You said: a  bc\nd");
    assert.deepEqual(said.pieces, ["You ", "said: ", "a  ", "bc\n", "d"]);
    assert.deepEqual(times, [0, 40, 80, 120, 160]);
    assert.equal(clock.pending, 0);
  }));

test("several messages are answered together, each with its sender", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const messages = [{ text: "hello", sender: "ann" }, { text: "" }, {
      text: "bye",
      sender: "bob",
    }];
    const reply = await drive(clock, session.run(turn(messages)));
    assert.equal(reply, "You said 3 things:\n1. ann: hello\n2. (nothing)\n3. bob: bye");
    const stored = (await session.transcript()).map(({ sender, text }) => [sender, text]);
    assert.deepEqual(stored, [["ann", "hello"], [undefined, ""], ["bob", "bye"], [
      undefined,
      reply,
    ]]);
  }));

test("a reply has limits: of messages, of what it quotes and of its pieces", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const many = Array.from({ length: 150 }, () => ({ text: "so many words ".repeat(1_000) }));
    const said = turn(many);
    const reply = await drive(clock, session.run(said), 1_000);
    assert.match(reply, /\n100\. so .*…\n… and 50 more$/);
    assert.ok(reply.length < 22_000, `${reply.length} characters`);
    assert.ok(said.pieces.length < 700, `${said.pieces.length} pieces`);
  }));

test("a character of two halves is not cut in the middle", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const reply = await drive(clock, session.run(turn("x" + "🚀".repeat(10_000))));
    assert.ok(reply.endsWith("🚀…"));
    assert.equal(reply.length, "You said: x".length + 2 * 9_999 + 1);
  }));

test("help lists the words, and no message is no error", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    assert.match(
      await drive(clock, session.run(turn("help"))),
      /slow N.*\nalone N.*\nfail.*[^]*steer me/,
    );
    assert.equal(await drive(clock, session.run(turn([]))), "You said: (nothing)");
  }));

test("slow takes the seconds it was told, and streams as it goes", () =>
  withAgent({ wordDelayMs: 0 }, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const times: number[] = [];
    const onEmit = () => times.push(clock.now());
    const slow = session.run(turn("slow 2", { onEmit }));
    assert.equal(await drive(clock, slow), "Slowly, for 2 s: 1 2 done");
    assert.deepEqual(times, [0, 1_000, 2_000, 2_000]);
    const quick = session.run(turn("slow 0.5", { onEmit }));
    assert.equal(await drive(clock, quick), "Slowly, for 0.5 s: 1 done");
    assert.deepEqual(times.slice(4), [2_000, 2_500, 2_500]);
  }));

test("all that is slow in one turn takes no longer than the maximum", () =>
  withAgent({ wordDelayMs: 0 }, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const messages = ["slow 100", "slow 100 x", "ignore cancel 100"].map((text) => ({ text }));
    const reply = await drive(clock, session.run(turn(messages)), 500);
    assert.match(reply, /100 done\n2\. Slowly, for 20 s: .* done x\n3\. .* for 0 s: done$/);
    assert.equal(clock.now(), 120_000);
  }));

test("fail rejects with its text, and the transcript says so", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    await assert.rejects(drive(clock, session.run(turn("fail no disk"))), { message: "no disk" });
    await assert.rejects(drive(clock, session.run(turn("fail"))), /told to fail/);
    assert.deepEqual((await session.transcript()).map(({ end, reason }) => [end, reason]), [
      [undefined, undefined],
      ["failed", "no disk"],
      [undefined, undefined],
      ["failed", "The echo agent was told to fail"],
    ]);
    assert.equal(await drive(clock, session.run(turn("hi"))), "You said: hi");
  }));

test("gone rejects with the typed error and is in the transcript as a failure", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    await assert.rejects(drive(clock, session.run(turn("gone"))), (error: SessionGoneError) => {
      assert.ok(error instanceof SessionGoneError);
      return error.session === "s1";
    });
    assert.equal((await session.transcript()).at(-1)?.end, "failed");
  }));

test("the messages are stored before the reply begins", () =>
  withAgent({}, async ({ agent, clock, stored }) => {
    const session = await agent.open({ id: "s1" });
    const said = turn("hi there");
    const done = session.run(said);
    await until(() => said.pieces.length > 0);
    assert.match(await stored("s1"), /"role":"user","turn_id":"t1","text":"hi there"/);
    assert.doesNotMatch(await stored("s1"), /"role":"agent"/);
    await drive(clock, done);
  }));

test("a turn that was aborted before its start stores nothing", () =>
  withAgent({}, async ({ agent, stored }) => {
    const session = await agent.open({ id: "s1" });
    const before = await stored("s1");
    const late = turn("hi");
    late.abort.abort(REASON);
    await assert.rejects(session.run(late), REASON);
    assert.equal(await stored("s1"), before);
  }));

test("close() ends a turn that ignores its cancel, and is idempotent", () =>
  withAgent({}, async ({ agent, clock, stored }) => {
    const session = await agent.open({ id: "s1" });
    const said = turn("ignore cancel 100");
    const done = session.run(said);
    done.catch(() => {});
    await until(() => clock.pending === 1);
    said.abort.abort(REASON);
    await Promise.all([session.close(), session.close()]);
    await assert.rejects(done, REASON);
    assert.equal(clock.pending, 0);
    assert.match(await stored("s1"), /"end":"cancelled","reason":"stop it"/);
    await session.close();
    await assert.rejects(session.run(turn("hi")), /^Error: Cannot run turn "t1": session "s1" is/);
    assert.equal((await session.transcript()).length, 2);
  }));

test("close() of a running turn is a cancel in the transcript", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const done = session.run(turn("slow 9"));
    done.catch(() => {});
    await until(() => clock.pending === 1);
    await session.close();
    await assert.rejects(done, { name: "AbortError", message: "The session was closed" });
    assert.equal((await session.transcript()).at(-1)?.end, "cancelled");
  }));

test("a second turn on a session that runs one is refused, and the first is not touched", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const first = session.run(turn("one", { id: "t1" }));
    const second = session.run(turn("two", { id: "t2" }));
    await assert.rejects(second, /^Error: Cannot run turn "t2": turn "t1" runs on session "s1"$/);
    assert.equal(await drive(clock, first), "You said: one");
    assert.equal((await session.transcript()).length, 2);
  }));

test("an emit that throws fails the turn with that error", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const said = turn("hi", {
      onEmit: () => {
        throw new Error("no listener");
      },
    });
    await assert.rejects(drive(clock, session.run(said)), /no listener/);
    assert.equal((await session.transcript()).at(-1)?.end, "failed");
  }));

test("no listener stays on the turn's signal, however the turn ends", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    for (const text of ["hi", "slow 2", "fail", "gone", "slow 3"]) {
      const said = turn(text, {
        onEmit: () => text === "slow 3" && session.requestCancel("graceful"),
      });
      const listeners = countListeners(said.signal);
      const done = session.run(said);
      assert.equal(listeners.size, 1);
      await drive(clock, done).catch(() => {});
      assert.equal(listeners.size, 0, text);
    }
  }));

test("a transcript that was removed fails the turn as 'session gone'; the failed note is told", () => {
  const told: unknown[] = [];
  return withAgent({ onError: (error, id) => told.push([error, id]) }, async (bench) => {
    const session = await bench.agent.open({ id: "s1" });
    await rm(bench.path("s1"));
    const said = turn("hi");
    await assert.rejects(drive(bench.clock, session.run(said)), SessionGoneError);
    assert.deepEqual(said.pieces, []);
    assert.equal(told.length, 1);
    await assert.rejects(session.transcript(), SessionGoneError);
  });
});

test("a cancelled turn that can not be noted rejects with its reason all the same", () => {
  const told: unknown[] = [];
  return withAgent({ onError: (error) => told.push(error) }, async ({ agent, clock, path }) => {
    const session = await agent.open({ id: "s1" });
    const said = turn("slow 9");
    const done = session.run(said);
    done.catch(() => {});
    await until(() => clock.pending === 1);
    await rm(path("s1"));
    said.abort.abort(REASON);
    await assert.rejects(done, REASON);
    assert.ok(told[0] instanceof SessionGoneError);
  });
});
