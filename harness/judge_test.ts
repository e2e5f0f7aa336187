import assert from "node:assert/strict";
import { test } from "node:test";
import { breachesOf, judgeable } from "./judge.ts";
import { type Guarantee, GUARANTEES, judge, Ledger, type Policies } from "./mod.ts";
import { ORACLES } from "./oracles/oracles.ts";
import { Story as Tale } from "./oracles/_test_support.ts";

const GUARD = {};

/** A ledger that a test writes in short: acts of runs with a guard, unless it is taken away. */
class Story extends Ledger {
  guard: unknown;

  constructor() {
    super({ guardOf: () => this.guard });
    this.guard = GUARD;
  }

  /** Accepts messages "1" and so on of session "s". */
  accept(count: number): this {
    for (let message = 1; message <= count; message++) this.accepted("s", String(message));
    return this;
  }

  call(message: string, session = "s"): this {
    this.called(session, message);
    return this;
  }

  act(run: number, act: "step" | "end" | "throw" | "settle" | "ignore", session = "s"): this {
    this.acted(session, String(run), { run, act });
    return this;
  }

  end(message: string, status: string, session = "s"): this {
    this.outcome(session, message, status);
    return this;
  }

  idle(held: { readonly [name: string]: number } = {}): this {
    this.rest(held);
    return this;
  }
}

function breaks(story: Story, guarantee: Guarantee, how: string, policies?: Policies): void {
  assert.throws(() => judge(story, [guarantee], policies), {
    name: "ViolationError",
    guarantee,
    story: how,
    message: `${guarantee}: ${how}\n${story}`,
  });
}

function keeps(story: Story, guarantee: Guarantee, policies?: Policies): void {
  assert.doesNotThrow(() => judge(story, [guarantee], policies));
}

test("an orderly story keeps every guarantee", () => {
  const story = new Story().accept(2).call("1").act(1, "step").act(1, "end").end("1", "completed")
    .call("2").act(2, "throw").end("2", "failed").idle({ guards: 0, timers: 0 });
  judge(story);
  assert.deepEqual(breachesOf(story, judgeable(story, GUARANTEES), {}), []);
});

test("there is an oracle for each of the guarantees, with a promise and with what it needs", () => {
  assert.equal(GUARANTEES.length, 36);
  for (const guarantee of GUARANTEES) {
    const { promise, needs } = ORACLES[guarantee];
    assert.match(promise, /^[^A-Z\s][^.\n]*$/, guarantee);
    assert.ok(needs.length > 0, guarantee);
    assert.doesNotThrow(() => ORACLES[guarantee].judge(new Ledger(), {}));
  }
});

test("SINGLE_TURN fires when a run begins while another of its session runs", () => {
  breaks(
    new Story().accept(2).call("1").act(1, "step").call("2"),
    "SINGLE_TURN",
    'run 2 (message "2" of session "s") began while run 1 (message "1" of session "s") was running',
  );
});

test("SINGLE_TURN fires when an aborted run that ignores it is not waited for", () => {
  const story = new Story().accept(2).call("1").act(1, "ignore").end("1", "cancelled").call("2");
  assert.throws(() => judge(story, ["SINGLE_TURN"]), { guarantee: "SINGLE_TURN" });
});

test("SINGLE_TURN is silent for runs one after the other, and for those of other sessions", () => {
  keeps(new Story().call("1").call("1", "t").act(1, "settle").call("2"), "SINGLE_TURN");
  keeps(new Story().call("1").act(1, "throw").call("2").act(2, "end").call("3"), "SINGLE_TURN");
});

test("SINGLE_TURN counts an abandoned run, unless the host is one that isolates them", () => {
  const story = new Story().accept(3).call("1").end("1", "abandoned").call("2");
  assert.throws(() => judge(story, ["SINGLE_TURN"]), { guarantee: "SINGLE_TURN" });
  keeps(story, "SINGLE_TURN", { isolated: true });
  const how =
    'run 3 (message "3" of session "s") began while run 2 (message "2" of session "s") was running';
  breaks(story.act(1, "end").call("3"), "SINGLE_TURN", how, { isolated: true });
});

test("GUARD_WHILE_RUNNING fires when an agent acts without a guard", () => {
  const story = new Story().call("1");
  story.guard = undefined;
  const how = 'run 1 (message "1" of session "s") had no guard at its "end"';
  breaks(story.act(1, "end"), "GUARD_WHILE_RUNNING", how);
});

