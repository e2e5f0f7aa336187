import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeClock } from "@lanekeeper/test/fake_clock";
import { drive, type TestTurn, turn, until, withAgent } from "./_test_support.ts";
import type { CancelLevel, ChatMessage } from "./agent.ts";
import type { EchoSession } from "./echo_agent.ts";

const REASON = new Error("stop it");
const ends = (entries: readonly { role: string; text: string; end?: string }[]) =>
  entries.map(({ role, text, end }) => [role, text, end]);

/** A reply of every kind of step, and how it is emitted. */
const MESSAGES: readonly ChatMessage[] = [{ text: "a b" }, { text: "slow 2 c" }, { text: "d" }];
const REPLY = ["You ", "said ", "3 ", "things:", "\n1. ", "a ", "b", "\n2. ", "Slowly, for 2 s:"];
REPLY.push(" 1", " 2", " done", " c", "\n3. ", "d");
const WAITS = 9;

for (const level of ["immediate", "graceful"] as const) {
  test(`a cancel from inside each emit ends the reply with that piece: ${level}`, () =>
    withAgent({}, async ({ agent, clock }) => {
      for (let step = 1; step <= REPLY.length; step++) {
        const session = await agent.open({ id: `${step}` });
        const said = turn(MESSAGES, {
          onEmit: ({ length }) => length === step && cancel(session, { level, said }),
        });
        await assertEndsAt(drive(clock, session.run(said)), { level, said, pieces: step });
        await assertFreeAfter(session, { level, said, clock });
      }
    }));

  test(`a cancel in each wait, or while the messages are stored, ends the reply there: ${level}`, () =>
    withAgent({}, async ({ agent, clock }) => {
      for (let wait = 0; wait <= WAITS; wait++) {
        const session = await agent.open({ id: `${wait}` });
        const said = turn(MESSAGES);
        const done = session.run(said);
        for (let passed = 0; passed < wait; passed++) {
          if (passed > 0) clock.advance(1_000);
          await until(() => clock.pending === 1);
        }
        const pieces = said.pieces.length;
        cancel(session, { level, said });
        await assertEndsAt(done, { level, said, pieces });
        assert.equal(pieces === 0, wait === 0);
        await assertFreeAfter(session, { level, said, clock });
      }
    }));
}

interface Cancelled {
  readonly level: CancelLevel;
  readonly said: TestTurn;
}

function cancel(session: EchoSession, { level, said }: Cancelled): void {
  if (level === "immediate") said.abort.abort(REASON);
  else assert.equal(session.requestCancel(level), true);
}

async function assertEndsAt(
  done: Promise<string>,
  { level, said, pieces }: Cancelled & { readonly pieces: number },
): Promise<void> {
  const whole = REPLY.slice(0, pieces).join("");
  if (level === "immediate") await assert.rejects(done, REASON);
  else assert.equal(await done, whole);
  assert.equal(said.pieces.join(""), whole);
}

async function assertFreeAfter(
  session: EchoSession,
  { level, said, clock }: Cancelled & { readonly clock: FakeClock },
): Promise<void> {
  assert.equal(clock.pending, 0);
  const end = level === "immediate" ? "cancelled" : "stopped";
  const told = ends(await session.transcript());
  assert.deepEqual(told.at(-1), ["agent", said.pieces.join(""), end]);
  assert.equal(told.length, MESSAGES.length + 1);
  assert.equal(await drive(clock, session.run(turn("again"))), "You said: again");
}

test("a cancel in any piece of a slow reply rejects, also in the last", () =>
  withAgent({}, async ({ agent, clock }) => {
    for (const [text, pieces] of [["slow 0", 2], ["slow 2", 4]] as const) {
      for (let step = 1; step <= pieces; step++) {
        const session = await agent.open({ id: `${pieces}-${step}` });
        const said = turn(text, {
          onEmit: ({ length }) => length === step && said.abort.abort(REASON),
        });
        await assert.rejects(drive(clock, session.run(said)), REASON);
        assert.equal(said.pieces.length, step);
      }
    }
  }));

