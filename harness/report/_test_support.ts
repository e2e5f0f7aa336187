import type { LedgerRecord } from "../ledger_record.ts";
import {
  accepted,
  acts,
  asked,
  CALLER,
  guard,
  outcome,
  runOf,
  violationOf,
} from "./_testing/tale.ts";
import type { CheckReport, Violation } from "./check_report.ts";

export { HOSTILE, HOSTILE_NAMES, LONG } from "./_testing/hard_tales.ts";
export { violationOf } from "./_testing/tale.ts";

const FREED = guard(undefined);
const SECOND_CALL = acts(3, "call");
const [TASK_1, TASK_2, TASK_3] = [{}, {}, {}];

/** The finishing task frees the guard though a new owner has it, so a third message starts a second agent. */
export const LATE_RELEASE: Violation = violationOf({
  story: "run 3 (m3) began while run 2 (m2) was running: the guard had been let go under run 2",
  steps: [
    [
      { label: "send a m1", ...CALLER },
      asked(0, "m1"),
      accepted("m1"),
      acts(1, "call"),
      guard(TASK_1),
    ],
    [
      { label: "send a m2", ...CALLER },
      asked(1, "m2"),
      accepted("m2"),
      guard(TASK_1, { waiting: ["m2"] }),
    ],
    [
      { label: "run 1 ends", ...runOf(1) },
      acts(1, "end"),
      outcome("m1"),
      acts(2, "call"),
      guard(TASK_2),
    ],
    [
      { label: "deliver m1", actor: "delivery", session: "a" },
      { kind: "reply", session: "a", message: "m1", act: "end", run: 1, from: "a" },
      FREED,
    ],
    [
      { label: "send a m3", ...CALLER, deviates: true },
      asked(2, "m3"),
      accepted("m3"),
      SECOND_CALL,
      guard(TASK_3),
    ],
    [{ label: "run 2 ends", ...runOf(2) }, acts(2, "end"), outcome("m2"), guard(undefined)],
    [
      { label: "run 3 ends", ...runOf(3) },
      acts(3, "end"),
      outcome("m3"),
      { kind: "rest", held: { tasks: 0, timers: 0 } },
    ],
  ],
  root: FREED,
  also: [SECOND_CALL],
});

const BESIDE = acts(2, "call");

/** A host of which nothing but messages is seen, with an await between its check and its claim. */
export const TWO_AGENTS: Violation = violationOf({
  story: "run 2 (m2) began while run 1 (m1) was running",
  operations: ["send a", "send a"],
  tape: [1],
  replay:
    'npm run check:host -- replay harness/examples/busy_flag.ts --tape 1 --ops "send a; send a"',
  strategy: "exhaustive",
  foundAfter: 2,
  unshrunk: { operations: 2, steps: 4 },
  steps: [
    [{ label: "send a m1", ...CALLER }, asked(0, "m1")],
    [
      { label: "send a m2", ...CALLER, hops: 0, deviates: true },
      asked(1, "m2"),
      acts(1, "call"),
      accepted("m1"),
      BESIDE,
      accepted("m2"),
    ],
    [{ label: "run 1 ends", ...runOf(1) }, acts(1, "end"), outcome("m1")],
    [{ label: "run 2 ends", ...runOf(2) }, acts(2, "end"), outcome("m2"), {
      kind: "rest",
      held: {},
    }],
  ],
  root: BESIDE,
});

const LOST = accepted("m2");
const AT_REST: LedgerRecord = { kind: "rest", held: { queued: 1 } };

/** A follow-up is taken on and then forgotten. */
export const LOST_FOLLOW_UP: Violation = violationOf({
  guarantee: "EXACTLY_ONE_OUTCOME",
  promise: "Every accepted message ends in exactly one way.",
  story: "m2 was accepted and never got an outcome: m3 took its place in line",
  steps: [
    [{ label: "send a m1", ...CALLER }, asked(0, "m1"), accepted("m1"), acts(1, "call"), guard(1)],
    [{ label: "send a m2", ...CALLER }, asked(1, "m2"), LOST, guard(1, { waiting: ["m2"] })],
    [
      { label: "send a m3", ...CALLER },
      asked(2, "m3"),
      accepted("m3"),
      guard(1, { waiting: ["m3"] }),
    ],
    [
      { label: "run 1 ends", ...runOf(1) },
      acts(1, "end"),
      outcome("m1"),
      acts(2, "call", { message: "m3" }),
      guard(1),
    ],
    [
      { label: "run 2 ends", ...runOf(2) },
      acts(2, "end", { message: "m3" }),
      outcome("m3"),
      guard(undefined),
      AT_REST,
    ],
  ],
  root: LOST,
  also: [AT_REST],
});

const LATE_ANSWER: LedgerRecord = {
  kind: "answered",
  op: 1,
  ok: true,
  detail: "stopped",
  abandoned: true,
};