test("GUARD_WHILE_RUNNING fires when nobody shows the guard", () => {
  const ledger = new Ledger();
  ledger.called("s", "1");
  assert.throws(() => judge(ledger, ["GUARD_WHILE_RUNNING"]), { guarantee: "GUARD_WHILE_RUNNING" });
  assert.throws(() => judge(ledger), { guarantee: "GUARD_WHILE_RUNNING" });
});

test("GUARD_WHILE_RUNNING is silent while there is one, and after a run", () => {
  const story = new Story().accept(1).call("1").act(1, "step").act(1, "end");
  story.guard = undefined;
  keeps(story.end("1", "completed"), "GUARD_WHILE_RUNNING");
});

test("GUARD_WHILE_RUNNING counts an abandoned run, unless the host is one that isolates them", () => {
  const story = new Story().accept(1).call("1").end("1", "abandoned");
  story.guard = undefined;
  story.act(1, "end");
  assert.throws(() => judge(story, ["GUARD_WHILE_RUNNING"]), { guarantee: "GUARD_WHILE_RUNNING" });
  keeps(story, "GUARD_WHILE_RUNNING", { isolated: true });
});

test("FIFO fires when a later message runs first, when one runs twice, and when none was given", () => {
  breaks(
    new Story().accept(2).call("2").act(1, "end").call("1"),
    "FIFO",
    'run 2 (message "1" of session "s") began after run 1 (message "2" of session "s"), which came later',
  );
  breaks(
    new Story().accept(1).call("1").act(1, "end").call("1"),
    "FIFO",
    'run 2 (message "1" of session "s") began though its message had run, in run 1',
  );
  breaks(
    new Story().call("1").accept(1),
    "FIFO",
    'run 1 (message "1" of session "s") began before its message was accepted',
  );
});

test("FIFO is silent when messages are left out, and between sessions", () => {
  const story = new Story().accept(3);
  story.accepted("t", "1");
  keeps(story.call("1", "t").call("1").call("3"), "FIFO");
});

test("EXACTLY_ONE_OUTCOME fires for none, for two, and for one that nobody is owed", () => {
  breaks(
    new Story().accept(2).end("1", "completed"),
    "EXACTLY_ONE_OUTCOME",
    'message "2" of session "s" has no outcome',
  );
  breaks(
    new Story().accept(1).end("1", "abandoned").end("1", "completed"),
    "EXACTLY_ONE_OUTCOME",
    'message "1" of session "s" has two outcomes, abandoned and completed',
  );
  breaks(
    new Story().end("1", "completed"),
    "EXACTLY_ONE_OUTCOME",
    'message "1" of session "s" has an outcome unaccepted',
  );
});

test("EXACTLY_ONE_OUTCOME is silent when each message has one, whether it ran or not", () => {
  const story = new Story().accept(2).end("2", "cancelled").call("1").end("1", "completed");
  keeps(story, "EXACTLY_ONE_OUTCOME");
});

test("NO_STRANDED_PENDING fires for a message that neither ran nor ended", () => {
  const how = 'message "2" of session "s" was left waiting';
  breaks(new Story().accept(2).call("1").act(1, "end"), "NO_STRANDED_PENDING", how);
});

test("NO_STRANDED_PENDING is silent for what ran and for what was withdrawn", () => {
  keeps(new Story().accept(2).call("1").end("2", "cancelled"), "NO_STRANDED_PENDING");
});

test("EVENTUALLY_IDLE fires for a run without end, for what is still held, and when nobody says", () => {
  const how = 'run 1 (message "1" of session "s") never settled';
  breaks(new Story().call("1").act(1, "ignore").idle(), "EVENTUALLY_IDLE", how);
  breaks(
    new Story().idle({ guards: 1, timers: 0, waiting: 2 }),
    "EVENTUALLY_IDLE",
    "at rest it holds guards: 1, waiting: 2",
  );
  breaks(
    new Story().call("1").act(1, "end"),
    "EVENTUALLY_IDLE",
    "nobody said at the end what the host still holds",
  );
});

test("EVENTUALLY_IDLE is silent when all runs have settled and nothing is held", () => {
  const story = new Story().call("1").act(1, "throw").call("2").act(2, "settle");
  keeps(story.idle({ guards: 0, timers: 0 }), "EVENTUALLY_IDLE");
});

