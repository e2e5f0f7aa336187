import assert from "node:assert/strict";
import { test } from "node:test";
import type { LedgerRecord } from "../ledger_record.ts";
import type { LedgerLine } from "./check_report.ts";
import { meaningOf } from "./meanings.ts";
import { narrate } from "./narration.ts";
import { wordsOf } from "./words.ts";

const [session, message] = ["a", "m1"];

/** A record of each kind, and what is said of it. */
const SAID: readonly (readonly [LedgerRecord, string])[] = [
  [{ kind: "asked", op: 0, what: "send", session, message }, "The caller sends m1 to session a."],
  [
    {
      kind: "asked",
      op: 0,
      what: "send",
      session,
      message,
      sender: "ann",
      event: "e1",
      policy: "interrupt",
    },
    "The caller sends m1 to session a for sender ann, as event e1, to interrupt the turn that runs.",
  ],
  [
    { kind: "asked", op: 1, what: "withdraw", session, message },
    "The caller takes m1 of session a back.",
  ],
  [
    {
      kind: "asked",
      op: 1,
      what: "stop",
      session,
      level: "immediate",
      queued: "discard",
      deadlineMs: 500,
    },
    "The caller asks for a stop at once of session a, within 500 ms; what waits is to be dropped.",
  ],
  [{ kind: "asked", op: 1, what: "end", session }, "The caller asks to end session a for good."],
  [{ kind: "asked", op: 1, what: "create", session }, "The caller asks for a new session, a."],
  [
    { kind: "asked", op: 1, what: "withdraw", session },
    "The caller does not want session a any more.",
  ],
  [
    { kind: "asked", op: 1, what: "resume", session, revive: true },
    "The caller asks to resume session a, though it was ended.",
  ],
  [
    { kind: "asked", op: 1, what: "disconnect", session },
    "The agent's side of session a is lost, as when its process dies.",
  ],
  [
    { kind: "asked", op: 1, what: "shutdown", session: "", deadlineMs: 30_000 },
    "The whole host is told to shut down, within 30 s.",
  ],
  [{ kind: "asked", op: 1, what: "advance", session: "" }, "The clock moves on."],
  [{ kind: "asked", op: 1, what: "crash", session: "" }, "The process of the host is killed."],
  [{ kind: "answered", op: 1, ok: true }, "The caller gets the answer to operation 2."],
  [
    { kind: "answered", op: 1, ok: false, detail: "too late", abandoned: true },
    "The caller gets an error for operation 2: “too late”. It says that it gave something up.",
  ],
  [{ kind: "accepted", session, message }, "The host accepts m1 of session a."],
  [
    { kind: "rejected", session, message, reason: "busy" },
    "The host refuses m1 of session a: busy.",
  ],
  [
    {
      kind: "run",
      session,
      message,
      messages: ["m1", "m2"],
      run: 1,
      act: "call",
      guard: undefined,
    },
    "The host calls the agent for m1 and m2 of session a: run 1 begins.",
  ],
  [
    { kind: "run", session, message, run: 1, act: "abort", guard: undefined },
    "The signal of run 1 is aborted: it is asked to stop.",
  ],
  [
    { kind: "run", session, message, run: 1, act: "ignore", guard: undefined },
    "Run 1 takes no notice of the abort and goes on.",
  ],
  [
    { kind: "run", session, message, run: 1, act: "throw", guard: undefined },
    "Run 1 ends with an error: the agent fails on m1.",
  ],
  [
    { kind: "cancel", session, run: 1, level: "graceful" },
    "The host asks the agent itself to stop run 1 gracefully.",
  ],
  [
    { kind: "cancel", session, run: 0, level: "immediate" },
    "The host asks the agent of session a to stop at once, but nothing runs.",
  ],
  [
    { kind: "outcome", session, message, status: "completed", replyOf: 2, replySession: "b" },
    "The outcome of m1 of session a is completed (with the reply of run 2 of session b).",
  ],
  [
    { kind: "outcome", session, message, status: "merged", by: "m2" },
    "The outcome of m1 of session a is merged (it ran in the turn of m2).",
  ],
  [
    { kind: "outcome", session, message, status: "expired", cause: "30 s" },
    "The outcome of m1 of session a is expired (it waited longer than allowed; “30 s”).",
  ],
  [
    { kind: "reply", session, message, act: "end", run: 1, from: "b" },
    "The reply to m1 of session a, from run 1, which is of session b, is delivered.",
  ],
  [
    { kind: "reply", session, message, act: "fail", run: 0, from: "" },
    "The reply to m1 of session a, which no run gave, can not be delivered.",
  ],
  [
    { kind: "guard", session, guard: {}, live: true, waiting: ["m2"] },
    "Somebody has the guard of session a. m2 waits.",
  ],
  [
    { kind: "claim", key: "a", act: "claim", by: "task-2", token: 3 },
    "task-2 claims a (claim 3).",
  ],
  [{ kind: "lock", key: "a", act: "wait", by: "task-2" }, "task-2 waits for the lock a."],
  [
    { kind: "io", port: "store", session, call: 3, act: "begin" },
    "The host calls store for session a (call 3) and waits.",
  ],
  [
    { kind: "io", port: "store", session, call: 3, act: "fail", gone: true },
    "Call 3 of store for session a fails: the session is gone for good.",
  ],
  [
    { kind: "handle", session, handle: 2, act: "open" },
    "The agent's side of session a is opened (handle 2).",
  ],
  [
    { kind: "binding", client: "ann", session, about: "b" },
    "The next message of client ann goes to session a, because of what session b answered.",
  ],
  [
    { kind: "binding", client: "ann", session: undefined },
    "Client ann has no session any more.",
  ],
  [
    { kind: "event", event: "e1", act: "arrive", deadlineMs: 3_000 },
    "Event e1 is delivered, to be acknowledged within 3 s.",
  ],
  [{ kind: "event", event: "e1", act: "ack" }, "The host acknowledges event e1."],
  [
    { kind: "context", session, how: "resume", workingDir: "/a", project: "p", transcript: ["x"] },
    "Session a is there after a resume: directory “/a”, project p, 1 line of transcript.",
  ],
  [
    { kind: "cwd", dir: "/a", session },
    "Session a moves the whole process to the directory “/a”.",
  ],
  [
    { kind: "stored", session, message, what: "outcome" },
    "The outcome of m1 of session a is on disk.",
  ],
  [{ kind: "timer", timer: 4 }, "Timer 4 fires."],
  [{ kind: "phase", phase: "turns" }, "Shutdown: the turns are over."],
  [{ kind: "process", act: "crash" }, "The process of the host dies."],
  [
    { kind: "measure", lane: "frames", name: "agent", n: 1_000, value: 12, limit: 10 },
    "Measured at point 1,000: frames of agent 12, over the limit of 10.",
  ],
  [
    { kind: "rest", held: { tasks: 0 } },
    "Nothing more can happen. The host holds nothing any more.",
  ],
  [
    { kind: "rest", held: { tasks: 2, timers: 0 } },
    "Nothing more can happen, and the host still holds tasks: 2.",
  ],
];

