import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/harness";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { DrainHandoff, type DrainHandoffOptions } from "./mod.ts";

type Options = DrainHandoffOptions<string, string>;

/**
 * A chain whose callback `where` puts down one item and wakes the key, the first time it is called
 * for item "1". What it told, what `wake()` returned, and how often each item ran.
 */
function reentryOf(
  build: (wakeOnce: () => void) => Partial<Options>,
  first: string[] = ["1"],
) {
  const inbox = [...first];
  const ran: string[] = [];
  const woken: boolean[] = [];
  const clock = new FakeClock();
  const wakeOnce = () => {
    if (woken.length > 0) return;
    inbox.push("re-entrant");
    woken.push(chain.wake("s"));
  };
  const chain: DrainHandoff<string, string> = new DrainHandoff({
    next: () => inbox.shift(),
    run: (turn) => void ran.push(turn.item),
    clock,
    ...build(wakeOnce),
  });
  return { chain, clock, inbox, ran, woken };
}

test("wake() inside next(), which then gives an item, starts no second turn", async () => {
  const { chain, inbox, ran, woken } = reentryOf((wakeOnce) => ({
    next: () => {
      wakeOnce();
      return inbox.shift();
    },
  }));
  assert.equal(chain.wake("s"), true);
  await quiet();
  assert.deepEqual([woken, ran], [[false], ["1", "re-entrant"]]);
});

test("wake() inside next(), which then gives nothing, has it asked again (NO_STRANDED_PENDING)", async () => {
  const { chain, inbox, ran, woken } = reentryOf((wakeOnce) => ({
    next: () => {
      const item = inbox.shift();
      if (item === undefined) wakeOnce();
      return item;
    },
  }));
  assert.equal(chain.wake("s"), true);
  await quiet();
  assert.deepEqual([woken, ran, inbox], [[false], ["1", "re-entrant"], []]);
});

test("wake() inside next() of an idle key, which then gives nothing, starts its turn", async () => {
  const { chain, inbox, ran, woken } = reentryOf((wakeOnce) => ({
    next: () => {
      const item = inbox.shift();
      if (item === undefined) wakeOnce();
      return item;
    },
  }), []);
  assert.equal(chain.wake("s"), true);
  await quiet();
  assert.deepEqual([woken, ran], [[false], ["re-entrant"]]);
});

test("next() is asked once at the end of a turn, however often its key was woken meanwhile", async () => {
  const asked: string[] = [];
  const inbox = ["1"];
  const chain: DrainHandoff<string, string> = new DrainHandoff({
    next: (): string | undefined => {
      asked.push(inbox[0] ?? "nothing");
      return inbox.shift();
    },
    run: () => void [chain.wake("s"), chain.wake("s")],
  });
  chain.wake("s");
  await chain.quiet();
  assert.deepEqual(asked, ["1", "nothing"]);
});

test("one wake() inside next() has it asked once more, and not again", async () => {
  let asked = 0;
  const { chain, ran } = reentryOf((wakeOnce) => ({
    next: () => {
      asked++;
      wakeOnce();
      return undefined;
    },
  }));
  assert.equal(chain.wake("s"), false);
  assert.equal(asked, 2);
  await quiet();
  assert.deepEqual([asked, ran], [2, []]);
});

test("a next() that wakes its key each time and gives nothing is not asked for ever", () => {
  let asked = 0;
  const chain: DrainHandoff<string, string> = new DrainHandoff({
    next: (): string | undefined => {
      if (++asked < 20_000) chain.wake("s");
      return undefined;
    },
    run: () => {},
  });
  assert.equal(chain.wake("s"), false);
  assert.deepEqual([chain.size, asked], [0, 1_000]);
});

test("turns that never wait leave room for whatever else is ready (NO_CROSS_SESSION_HOL)", async () => {
  const inbox = Array.from({ length: 100 }, (_, n) => n);
  const chain = new DrainHandoff<string, number>({ next: () => inbox.shift(), run: () => {} });
  chain.wake("busy");
  let hops = 0;
  while (inbox.length > 0) {
    await null;
    hops++;
  }
  assert.ok(hops >= 50, `${hops} microtasks of others came between 100 turns`);
  await chain.quiet();
});

test("turns that follow on two keys wait until all that was ready before them is done (NO_CROSS_SESSION_HOL)", async () => {
  const inboxes: Record<string, string[]> = { a: ["a1", "a2"], b: ["b1", "b2"] };
  const ran: string[] = [];
  const chain = new DrainHandoff<string, string>({
    next: (key) => inboxes[key]?.shift(),
    run: (turn) => void ran.push(turn.item),
  });
  chain.wake("a");
  chain.wake("b");
  queueMicrotask(() => void ran.push("another's"));
  await chain.quiet();
  assert.deepEqual(ran, ["a1", "b1", "another's", "a2", "b2"]);
});

