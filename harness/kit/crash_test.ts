import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf } from "../ledger.ts";
import { GUARANTEES } from "../oracles/oracles.ts";
import { parseTape } from "../sim/tape.ts";
import type { HostAdapter, HostUnderTest, SimEnv, StoredLine } from "./adapter.ts";
import { exhaustHost } from "./exhaust_host.ts";
import { parseOperations } from "./operations.ts";
import { type HostPlayback, type Lane, playStory } from "./story.ts";
import { checkSupported } from "./supported.ts";

type Create = (env: SimEnv) => HostUnderTest | Promise<HostUnderTest>;

function mortal(create: Create, rest: Partial<HostAdapter> = {}): HostAdapter {
  return { name: "mortal host", level: 2, features: ["crash"], ...rest, create };
}

async function play(
  adapter: HostAdapter,
  operations: string,
  { tape = "0", ...lane }: { tape?: string } & Lane = {},
): Promise<HostPlayback> {
  return await playStory({ adapter, judged: GUARANTEES }, {
    operations: parseOperations(operations),
    tape: parseTape(tape),
    lane,
  });
}

function linesOf({ world: { ledger } }: HostPlayback): string[] {
  return ledger.records.map(lineOf);
}

const nothing = () => ({ sessions: [] });

/** Writes each message down before it takes it on, and runs what has no outcome when it comes back. */
const journaling = mortal(async (env) => {
  let tail = Promise.resolve();
  const run = (session: string, message: string) => {
    const outcome = tail.then(() => env.agent(session, message)).then(
      () => ({ status: "completed" }) as const,
      () => ({ status: "failed" }) as const,
    );
    tail = outcome.then(() => env.store.append({ what: "outcome", session, message }));
    return Promise.all([outcome, tail]).then(([value]) => value);
  };
  const lines = (await env.store.read()).filter(({ isTorn }) => isTorn === undefined);
  const done = new Set(
    lines.filter(({ what }) => what === "outcome").map(({ message }) => message),
  );
  for (const { what, session, message } of lines) {
    if (what === "message" && !done.has(message)) void run(session, message);
  }
  return {
    async send(session, message) {
      await env.store.append({ what: "message", session, message });
      return { accepted: true, outcome: run(session, message) };
    },
    snapshot: nothing,
  };
}, { policies: { durable: true, order: "acceptance" }, guarantees: ["ACK_TRUTH", "FIFO"] });

test("a crash ends what runs without a word, and the next process finds what is on disk", async () => {
  const tape = "0.0.1"; // read store, send, store, and only then the crash
  const playback = await play(journaling, "send a; crash", { tape });
  assert.deepEqual(playback.schedule, [
    "read store #1",
    "send a (m1)",
    "store message m1 a #2",
    "crash",
    "process starts",
    "read store #3",
    "run 2 ends",
    "store outcome m1 a #4",
  ]);
  assert.deepEqual(playback.world.broken, []);
  assert.ok(playback.world.situations.has("a crash during a turn"));
  const told = linesOf(playback).filter((line) => /^process|^a\/|^asked/.test(line));
  assert.deepEqual(told, [
    'asked: op 0, what "send", session "a", message "m1", sender "s1"',
    "a/m1 accepted",
    "a/m1 run 1: call",
    'asked: op 1, what "crash", session ""',
    'process: act "crash"',
    'process: act "start"',
    "a/m1 run 2: call",
    "a/m1 run 2: end",
    "a/m1 outcome: completed",
  ]);
});

test("a message that was not taken on when the process died is nobody's", async () => {
  const { world } = await play(journaling, "send a; crash", { tape: "0" });
  assert.deepEqual(world.broken, []);
  assert.equal(world.ledger.has("accepted"), false);
  assert.equal(world.ledger.has("run"), false);
});

test("of a line that was being written when the process died a part is on disk", async () => {
  const found: (readonly StoredLine[])[] = [];
  const host = mortal(async (env) => {
    found.push(await env.store.read());
    return {
      send: (session, message) => env.store.append({ what: "message", session, message }),
      snapshot: nothing,
    };
  }, { guarantees: ["SINGLE_TURN"] });
  await play(host, "send a; send a; crash", { tape: "0.0.1" });
  const m1 = { what: "message", session: "a", message: "m1" };
  assert.deepEqual(found, [[], [m1, { ...m1, message: "m2", isTorn: true }]]);
});

test("calls, deliveries, timers and promises of a process end with it", async () => {
  const host = mortal((env) => ({
    send: async (session, message) => {
      env.clock.setTimeout(() => {}, 1);
      await Promise.race([
        env.io("lookup", session),
        env.backend.open(session),
        env.deliver(session, message, "hello"),
        env.agent(session, message),
      ]);
    },
    stop: () => new Promise(() => {}),
    snapshot: nothing,
  }));
  const playback = await play(host, "send a; stop a; crash");
  assert.deepEqual(playback.schedule, ["send a (m1)", "stop a", "crash", "process starts"]);
  assert.deepEqual(playback.world.broken, []);
  assert.equal(playback.world.clock.pending, 0);
});

