import assert from "node:assert/strict";
import { test } from "node:test";
import { type Guarantee, GUARANTEES, judge, type JudgeOptions, Ledger } from "./mod.ts";

const NO_GUARD = {};

/** A ledger that a test writes in short: acts of runs with a guard, unless it is taken away. */
class Story extends Ledger {
  guard: unknown;

  constructor() {
    super({ guardOf: () => this.guard });
    this.guard = NO_GUARD;
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

  idle(held: Record<string, number> = {}): this {
    this.rest(held);
    return this;
  }
}

function breaks(story: Story, guarantee: Guarantee, how: string, options?: JudgeOptions): void {
  assert.throws(() => judge(story, [guarantee], options), {
    name: "ViolationError",
    guarantee,
    story: how,
    message: `${guarantee}: ${how}\n${story}`,
  });
}

function keeps(story: Story, guarantee: Guarantee, options?: JudgeOptions): void {
  assert.doesNotThrow(() => judge(story, [guarantee], options));
}

test("an orderly story keeps every guarantee", () => {
  const story = new Story().accept(2).call("1").act(1, "step").act(1, "end").end("1", "completed")
    .call("2").act(2, "throw").end("2", "failed").idle({ guards: 0, timers: 0 });
  judge(story);
  assert.equal(GUARANTEES.length, 6);
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
    'run 2 (message "1" of session "s") began after run 1 (message "2" of session "s")',
  );
  breaks(
    new Story().accept(1).call("1").act(1, "end").call("1"),
    "FIFO",
    'run 2 (message "1" of session "s") began after run 1 (message "1" of session "s")',
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
