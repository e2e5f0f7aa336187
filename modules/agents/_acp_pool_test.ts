import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import type { AcpLink } from "./_acp_link.ts";
import { AcpPool, type AcpPoolOptions } from "./_acp_pool.ts";
import type { AcpError } from "./acp_error.ts";
import { TurnTimeoutError } from "./turn_errors.ts";

/** One turn on a pool, in the hands of the test. */
interface PoolTurn {
  readonly abort: AbortController;
  readonly done: Promise<void>;
  finish(): void;
}

/** A pool of processes that are none: which began, and which are ending until the test lets them. */
function poolBench(options: Partial<AcpPoolOptions> = {}) {
  const clock = new FakeClock();
  const pool = new AcpPool({
    clock,
    processesMax: 2,
    turnsWaitingMax: 10,
    idleMs: 600_000,
    ...options,
  });
  const begun: string[] = [];
  const stubborn = new Map<string, () => void>();
  let alive = 0;
  let aliveMax = 0;
  const link = (session: string): AcpLink => {
    aliveMax = Math.max(aliveMax, ++alive);
    const process = { isEnding: false, gone: new Promise(() => {}) };
    const end = () => {
      process.isEnding = true;
      alive--;
    };
    const close = async () => {
      if (stubborn.has(session)) {
        await new Promise<void>((resolve) => stubborn.set(session, resolve));
      }
      end();
    };
    return { process, close } as unknown as AcpLink;
  };
  const turn = (session: string): PoolTurn => {
    const abort = new AbortController();
    let finish = () => {};
    const work = new Promise<void>((resolve) => finish = resolve);
    const done = pool.use(session, {
      signal: abort.signal,
      start: () => {
        begun.push(session);
        return Promise.resolve(link(session));
      },
      use: () => work,
    });
    done.catch(() => {});
    return { abort, done, finish };
  };
  return {
    ...{ clock, pool, begun, turn },
    /** Its process does not end before the test lets it. */
    refusesToEnd: (session: string) => void stubborn.set(session, () => {}),
    letEnd: (session: string) => {
      stubborn.get(session)?.();
      stubborn.delete(session);
    },
    aliveMax: () => aliveMax,
  };
}

const gives = async (turns: readonly PoolTurn[]) => {
  for (const one of turns) one.finish();
  await Promise.all(turns.map(({ done }) => done));
};

test("turns beyond the limit wait for a place, and get one in the order in which they came (FIFO)", async () => {
  const { begun, clock, pool, turn, aliveMax } = poolBench();
  const turns = ["a", "b", "c", "d", "e"].map(turn);
  await quiet();
  assert.deepEqual(begun, ["a", "b"]);
  turns[1]!.finish();
  await quiet();
  assert.deepEqual(begun, ["a", "b", "c"]);
  const late = turn("f");
  turns[0]!.finish();
  turns[2]!.finish();
  await quiet();
  assert.deepEqual(begun, ["a", "b", "c", "d", "e"]);
  await gives([...turns, late]);
  assert.deepEqual([begun.at(-1), aliveMax()], ["f", 2]);
  await pool.close();
  assert.deepEqual([pool.size, clock.pending], [0, 0]);
});

test("a process that does not end holds up no other session's turn below the limit (NO_CROSS_SESSION_HOL)", async () => {
  const { begun, pool, turn, refusesToEnd, letEnd } = poolBench();
  refusesToEnd("a");
  await gives([turn("a")]);
  const ending = pool.end("a");
  const again = turn("a");
  const other = turn("b");
  await quiet();
  assert.deepEqual(begun, ["a", "b"], "its own session's next one waits for it");
  letEnd("a");
  await ending;
  await gives([again, other]);
  await pool.close();
});

