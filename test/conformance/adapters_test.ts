import { type HostAdapter, parseOperations } from "@lanekeeper/harness";
import assert from "node:assert/strict";
import { test } from "node:test";
import { promisedBy } from "../../harness/kit/promised.ts";
import { playbackOf } from "../../harness/kit/story.ts";
import { type Ledger, lineOf, type RecordKind, type RecordOf } from "../../harness/ledger.ts";
import type { Options, Strategy } from "../../harness/sim/strategy.ts";
import { traceHashOf } from "../../harness/trace_hash.ts";
import drainHandoff, { proceeding as drainProceeding } from "./drain_handoff_adapter.ts";
import host from "./host_adapter.ts";
import lockScope, { locked } from "./lock_scope_adapter.ts";
import sessionQueue, { proceeding as queueProceeding } from "./session_queue_adapter.ts";
import taskTracker from "./task_tracker_adapter.ts";
import webChat from "./web_chat_adapter.ts";
import webClients from "./web_clients_adapter.ts";

/** When callers come: before all else, before a turn ends, or when nothing else happens. */
type Pace = "at once" | "during turns" | "one by one";

/** Who comes first at each pace. `ports` are all that is neither a caller, a turn nor the clock. */
const ORDERS: Readonly<Record<Pace, readonly string[]>> = {
  "at once": ["caller", "ports", "run", "clock"],
  "during turns": ["ports", "caller", "run", "clock"],
  "one by one": ["ports", "run", "caller", "clock"],
};

function orderBy(pace: Pace): Strategy {
  const rankOf = (actor = ""): number => {
    const [kind = ""] = actor.split(" ");
    return ORDERS[pace].indexOf(["caller", "run", "clock"].includes(kind) ? kind : "ports");
  };
  return {
    name: pace,
    gap: () => 0,
    pick: (options) => {
      const ranks = Array.from({ length: options.length }, (_, at) => rankOf(options.at(at).actor));
      return ranks.indexOf(Math.min(...ranks));
    },
  };
}

/** Which option is this actor's; else the first. */
function indexOf(options: Options, actor: string): number {
  for (let at = 0; at < options.length; at++) if (options.at(at).actor === actor) return at;
  return 0;
}

/** The record of one story, in which no guarantee was broken. */
async function play(
  adapter: HostAdapter,
  story: string,
  pace: Pace = "during turns",
): Promise<Ledger> {
  const subject = { adapter, judged: promisedBy(adapter) };
  const operations = parseOperations(story);
  const playback = playbackOf(subject, { operations, lane: {}, strategy: orderBy(pace) });
  await playback.play();
  const { broken, ledger } = playback.world;
  assert.deepEqual(broken, [], `${ledger}`);
  return ledger;
}

function recordsOf<K extends RecordKind>(ledger: Ledger, kind: K): RecordOf<K>[] {
  return ledger.records.filter((record): record is RecordOf<K> => record.kind === kind);
}

/** What was recorded of these kinds, as text. */
function told(ledger: Ledger, ...kinds: RecordKind[]): string[] {
  return ledger.records.filter(({ kind }) => kinds.includes(kind)).map(lineOf);
}

/** The guards that were seen on a session, each once. */
function guardsOf(ledger: Ledger, session: string): Set<unknown> {
  const seen = recordsOf(ledger, "guard").filter((look) => look.session === session);
  return new Set(seen.map(({ guard }) => guard).filter((guard) => guard !== undefined));
}

test("session-queue: a stop cancels the turn, by the agent's own cancel too, and what waits", async () => {
  const ledger = await play(sessionQueue, "send a; send a; stop a");
  assert.deepEqual(told(ledger, "run", "cancel", "outcome"), [
    "a/m1 run 1: call",
    "a/m1 run 1: abort",
    'cancel: session "a", run 1, level "immediate"',
    "a/m2 outcome: cancelled",
    "a/m1 run 1: end",
    "a/m1 outcome: cancelled",
  ]);
  assert.deepEqual(recordsOf(ledger, "reply"), []);
  assert.equal(guardsOf(ledger, "a").size, 1);
});