/** A stop that does not come back in time, with a store, a clock and an agent that ignores its abort. */
export const SLOW_STOP: Violation = violationOf({
  guarantee: "STOP_TERMINATES",
  promise: "Stop and end return within their deadline even if the agent ignores its cancel.",
  story: "the stop of session a was to return within 60 s and returned after 3,600 s",
  operations: ["send a deaf", "stop a graceful keep"],
  ms: [0, 0, 0, 60_000, 3_600_000],
  steps: [
    [
      { label: "send a m1", ...CALLER },
      asked(0, "m1"),
      { kind: "io", port: "store", session: "a", call: 1, act: "begin" },
    ],
    [
      { label: "store 1", actor: "store", session: "a" },
      { kind: "io", port: "store", session: "a", call: 1, act: "end" },
      { kind: "stored", session: "a", message: "m1", what: "message" },
      accepted("m1"),
      acts(1, "call"),
      guard(Symbol("turn")),
    ],
    [
      { label: "stop a graceful keep", ...CALLER },
      {
        kind: "asked",
        op: 1,
        what: "stop",
        session: "a",
        level: "graceful",
        queued: "keep",
        deadlineMs: 60_000,
      },
      { kind: "cancel", session: "a", run: 1, level: "graceful" },
      acts(1, "abort"),
      acts(1, "ignore"),
    ],
    [{ label: "timer 1", actor: "clock", session: "" }, { kind: "timer", timer: 1 }],
    [
      { label: "run 1 ends at last", actor: "clock", session: "" },
      acts(1, "end"),
      outcome("m1", "cancelled"),
      LATE_ANSWER,
      guard(undefined),
      { kind: "rest", held: {} },
    ],
  ],
  root: LATE_ANSWER,
});

const HELD_UP = outcome("m2", "expired", "b");

/** One session is held up by another. */
export const TWO_SESSIONS: Violation = violationOf({
  guarantee: "NO_CROSS_SESSION_HOL",
  promise: "One session never holds up another.",
  story: "m2 of session b expired while nothing but run 1 of session a was going on",
  operations: ["send a", "send b", "advance 30000"],
  ms: [0, 0, 30_000, 30_000, 30_000],
  steps: [
    [{ label: "send a m1", ...CALLER }, asked(0, "m1"), accepted("m1"), acts(1, "call"), guard(7)],
    [
      { label: "send b m2", actor: "caller", session: "b" },
      asked(1, "m2", "b"),
      accepted("m2", "b"),
      guard(undefined, { session: "b", waiting: ["m2"] }),
    ],
    [
      { label: "timer 1", actor: "clock", session: "" },
      { kind: "timer", timer: 1 },
      HELD_UP,
      guard(undefined, { session: "b" }),
    ],
    [
      { label: "send b m3", actor: "caller", session: "b" },
      asked(2, "m3", "b"),
      accepted("m3", "b"),
      acts(2, "call", { session: "b", message: "m3" }),
      guard(8, { session: "b" }),
    ],
    [
      { label: "run 1 ends", ...runOf(1) },
      acts(1, "end"),
      outcome("m1"),
      guard(undefined),
    ],
    [
      { label: "run 2 ends", ...runOf(2, "b") },
      acts(2, "end", { session: "b", message: "m3" }),
      outcome("m3", "completed", "b"),
      guard(undefined, { session: "b" }),
      { kind: "rest", held: {} },
    ],
  ],
  root: HELD_UP,
});

/** A report with all there is to show. */
export const REPORT: CheckReport = {
  adapter: "busy flag with a late release",
  file: "harness/examples/late_release.ts",
  level: 1,
  claim: "required",
  seed: 42,
  schedules: 128_400,
  steps: 1_402_117,
  ms: 4_310,
  strategies: [
    {
      name: "exhaustive",
      schedules: 28_400,
      ms: 910,
      complete: true,
      bounds: "all lists of up to 4 operations on one session, 3 deviations",
    },
    {
      name: "random",
      schedules: 90_000,
      ms: 3_000,
      complete: undefined,
      bounds: "30 operations, 3 sessions",
    },
    { name: "pct", schedules: 10_000, ms: 400, complete: false, bounds: "d = 2, 3, 5" },
  ],
  situations: {
    "a follow-up while a turn runs": 81_201,
    "a message during the release": 4_120,
    "a turn that fails": 20_114,
    "a stop while a message waits": 0,
  },
  verdicts: [
    { guarantee: "SINGLE_TURN", verdict: "broken", schedules: 128_400 },
    { guarantee: "GUARD_WHILE_RUNNING", verdict: "kept", schedules: 128_400 },
    { guarantee: "NO_ORPHAN_GUARD", verdict: "kept", schedules: 128_400 },
    { guarantee: "EXACTLY_ONE_OUTCOME", verdict: "broken", schedules: 128_400 },
    { guarantee: "FIFO", verdict: "kept", schedules: 128_397 },
    { guarantee: "STOP_TERMINATES", verdict: "broken", schedules: 30_211 },
    { guarantee: "NO_CROSS_SESSION_HOL", verdict: "broken", schedules: 9_120 },
    { guarantee: "LOCK_NARROW", verdict: "skipped", reason: "the host reports no locks" },
    { guarantee: "LOCK_STABLE", verdict: "skipped", reason: "the host reports no locks" },
    { guarantee: "NO_RESURRECTION", verdict: "skipped", reason: "the host has no resume()" },
    { guarantee: "DEDUPE_SOUND", verdict: "skipped", reason: "the adapter does not promise it" },
  ],
  violations: [LATE_RELEASE, TWO_AGENTS, LOST_FOLLOW_UP, SLOW_STOP, TWO_SESSIONS],
  escapes: [],
  warnings: ["A stop while a message waits: it never came up."],
};

/** A report of a host that keeps what it promises, with something that escaped control. */
export const CLEAN_REPORT: CheckReport = {
  ...REPORT,
  adapter: "p-queue per session",
  claim: "stochastic",
  verdicts: REPORT.verdicts.map((verdict) =>
    verdict.verdict === "broken" ? { ...verdict, verdict: "kept" } : verdict
  ),
  violations: [],
  escapes: ["a real timer: setTimeout() of 30 ms was set outside env.clock"],
  warnings: [],
};