test("immediate rejects and graceful returns; the transcript tells them apart", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    for (const level of ["immediate", "graceful"] as const) {
      const said = turn("one two three");
      const done = session.run(said);
      done.catch(() => {});
      await until(() => said.pieces.length === 1 && clock.pending === 1);
      if (level === "immediate") said.abort.abort(REASON);
      else assert.equal(session.requestCancel(level), true);
      assert.equal(clock.pending, 0, "it does not wait for its word");
      if (level === "immediate") await assert.rejects(done, REASON);
      else assert.equal(await done, "You ");
    }
    assert.deepEqual(ends(await session.transcript()), [
      ["user", "one two three", undefined],
      ["agent", "You ", "cancelled"],
      ["user", "one two three", undefined],
      ["agent", "You ", "stopped"],
    ]);
  }));

test("requestCancel('immediate') alone is immediate too; the abort's own reason wins", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const alone = session.run(turn("hi"));
    assert.equal(session.requestCancel("immediate"), true);
    await assert.rejects(drive(clock, alone), { name: "AbortError" });
    const both = turn("hi");
    const done = session.run(both);
    session.requestCancel("immediate");
    both.abort.abort(REASON);
    await assert.rejects(drive(clock, done), REASON);
    const last = (await session.transcript()).at(-1);
    assert.deepEqual([last?.end, last?.reason], ["cancelled", "stop it"]);
  }));

test("an immediate cancel after a graceful one rejects", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const said = turn("hi");
    const done = session.run(said);
    session.requestCancel("graceful");
    said.abort.abort(REASON);
    await assert.rejects(drive(clock, done), REASON);
  }));

test("a cancel with no turn does nothing, also not to the next turn", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    assert.equal(session.requestCancel("graceful"), false);
    assert.equal(session.requestCancel("immediate"), false);
    assert.equal(await drive(clock, session.run(turn("hi"))), "You said: hi");
    assert.equal(session.requestCancel("graceful"), false);
    assert.equal(await drive(clock, session.run(turn("ho"))), "You said: ho");
  }));

test("a level that is only truthy is an error, and cancels nothing", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const done = session.run(turn("hi"));
    for (const level of [true, "Graceful", undefined, 1]) {
      assert.throws(() => session.requestCancel(level as CancelLevel), /^TypeError: Cannot cancel/);
    }
    assert.equal(await drive(clock, done), "You said: hi");
  }));

test("ignore cancel goes on for its seconds; what it says after an abort is not in the transcript", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const said = turn("ignore cancel 3");
    const done = session.run(said);
    await until(() => clock.pending === 1);
    clock.advance(1_000);
    await until(() => clock.pending === 1);
    session.requestCancel("graceful");
    said.abort.abort(REASON);
    assert.equal(await drive(clock, done, 500), "Cancelled or not, for 3 s: 1 2 3 done");
    assert.equal(clock.now(), 3_000);
    assert.equal(said.pieces.join(""), "Cancelled or not, for 3 s: 1 2 3 done");
    assert.deepEqual(ends(await session.transcript()).at(-1), [
      "agent",
      "Cancelled or not, for 3 s: 1",
      "cancelled",
    ]);
  }));

test("what follows ignore cancel in the same turn obeys the cancel", () =>
  withAgent({}, async ({ agent, clock }) => {
    const session = await agent.open({ id: "s1" });
    const said = turn([{ text: "ignore cancel 1" }, { text: "more" }], {
      onEmit: (pieces) => /Cancelled/.test(pieces.at(-1) ?? "") && said.abort.abort(REASON),
    });
    await assert.rejects(drive(clock, session.run(said)), REASON);
    assert.match(said.pieces.join(""), / done\n2\. $/);
  }));