test("session-queue: what one sender wrote is collected into one turn, whose reply is delivered", async () => {
  const ledger = await play(
    sessionQueue,
    "send a; send a collect; send a collect; send a collect by s2",
  );
  assert.deepEqual(told(ledger, "run").filter((line) => line.endsWith("call")), [
    "a/m1 run 1: call",
    "a/m2+m3 run 2: call",
    "a/m4 run 3: call",
  ]);
  const outcomes = recordsOf(ledger, "outcome").map((
    { message, status, by },
  ) => [message, status, by]);
  assert.deepEqual(outcomes, [
    ["m1", "completed", undefined],
    ["m2", "completed", undefined],
    ["m3", "merged", "m2"],
    ["m4", "completed", undefined],
  ]);
  const delivered = recordsOf(ledger, "reply").filter(({ act }) => act === "end");
  assert.deepEqual(delivered.map(({ message, run }) => [message, run]), [["m1", 1], ["m2", 2], [
    "m4",
    3,
  ]]);
});

test("session-queue: a lost handle is resumed, and an ended session takes nothing", async () => {
  const story = "create a; send a; disconnect a; send a; end a; send a; resume a revive; send a";
  const ledger = await play(sessionQueue, story, "one by one");
  const handles = recordsOf(ledger, "handle").map(({ handle, act }) => `${act} ${handle}`);
  assert.deepEqual(handles, ["open 1", "close 1", "open 2", "close 2", "open 3"]);
  assert.deepEqual(told(ledger, "rejected"), [
    'rejected: session "a", message "m3", reason "ended"',
  ]);
  assert.equal(recordsOf(ledger, "run").filter(({ act }) => act === "end").length, 3);
});

test("session-queue: what waits for longer than it may expires", async () => {
  const ledger = await play(sessionQueue, "send a deaf; send a; stop a keep");
  assert.deepEqual(told(ledger, "outcome"), ["a/m1 outcome: abandoned", "a/m2 outcome: expired"]);
});

test("drain-handoff: through a chain the guard stays the same object, also when a turn fails", async () => {
  const ledger = await play(drainHandoff, "send a; send a throws; send a; send b");
  assert.deepEqual(told(ledger, "outcome"), [
    "a/m1 outcome: completed",
    "b/m4 outcome: completed",
    "a/m2 outcome: failed",
    "a/m3 outcome: completed",
  ]);
  const [guard, ...others] = guardsOf(ledger, "a");
  assert.deepEqual(others, []);
  assert.equal(typeof guard, "object");
  for (const run of recordsOf(ledger, "run")) {
    assert.equal(run.guard === guard, run.session === "a", `run ${run.run}: ${run.act}`);
  }
  assert.equal(
    recordsOf(ledger, "guard").findLast(({ session }) => session === "a")?.guard,
    undefined,
  );
});

test("drain-handoff: a shutdown lets run what waits, and takes nothing more", async () => {
  const ledger = await play(drainHandoff, "send a; send a; shutdown; send a");
  assert.deepEqual(told(ledger, "phase", "rejected", "outcome"), [
    'phase: phase "intake"',
    'rejected: session "a", message "m3", reason "draining"',
    "a/m1 outcome: completed",
    "a/m2 outcome: completed",
  ]);
});

test("a turn that ignores its cancel blocks its key, or is overtaken where that is allowed", async () => {
  const ends = (ledger: Ledger) =>
    told(ledger, "run", "outcome").filter((line) => /(2: call|1: end|abandoned)$/.test(line));
  const story = "send a deaf; send a; stop a keep";
  assert.deepEqual(ends(await play(drainHandoff, story)), [
    "a/m1 outcome: abandoned",
    "a/m1 run 1: end",
    "a/m2 run 2: call",
  ]);
  for (const adapter of [drainProceeding, queueProceeding]) {
    const ledger = await play(adapter, story);
    assert.deepEqual(ends(ledger).toSorted(), [
      "a/m1 outcome: abandoned",
      "a/m1 run 1: end",
      "a/m2 run 2: call",
    ]);
    assert.equal(ends(ledger).at(-1), "a/m1 run 1: end", adapter.name);
    assert.equal(guardsOf(ledger, "a").size, 2, adapter.name);
  }
});