test("what a process still does in its last microtasks has no effect", async () => {
  const host = (hops: number) =>
    mortal((env) => ({
      send: async (session, message) => {
        const controller = new AbortController();
        const { signal } = controller;
        await Promise.race([env.agent(session, message, { signal }), env.io("lookup", session)]);
        for (let hop = 0; hop < hops; hop++) await null;
        controller.abort();
        env.report({ kind: "phase", phase: "intake" });
        env.ack("e1");
        env.clock.setTimeout(() => {}, 1);
        return await env.agent(session, message);
      },
      snapshot: nothing,
    }));
  const tape = "0.2.2"; // the lookup returns, and the crash comes in the same breath
  for (const hops of [0, 1, 4]) {
    const playback = await play(host(hops), "send a; crash", { tape });
    assert.deepEqual(playback.schedule.slice(1), [
      "lookup a #1",
      "crash (1 hop later)",
      "process starts",
    ]);
    const lines = linesOf(playback);
    const after = lines.slice(lines.indexOf('process: act "crash"'));
    assert.deepEqual(after, ['process: act "crash"', 'process: act "start"', "rest: {}"]);
    assert.deepEqual(playback.world.broken, []);
  }
});

test("a caller that would have been told in the last microtasks of a process is told nothing", async () => {
  const host = mortal((env) => ({
    send: (session) => env.io("call", session),
    stop: (session) => env.io("call", session),
    snapshot: nothing,
  }));
  for (const operation of ["send a", "stop a"]) {
    const lines = linesOf(await play(host, `${operation}; crash`, { tape: "0.1.1" }));
    assert.deepEqual(lines.slice(lines.findIndex((line) => line.endsWith('act "end"')) + 1), [
      'asked: op 1, what "crash", session ""',
      'process: act "crash"',
      'process: act "start"',
      "rest: {}",
    ]);
  }
});

test("what ran when the process died is not waited for, and the dead host is not looked at", async () => {
  const looks: number[] = [];
  const host = mortal((env) => {
    const number = looks.push(0) - 1;
    return {
      send: (session, message) => env.agent(session, message),
      snapshot: () => (looks[number]!++, { sessions: [] }),
    };
  });
  const playback = await play(host, "send a; crash; send a cleanup+1");
  assert.deepEqual(playback.schedule, [
    "send a (m1)",
    "crash",
    "process starts",
    "send a cleanup+1 (m2)",
    "run 2 ends",
  ]);
  assert.deepEqual(playback.world.broken, []);
  // After its creation, with the run, and after the send.
  assert.equal(looks[0], 3);
});

test("a process may die before it is up, and its promise of a host is void", async () => {
  let created = 0;
  const host = mortal(async (env) => {
    created++;
    await env.io("connect");
    return { send: (session, message) => env.agent(session, message), snapshot: nothing };
  });
  const playback = await play(host, "crash; send a");
  assert.deepEqual(playback.schedule, [
    "crash",
    "process starts",
    "connect #2",
    "send a (m1)",
    "run 1 ends",
  ]);
  assert.equal(created, 2);
  assert.deepEqual(playback.world.broken, []);
});

test("a message for the end of a turn that finds the process dead comes when there is another", async () => {
  const host = mortal((env) => ({
    send: (session, message) => env.agent(session, message),
    snapshot: nothing,
  }));
  const tape = "0.2"; // the crash comes one hop after the end of the turn, the message five
  const playback = await play(host, "send a; send a cleanup+5; crash", { tape });
  assert.deepEqual(playback.schedule, [
    "send a (m1)",
    "run 1 ends",
    "crash (1 hop later)",
    "process starts",
    "send a cleanup+5 (m2)",
    "run 2 ends",
  ]);
  assert.deepEqual(playback.world.broken, []);
});

test("all processes of a host are disposed of, the dead ones too", async () => {
  const disposed: number[] = [];
  let created = 0;
  const host = mortal((env) => {
    const number = ++created;
    return {
      send: (session, message) => env.agent(session, message),
      snapshot: nothing,
      dispose: () => void disposed.push(number),
    };
  });
  await play(host, "crash; send a; crash");
  assert.deepEqual(disposed, [1, 2, 3]);
});

test("a host that keeps a journal loses nothing, whenever its process dies", async () => {
  const operations = ["send a", "send a throws", "crash"];
  for (
    const bounds of [
      { operationsMax: 3, deviationsMax: 3 },
      { operationsMax: 2, rushedMax: 1, hops: [0, 1, 2, 3, 4] },
    ]
  ) {
    const report = await exhaustHost(journaling, { operations, ...bounds });
    assert.deepEqual(report.violations.map(({ story, replay }) => [story, replay]), []);
    assert.equal(report.strategies[0]?.complete, true);
    assert.ok((report.situations["a crash during a turn"] ?? 0) > 10);
  }
});

test("only a host that can come back is asked to crash", () => {
  const host = { send: () => {} };
  assert.throws(() => checkSupported(parseOperations("crash"), { host }), {
    message: 'Cannot ask "crash": this host has no feature "crash"',
  });
  assert.doesNotThrow(() =>
    checkSupported(parseOperations("crash"), { host, features: ["crash"] })
  );
});