test("each kind of record is told in plain words", () => {
  for (const [record, words] of SAID) assert.equal(wordsOf(record), words);
});

test("each kind of record is explained", () => {
  for (const [record] of SAID) assert.match(meaningOf(record), /^[A-Z].*\.$/, record.kind);
});

test("a record of a kind that nobody knows yet is told as it is", () => {
  const record = { kind: "weather", sky: "blue\n" } as unknown as LedgerRecord;
  assert.equal(wordsOf(record), 'weather: sky "blue\\n"');
});

test("names from outside are made visible", () => {
  const words = wordsOf({ kind: "accepted", session: "\u001b[2J", message: "a\nb" });
  assert.equal(words, "The host accepts “a\\nb” of session “\\u{1b}[2J”.");
});

function told(...records: LedgerRecord[]): string[] {
  return narrate(records.map((record): LedgerLine => ({ step: 1, ms: 0, record })))
    .map(({ words, isOdd }) => isOdd ? `! ${words}` : words);
}

const guard = (owner: unknown, waiting: string[] = [], live = true): LedgerRecord => ({
  kind: "guard",
  session,
  guard: owner,
  live,
  waiting,
});
const run = (number: number, act: "call" | "end", own: unknown = undefined): LedgerRecord => ({
  kind: "run",
  session,
  message: `m${number}`,
  run: number,
  act,
  guard: own,
});