test("wake() of another key inside next() starts that one's turn", async () => {
  const inboxes: Record<string, string[]> = { a: ["a1"], b: ["b1"] };
  const ran: string[] = [];
  const chain: DrainHandoff<string, string> = new DrainHandoff({
    next: (key) => {
      if (key === "a") chain.wake("b");
      return inboxes[key]!.shift();
    },
    run: (turn) => void ran.push(turn.item),
  });
  chain.wake("a");
  await quiet();
  assert.deepEqual(ran.sort(), ["a1", "b1"]);
});

test("wake() inside run(), before its first await and after, queues behind the turn", async () => {
  for (const isLate of [false, true]) {
    const { chain, ran, woken } = reentryOf((wakeOnce) => ({
      run: async (turn) => {
        ran.push(turn.item);
        if (isLate) await null;
        wakeOnce();
      },
    }));
    chain.wake("s");
    await quiet();
    assert.deepEqual([woken, ran], [[false], ["1", "re-entrant"]]);
  }
});

test("wake() inside ended() queues behind the turn that ends", async () => {
  const { chain, ran, woken } = reentryOf((wakeOnce) => ({ ended: wakeOnce }));
  chain.wake("s");
  await quiet();
  assert.deepEqual([woken, ran], [[false], ["1", "re-entrant"]]);
});

test("wake() inside started() queues behind the turn that starts", async () => {
  const { chain, ran, woken } = reentryOf((wakeOnce) => ({ observer: { started: wakeOnce } }));
  chain.wake("s");
  await quiet();
  assert.deepEqual([woken, ran], [[false], ["1", "re-entrant"]]);
});

test("wake() inside handedOff() queues behind the turn that got the guard", async () => {
  const { chain, ran, woken } = reentryOf((wakeOnce) => ({ observer: { handedOff: wakeOnce } }), [
    "1",
    "2",
  ]);
  chain.wake("s");
  await quiet();
  assert.deepEqual([woken, ran], [[false], ["1", "2", "re-entrant"]]);
});

test("wake() inside released() starts a turn, because the key is idle by then", async () => {
  const { chain, ran, woken } = reentryOf((wakeOnce) => ({ observer: { released: wakeOnce } }));
  chain.wake("s");
  await quiet();
  assert.deepEqual([woken, ran, chain.size], [[true], ["1", "re-entrant"], 0]);
});

test("wake() inside an abort listener queues behind the turn that is interrupted", async () => {
  const work = Promise.withResolvers<void>();
  const { chain, clock, ran, woken } = reentryOf((wakeOnce) => ({
    run: (turn) => {
      ran.push(turn.item);
      if (turn.item !== "1") return;
      turn.signal.addEventListener("abort", wakeOnce);
      return work.promise;
    },
  }));
  chain.wake("s");
  await quiet();
  chain.turnOf("s")!.interrupt();
  assert.deepEqual([woken, chain.turnOf("s")?.item], [[false], "1"]);
  work.resolve();
  await quiet();
  assert.deepEqual([ran, chain.size, clock.pending], [["1", "re-entrant"], 0, 0]);
});

test("wake() inside ended() of an abandoned turn, and inside lateSettled(), loses no item", async () => {
  for (const where of ["ended", "lateSettled"]) {
    for (const onAbandon of ["block", "proceed"] as const) {
      const work = Promise.withResolvers<void>();
      const { chain, clock, ran, woken } = reentryOf((wakeOnce) => ({
        run: (turn) => {
          ran.push(turn.item);
          return turn.item === "1" ? work.promise : undefined;
        },
        onAbandon,
        ...(where === "ended" ? { ended: wakeOnce } : { observer: { lateSettled: wakeOnce } }),
      }));
      chain.wake("s");
      await quiet();
      chain.turnOf("s")!.interrupt();
      clock.advance(5_000);
      await quiet();
      work.resolve();
      await quiet();
      const isIdle = where === "lateSettled" && onAbandon === "proceed";
      assert.deepEqual([woken, ran, chain.size], [[isIdle], ["1", "re-entrant"], 0]);
    }
  }
});

test("interrupt() inside started() and inside run() is in time for the turn itself", async () => {
  const ends: string[] = [];
  const inbox = ["by itself", "by its observer"];
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: (turn) => turn.item === "by itself" ? turn.interrupt() : turn.signal.aborted,
    ended: (turn, end) => void ends.push(`${turn.item}: ${end.status}`),
    observer: { started: (turn) => turn.item === "by its observer" && turn.interrupt() },
    clock: new FakeClock(),
  });
  chain.wake("s");
  await quiet();
  assert.deepEqual(ends, ["by itself: cancelled", "by its observer: cancelled"]);
});