test("what is ending counts towards the limit, and makes room once it is gone (BOUNDED_STATE)", async () => {
  const { begun, pool, turn, refusesToEnd, letEnd, aliveMax } = poolBench();
  refusesToEnd("a");
  await gives([turn("a"), turn("b")]);
  const turns = ["c", "d"].map(turn);
  await quiet();
  assert.deepEqual(begun, ["a", "b", "c"], "one of two idle ones is gone");
  letEnd("a");
  await gives(turns);
  assert.deepEqual([begun.at(-1), aliveMax()], ["d", 2]);
  await pool.close();
});

test("no more idle processes end than are needed", async () => {
  const { begun, pool, turn, refusesToEnd, letEnd } = poolBench({ processesMax: 3 });
  refusesToEnd("a");
  await gives([turn("a"), turn("b"), turn("c")]);
  const one = turn("d");
  await quiet();
  assert.equal(pool.size, 2, "b and c stay");
  letEnd("a");
  await gives([one, turn("b")]);
  assert.deepEqual(begun, ["a", "b", "c", "d"]);
  await pool.close();
});

test("a turn that is cancelled while it waits gives its place up, and takes none from who comes after", async () => {
  const { begun, pool, turn } = poolBench({ processesMax: 1 });
  const [first, cancelled, next] = [turn("a"), turn("b"), turn("c")];
  await quiet();
  const reason = new Error("never mind");
  cancelled.abort.abort(reason);
  await assert.rejects(cancelled.done, reason);
  const early = turn("d");
  early.abort.abort(reason);
  await assert.rejects(early.done, reason);
  await gives([first, next]);
  assert.deepEqual(begun, ["a", "c"]);
  await pool.close();
});

test("a turn whose time is over while it waits fails as too_many", async () => {
  const { pool, turn } = poolBench({ processesMax: 1 });
  const [first, late] = [turn("a"), turn("b")];
  await quiet();
  const cause = new TurnTimeoutError(700);
  late.abort.abort(cause);
  await assert.rejects(late.done, (error: AcpError) => {
    assert.deepEqual([error.name, error.code, error.cause], ["AcpError", "too_many", cause]);
    return true;
  });
  await gives([first]);
  await pool.close();
});

test("as many turns wait as may, one more fails at once (BOUNDED_STATE)", async () => {
  const { pool, turn } = poolBench({ processesMax: 1, turnsWaitingMax: 2 });
  const turns = ["a", "b", "c"].map(turn);
  await assert.rejects(turn("d").done, { code: "too_many" });
  turns[2]!.abort.abort(new Error("never mind"));
  const more = turn("e");
  await quiet();
  await gives([turns[0]!, turns[1]!, more]);
  await pool.close();
});

test("a start that fails gives its place to the next one", async () => {
  const { begun, pool, turn } = poolBench({ processesMax: 1 });
  const signal = new AbortController().signal;
  const failure = new Error("no such command");
  const failing = pool.use("a", {
    signal,
    start: () => Promise.reject(failure),
    use: () => Promise.resolve(),
  });
  const next = turn("b");
  await assert.rejects(failing, failure);
  await gives([next]);
  assert.deepEqual(begun, ["b"]);
  await pool.close();
});

test("a process that serves many turns is watched once, and one that ends between them gives its place up (BOUNDED_STATE)", async () => {
  const { clock, pool } = poolBench();
  let watches = 0;
  let end = () => {};
  const gone = new Promise<void>((resolve) => end = resolve);
  const process = {
    isEnding: false,
    gone: {
      then: (...reactions: Parameters<typeof gone.then>) => {
        watches++;
        return gone.then(...reactions);
      },
    },
  };
  const link = { process, close: () => gone } as unknown as AcpLink;
  const signal = new AbortController().signal;
  const use = { signal, start: () => Promise.resolve(link), use: () => Promise.resolve() };
  for (let turns = 0; turns < 100; turns++) await pool.use("a", use);
  assert.deepEqual([watches, pool.size, clock.pending], [1, 1, 1]);
  process.isEnding = true;
  end();
  await quiet();
  assert.deepEqual([pool.size, clock.pending], [0, 0]);
});