test("lock-scope: a busy session is refused, and its claim released by the token that took it", async () => {
  const ledger = await play(lockScope, "send a; send a; stop a; send b");
  assert.deepEqual(told(ledger, "claim", "rejected"), [
    'claim: key "a", by "m1", act "check"',
    'claim: key "a", by "m1", act "claim", token 1',
    'claim: key "a", by "m2", act "check"',
    'rejected: session "a", message "m2", reason "busy"',
    'claim: key "b", by "m3", act "check"',
    'claim: key "b", by "m3", act "claim", token 2',
    'claim: key "a", by "m1", act "release", token 1',
    'claim: key "b", by "m3", act "release", token 2',
  ]);
  assert.deepEqual(recordsOf(ledger, "run").filter(({ act }) => act === "abort").length, 1);
});

test("lock-scope: all who need a conversation share one flight to it", async () => {
  const ledger = await play(lockScope, "create a; create a; send a; send b", "at once");
  const begun = recordsOf(ledger, "io").filter(({ act }) => act === "begin");
  assert.deepEqual(begun.map(({ port, session }) => `${port} ${session}`), ["open a", "open b"]);
  assert.deepEqual(told(ledger, "outcome"), ["a/m1 outcome: completed", "b/m2 outcome: completed"]);
});

test("lock-scope: a conversation that is gone is forgotten, and the next message begins another", async () => {
  const ledger = await play(lockScope, "create a; disconnect a; resume a gone; send a");
  assert.deepEqual(recordsOf(ledger, "binding").map(({ session, about }) => [session, about]), [
    ["a#1", "a#1"],
    [undefined, "a#1"],
    ["a#2", "a#2"],
  ]);
  assert.deepEqual(told(ledger, "outcome"), ["a/m1 outcome: completed"]);
});

test("lock-scope: a lock goes from turn to turn in order, and whoever left the line never runs", async () => {
  const ledger = await play(
    locked,
    "send a; send a; send a; send a; withdraw a oldest; withdraw a",
  );
  const locks = recordsOf(ledger, "lock").map(({ by, act }) => `${by} ${act}`);
  assert.deepEqual(locks, [
    "m1 wait",
    "m1 hold",
    "m2 wait",
    "m3 wait",
    "m4 wait",
    "m4 release",
    "m1 release",
    "m2 hold",
    "m2 release",
    "m3 hold",
    "m3 release",
  ]);
  assert.deepEqual([...guardsOf(ledger, "a")].length, 3);
  assert.ok(recordsOf(ledger, "run").every(({ message }) => message !== "m4"));
});

test("task-tracker: an event is acknowledged before its task starts, beside those that run", async () => {
  const ledger = await play(taskTracker, "send a; redeliver a; end a; send a");
  assert.deepEqual(told(ledger, "event", "run", "rejected"), [
    'event: event "e1", act "arrive"',
    'event: event "e1", act "ack"',
    "a/m1 run 1: call",
    'event: event "e1", act "arrive"',
    'event: event "e1", act "ack"',
    "a/m2 run 2: call",
    'event: event "e3", act "arrive"',
    'rejected: session "a", message "m3", reason "ended"',
    "a/m1 run 1: end",
    "a/m2 run 2: end",
  ]);
});

test("task-tracker: a shutdown names the tasks that ignored their cancel", async () => {
  const adapter: HostAdapter = { ...taskTracker, name: "always late" };
  const subject = { adapter, judged: promisedBy(adapter) };
  const operations = parseOperations("send a deaf; shutdown");
  const late: Strategy = { ...orderBy("at once"), pick: (options) => indexOf(options, "clock") };
  const playback = playbackOf(subject, { operations, lane: { racy: true }, strategy: late });
  await playback.play();
  const { ledger } = playback.world;
  assert.deepEqual(told(ledger, "outcome", "answered"), [
    "a/m1 outcome: abandoned",
    'answered: op 0, ok true, detail "abandoned"',
    "answered: op 1, ok true, abandoned true",
  ]);
});

test("host: a shutdown lets turns deliver their replies, and goes through its phases in order", async () => {
  const ledger = await play(host, "create a; send a; send a; shutdown; send a");
  const phases = ["phase", "reply", "rejected"] as const;
  assert.deepEqual(told(ledger, ...phases).filter((line) => !line.includes("begin")), [
    'phase: phase "intake"',
    'rejected: session "a", message "m3", reason "draining"',
    'reply: session "a", message "m1", run 1, from "a", act "end"',
    'reply: session "a", message "m2", run 2, from "a", act "end"',
    'phase: phase "turns"',
    'phase: phase "agents"',
    'phase: phase "transports"',
  ]);
  const handles = recordsOf(ledger, "handle").map(({ act }) => act);
  assert.deepEqual(handles, ["open", "close"]);
});

