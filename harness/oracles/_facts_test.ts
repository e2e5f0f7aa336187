import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "../ledger.ts";
import { Facts, factsOf, hasRested, wasTaken } from "./_facts.ts";
import { Story } from "./_test_support.ts";

test("a ledger that is told when the world rests tells rushed steps apart", () => {
  const ledger = new Ledger();
  const step = (isAtRest: boolean) => {
    ledger.step++;
    if (isAtRest) ledger.rested();
    ledger.accepted("a", `m${ledger.step}`);
  };
  step(true);
  step(false);
  step(true);
  assert.deepEqual([0, 1, 2].map((at) => ledger.restOf(at)), [1, 1, 2]);
  assert.deepEqual([hasRested(ledger, 0, 1), hasRested(ledger, 1, 2)], [false, true]);
});

test("a ledger that is never told takes each step to be taken at rest", () => {
  const ledger = new Ledger();
  ledger.accepted("a", "m1");
  ledger.accepted("a", "m2");
  ledger.step++;
  ledger.accepted("a", "m3");
  assert.deepEqual([hasRested(ledger, 0, 1), hasRested(ledger, 1, 2)], [false, true]);
});

test("a ledger knows that something was asked with a deadline", () => {
  assert.equal(new Story().ask("end", "a").has("deadline"), false);
  assert.equal(new Story().ask("end", "a", { deadlineMs: 1 }).has("deadline"), true);
});

test("facts tell messages of one name in two sessions apart", () => {
  const ledger = new Ledger();
  ledger.accepted("a", "m1");
  ledger.accepted("b", "m1");
  ledger.outcome("a", "m1", "cancelled");
  const facts = new Facts(ledger.records);
  assert.deepEqual(facts.messages.map(({ outcome }) => outcome), [2, -1]);
  assert.equal(facts.find("b", "m1"), facts.messages[1]);
  assert.equal(facts.find("c", "m1"), undefined);
});

test("facts are collected once, and again when the ledger has grown", () => {
  const story = new Story().accept("m1");
  const facts = factsOf(story);
  assert.equal(factsOf(story), facts);
  assert.equal(factsOf(story.accept("m2")).messages.length, 2);
});

test("facts tell what was first and what was last", () => {
  const story = new Story().send("a", "m1").accept("m1").accept("m1").call("m1").act(1, "end")
    .call("m1").act(2, "end").outcome("m1", "completed").outcome("m1", "failed")
    .outcome("m1", "cancelled").answer("m1");
  story.put({ kind: "answered", op: 0, ok: false }).put({ kind: "answered", op: 9, ok: true });
  const facts = factsOf(story);
  const { asked, accepted, called, run, ended, outcome, status, again, op } = facts.messages[0]!;
  assert.deepEqual({ asked, accepted, called, ended, outcome, again }, {
    asked: 0,
    accepted: 1,
    called: 3,
    ended: 4,
    outcome: 7,
    again: 8,
  });
  assert.deepEqual([run?.number, status, op?.answered, op?.ok], [2, "completed", 10, true]);
});

test("facts tell in which look a message was first in line, and left it", () => {
  const story = new Story().send("a", "m1").look("a", "g", ["m1"]).look("a", "h", ["m1"])
    .look("a", "g", []).look("a", undefined, []);
  const facts = factsOf(story);
  const { waited, left } = facts.messages[0]!;
  assert.deepEqual([waited, left, facts.showsLines], [1, 3, true]);
  assert.equal(factsOf(story.look("a", "g", ["m1"])).messages[0]?.left, -1);
  assert.equal(factsOf(new Story().look("a", "g")).showsLines, false);
});

test("facts tell what dies with a process", () => {
  const story = new Story().send("a", "m1").call("m1").act(1, "end").call("m1").begin("open", "a")
    .look("a", "g", ["m2"]).ask("shutdown").answer("shutdown");
  assert.equal(factsOf(story).session("a").isBusyAtEnd({}), true);
  assert.equal(factsOf(story).shutDown?.answered, story.last);
  story.put({ kind: "process", act: "crash" });
  const facts = factsOf(story);
  assert.equal(facts.session("a").isBusyAtEnd({}), false);
  assert.deepEqual(facts.runs.map(({ how, settled }) => [how, settled]), [["end", 2], [
    "crash",
    8,
  ]]);
  assert.deepEqual([facts.shutdown, facts.shutDown], [undefined, undefined]);
});

test("facts tell which of two shutdowns returned first", () => {
  const story = new Story().ask("shutdown").ask("shutdown").put({
    kind: "answered",
    op: 1,
    ok: true,
  })
    .put({ kind: "answered", op: 0, ok: true });
  const { shutdown, shutDown } = factsOf(story);
  assert.deepEqual([shutdown?.asked, shutDown?.asked, shutDown?.answered], [0, 1, 2]);
});

test("a session is busy as long as it has a run, a guard or a call of a port", () => {
  const isBusy = (story: Story, isolated = false) =>
    factsOf(story).session("a").isBusyAtEnd({ isolated });
  assert.equal(isBusy(new Story().accept("m1").call("m1")), true);
  assert.equal(isBusy(new Story().accept("m1").call("m1").act(1, "settle")), false);
  assert.equal(isBusy(new Story().accept("m1").look("a", "g")), true);
  assert.equal(isBusy(new Story().accept("m1").look("a", null)), false);
  assert.equal(isBusy(new Story().accept("m1").reply("m1", "begin")), true);
  const abandoned = new Story().accept("m1").call("m1").outcome("m1", "abandoned");
  assert.deepEqual([isBusy(abandoned), isBusy(abandoned, true)], [true, false]);
});

test("a message that fails there and then, with an error for its sender, was not taken", () => {
  const taken = (story: Story) => wasTaken(story, factsOf(story).messages[0]!);
  const failed = () => new Story().send("a", "m1").accept("m1").outcome("m1", "failed");
  assert.equal(taken(failed().answer("m1", { ok: false })), false);
  assert.equal(taken(failed().answer("m1")), true);
  assert.equal(taken(new Story().send("a", "m1")), false);
  const cancelled = new Story().send("a", "m1").accept("m1").outcome("m1", "cancelled");
  assert.equal(taken(cancelled.answer("m1", { ok: false })), true);
  const ran = new Story().send("a", "m1").accept("m1").call("m1").outcome("m1", "failed");
  assert.equal(taken(ran.answer("m1", { ok: false })), true);
  const later = new Story().next().send("a", "m1").accept("m1").next().outcome("m1", "failed");
  assert.equal(taken(later.answer("m1", { ok: false })), true);
});

test("a run is given up from the rest in which its host says so", () => {
  const story = new Story().next().accept("m1").call("m1").next().ask("stop", "a")
    .outcome("m1", "abandoned").next().act(1, "end");
  const [run] = factsOf(story).runs;
  assert.deepEqual([1, 2, 3, 4].map((at) => run?.isGivenUp(at, story)), [false, true, true, true]);
  assert.equal(run?.wasGivenUp, true);
});

test("a twin is another delivery of the same event that fits", () => {
  const story = new Story().send("a", "m1", { event: "e1" }).send("a", "m2", { event: "e2" })
    .send("b", "m3", { event: "e1" }).send("a", "m4").send("a", "m5");
  const facts = factsOf(story);
  const twinOf = (at: number) => facts.twinOf(facts.messages[at]!, () => true)?.name;
  assert.deepEqual([0, 1, 2, 3].map(twinOf), ["m3", undefined, "m1", undefined]);
});