test("the way of a guard is told from one owner to the next", () => {
  const [first, second] = [{}, Symbol("second")];
  const records = [
    guard(undefined, ["m1"]),
    guard(first),
    guard(first, ["m2", "m3"]),
    guard(first, ["m3"]),
    guard(first, ["m3"]),
    guard(second, ["m3"]),
    guard(second, ["m3"], false),
    guard(undefined, ["m3"]),
  ];
  assert.deepEqual(told(...records), [
    "Nobody has the guard. m1 waits.",
    "Owner A has the guard. Nothing waits any more.",
    "m2 and m3 wait.",
    "m3 still waits, m2 no more.",
    "Owner A still has the guard.",
    "The guard passes from owner A to owner B.",
    "! The guard belongs to owner B, which is dead: nobody will let go of it.",
    "The guard is let go. m3 still waits.",
  ]);
});

test("a guard that is let go under a run is told as such, and one that is let go after it is not", () => {
  const words = told(run(1, "call"), guard("drain"), guard(undefined), run(1, "end"));
  assert.equal(words[2], "! The guard is let go while run 1 (m1) is still going.");
  assert.equal(
    told(run(1, "call"), guard(7), run(1, "end"), guard(undefined))[3],
    "The guard is let go.",
  );
});

test("a run that begins beside others names them", () => {
  const words = told(run(1, "call"), run(2, "call"), run(1, "end"), run(3, "call"));
  assert.equal(
    words[1],
    "! The host calls the agent for m2 while run 1 (m1) is still going: run 2 begins beside it.",
  );
  assert.match(words[3]!, /^! .* while run 2 \(m2\) is still going/);
});

test("runs of another session and runs before a crash are not beside it", () => {
  const other = { ...run(2, "call"), session: "b" } as LedgerRecord;
  assert.match(
    told(run(1, "call"), other)[1]!,
    /^The host calls the agent for m2 of session b: run 2 begins\.$/,
  );
  const crash: LedgerRecord = { kind: "process", act: "crash" };
  assert.match(
    told(run(1, "call"), crash, run(2, "call"))[2]!,
    /^The host calls .*: run 2 begins\.$/,
  );
});

test("a run without a guard is worth a word where others have one", () => {
  assert.match(told(run(1, "call", {}), run(1, "end"))[1]!, /with m1\. Nobody has the guard\.$/);
  assert.match(told(run(1, "call"), run(1, "end"))[1]!, /with m1\.$/);
});

test("an answer says to what it is one", () => {
  const asked: LedgerRecord = { kind: "asked", op: 0, what: "send", session, message };
  const words = told(asked, { kind: "answered", op: 0, ok: true, detail: "completed" });
  assert.equal(words[1], "The caller gets the answer to the send of m1: completed.");
});

test("owners have letters, also beyond the alphabet, and an own name where they have one", () => {
  const owners = Array.from({ length: 28 }, () => guard({}));
  assert.equal(told(...owners)[27], "The guard passes from owner AA to owner AB.");
  assert.equal(told(guard("drain task"))[0], "Owner A (“drain task”) has the guard.");
  const busy = (whose: string) => ({ ...guard(true), session: whose }) as LedgerRecord;
  assert.equal(told(busy("a"), busy("b"))[1], "Owner B has the guard of session b.");
});