test("web-chat: what is answered to a client is what became of its message", async () => {
  const ledger = await play(
    webChat,
    "send a; send a; send a reject; stop a keep; send b; end a; send a",
  );
  assert.deepEqual(told(ledger, "rejected", "outcome"), [
    'rejected: session "a", message "m3", reason "busy"',
    "a/m2 outcome: cancelled",
    'rejected: session "a", message "m5", reason "ended"',
    "a/m1 outcome: cancelled",
    "b/m4 outcome: completed",
  ]);
  const completed = recordsOf(ledger, "outcome").find(({ status }) => status === "completed");
  assert.deepEqual([completed?.replyOf, completed?.replySession], [2, "b"]);
  const bindings = recordsOf(ledger, "binding").filter(({ client }) => client === "a");
  assert.deepEqual(bindings.map(({ session }) => session), ["a", undefined]);
});

test("web-chat: a client forgets its session when it is gone, and for no other error", async () => {
  const bound = async (story: string) => {
    const ledger = await play(webChat, story, "at once");
    const { session } = recordsOf(ledger, "binding").findLast(({ client }) => client === "a")!;
    return [told(ledger, "outcome"), session];
  };
  const failed = ["a/m1 outcome: failed"];
  assert.deepEqual(await bound("send a throws"), [failed, "a"]);
  assert.deepEqual(await bound("disconnect a; resume a fails; send a"), [failed, "a"]);
  assert.deepEqual(await bound("disconnect a; resume a gone; send a"), [failed, undefined]);
});

test("web-chat: a shutdown answers what is under way, refuses what comes, and ends in order", async () => {
  const ledger = await play(webChat, "send a; shutdown; send a");
  assert.deepEqual(told(ledger, "rejected", "outcome", "phase").slice(1, 3), [
    'rejected: session "a", message "m2", reason "draining"',
    "a/m1 outcome: completed",
  ]);
  const phases = recordsOf(ledger, "phase").map(({ phase }) => phase);
  assert.deepEqual(phases, ["intake", "turns", "agents", "transports"]);
});

test("web-chat's clients: a session that is replaced is ended, and the new one serves", async () => {
  const ledger = await play(webClients, "create a; send a; create a; send a");
  assert.deepEqual(told(ledger, "binding", "handle"), [
    'handle: session "s1", handle 1, act "open"',
    'binding: client "a", session "s1", about "s1"',
    'handle: session "s2", handle 2, act "open"',
    'binding: client "a", session "s2", about "s2"',
    'handle: session "s1", handle 1, act "close"',
  ]);
  assert.deepEqual(told(ledger, "outcome"), ["a/m1 outcome: completed", "a/m2 outcome: completed"]);
});

test("web-chat's clients: a session that is gone takes the client's away only if it still is that", async () => {
  const sessions = async (story: string) =>
    recordsOf(await play(webClients, story), "binding").map(({ session }) => session);
  assert.deepEqual(await sessions("create a; send a throws"), ["s1", undefined]);
  assert.deepEqual(await sessions("create a; send a throws; create a"), ["s1", "s2"]);
  assert.deepEqual(await sessions("create a; create a; end a"), ["s1", "s2", undefined]);
});

test("every adapter tells the same story twice, with a run and a clean rest in it", async () => {
  const adapters = [
    sessionQueue,
    queueProceeding,
    drainHandoff,
    drainProceeding,
    lockScope,
    locked,
    taskTracker,
    host,
    webChat,
  ];
  for (const adapter of adapters) {
    const story = "send a; send a throws; advance 5000; send b; send a";
    const [ledger, again] = [await play(adapter, story), await play(adapter, story)];
    assert.equal(traceHashOf(again), traceHashOf(ledger), adapter.name);
    const ended = recordsOf(ledger, "run").filter(({ act }) => act === "end").length;
    assert.ok(ended >= 2, `${adapter.name}: ${ended} runs ended`);
    const [rest] = recordsOf(ledger, "rest");
    assert.deepEqual(Object.values(rest!.held).filter((count) => count > 0), [], adapter.name);
  }
});