test("judge() reads only the guarantees it is asked for, in their order", () => {
  const story = new Story().accept(2).call("2").call("1");
  assert.throws(() => judge(story, ["SINGLE_TURN", "FIFO"]), { guarantee: "SINGLE_TURN" });
  assert.throws(() => judge(story, ["FIFO", "SINGLE_TURN"]), { guarantee: "FIFO" });
  assert.doesNotThrow(() => judge(story, []));
});

test("judge() names the record with which it went wrong", () => {
  const story = new Story().accept(2).call("2").act(1, "end").call("1");
  const breach = {
    story:
      'run 2 (message "1" of session "s") began after run 1 (message "2" of session "s"), which came later',
    at: 2,
    also: [0, 1, 4],
  };
  assert.throws(() => judge(story, ["FIFO"]), { guarantee: "FIFO", breach });
});

test("judge() judges what there is a record of, besides what every world shows", () => {
  const story = new Story().accept(1).call("1").act(1, "end").end("1", "completed");
  story.write({ kind: "claim", key: "s", act: "claim", by: "x" });
  story.write({ kind: "claim", key: "s", act: "release", by: "y" });
  assert.throws(() => judge(story), { guarantee: "OWNER_ONLY_RELEASE" });
  const unfinished = new Story().accept(1).call("1").act(1, "end").end("1", "completed");
  assert.throws(() => judge(unfinished), { guarantee: "EVENTUALLY_IDLE" });
  judge(unfinished.idle());
});

test("judge() judges what it is asked for even where the record does not have what it needs", () => {
  const story = new Story().accept(1).end("1", "cancelled").idle();
  assert.doesNotThrow(() => judge(story));
  assert.throws(() => judge(story, ["CANCEL_TARGET"]), { guarantee: "CANCEL_TARGET" });
});

test("breachesOf() tells all that is broken, the most telling first", () => {
  const story = new Tale().next().send("a", "m1").send("a", "m2").accept("m1").accept("m2");
  story.call("m2").call("m1").next().act(1, "end");
  const names = (guarantees: readonly Guarantee[]) =>
    breachesOf(story, judgeable(story, guarantees), {}).map(({ guarantee }) => guarantee);
  assert.deepEqual(names(["FIFO", "EVENTUALLY_IDLE", "GUARD_WHILE_RUNNING", "SINGLE_TURN"]), [
    "SINGLE_TURN",
    "FIFO",
  ]);
  story.idle({ timers: 1 });
  assert.deepEqual(names(["EVENTUALLY_IDLE", "FIFO"]), ["FIFO", "EVENTUALLY_IDLE"]);
  assert.deepEqual(names(["FIFO"]), ["FIFO"]);
  assert.deepEqual(breachesOf(story, ["FIFO"], { order: "none" }), []);
});

test("judgeable() leaves out what there is nothing for in the record, and keeps the order", () => {
  const story = new Story().accept(1).call("1");
  const guarantees = ["EVENTUALLY_IDLE", "FIFO", "CAS_ACTIVE_ID", "SINGLE_TURN"] as const;
  assert.deepEqual(judgeable(story, guarantees), ["FIFO", "SINGLE_TURN"]);
  assert.deepEqual(judgeable(story.idle(), guarantees), [
    "EVENTUALLY_IDLE",
    "FIFO",
    "SINGLE_TURN",
  ]);
});

test("judgeable() leaves out what the record could not have broken: one session, no order, no retry", () => {
  const one = new Tale().send("a", "m1").call("m1").act(1, "end");
  const guarantees = ["FIFO", "NO_CROSS_SESSION_HOL"] as const;
  assert.deepEqual(judgeable(one, guarantees), ["FIFO"]);
  assert.deepEqual(judgeable(one, guarantees, { order: "none" }), []);
  assert.deepEqual(judgeable(one.send("b", "m2"), guarantees), [...guarantees]);

  const retry = new Tale().put({ kind: "event", event: "e1", act: "arrive" });
  retry.send("a", "m1", { event: "e1" }).accept("m1").call("m1").act(1, "throw");
  retry.outcome("m1", "failed");
  assert.deepEqual(judgeable(retry, ["FAILURE_RETRYABLE"]), []);
  retry.send("a", "m2", { event: "e1" });
  assert.deepEqual(judgeable(retry, ["FAILURE_RETRYABLE"]), ["FAILURE_RETRYABLE"]);
});
